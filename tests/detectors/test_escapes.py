"""Escapes read as what they stand for, wherever they stand, and lead back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from safeconduct.detectors import escapes

_READ = [
    (escapes.percent, "%6Bey%C3%BC%zz %4", "keyü%zz %4"),
    (escapes.quoted, "k=3Dey=\r\n-=C3=BC==", "k=ey-ü=="),
    (escapes.html, "&#107;&#x65;y&lowbar;&#1087;&nix;&#;&", "key_п&nix;&#;&"),
    (escapes.backslashed, "\\u006b\\\\\\u0065y\\/\\u4e2d\\n\\u00g0", "key/中\\n\\u00g0"),
    (escapes.joints, '"ke" + "y"."z" and "a", "b"', '"keyz" and "a", "b"'),
]


@pytest.mark.parametrize(("find", "written", "reads"), _READ)
def test_it_reads_as_what_it_stands_for(find: Callable[..., escapes.Pieces], written: str, reads: str) -> None:
    ((text, back),) = escapes.read(written.encode(), find, solid=False)
    assert text.decode() == reads
    assert back(0, len(text)) == (0, len(written.encode()))


def test_places_that_lie_apart_are_read_apart_and_many_of_them_together() -> None:
    far = ("%41" + "x" * 300 + " ") * 3
    assert [text for text, _ in escapes.read(far.encode(), escapes.percent, solid=True)] == [b"A" + b"x" * 300] * 3
    far = ("%41" + "x" * 300 + " ") * (escapes.CLUSTERS + 2)
    ((text, back),) = escapes.read(far.encode(), escapes.percent, solid=True)
    assert text.decode() == far.replace("%41", "A").rstrip()
    assert back(302, 303) == (304, 307)


def test_without_any_nothing_is_read() -> None:
    for find, _, _ in _READ:
        assert list(escapes.read(b"nothing here", find, solid=False)) == []
