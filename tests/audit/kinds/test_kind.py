"""Defaults that are written all the same."""

from __future__ import annotations

import msgspec

from safeconduct.audit.kinds.kind import always


class _Spoken(msgspec.Struct, omit_defaults=True):
    quiet: int = 0
    said: int = always(1)


def test_what_is_always_written_is_written_and_every_other_default_is_not() -> None:
    assert msgspec.json.encode(_Spoken()) == b'{"said":1}'
