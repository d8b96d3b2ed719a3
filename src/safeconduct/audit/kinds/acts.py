"""What do entries about officers' acts say?"""

from __future__ import annotations

from typing import Literal

import msgspec

from safeconduct.audit.kinds.kind import always


class ActPerformed(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An officer's act, durable before the registry changes it names.

    ``changes_digest`` is the sha256 hex of the canonical changes, ``first_change`` the first registry version it makes.
    ``changes_hashes`` are the salted hashes of the single changes, where they are few. ``subject_commitment`` commits to what the
    act is about. ``about`` is its id where that is no name of a person (a call, a case, a request, an instrument),
    ``organization`` the one whose calls or content it concerns, ``second`` the pseudonym of whoever agreed to it.
    """

    about: str = ""
    act: str
    actor: str
    at: int
    boot: str = ""
    changes: int = 0
    changes_digest: str = ""
    changes_hashes: tuple[str, ...] = ()
    first_change: int = 0
    node: str = ""
    organization: str = ""
    prev: str = ""
    second: str = ""
    seq: int = 0
    subject_commitment: str = ""
    type: Literal["act.performed"] = always("act.performed")
    v: int = always(1)


class ActFailed(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The act recorded as ``failed_seq`` by this writer did not take effect; ``code`` says why."""

    act: str
    actor: str
    at: int
    boot: str = ""
    changes_digest: str = ""
    code: str = ""
    failed_seq: int = 0
    node: str = ""
    prev: str = ""
    seq: int = 0
    type: Literal["act.failed"] = always("act.failed")
    v: int = always(1)
