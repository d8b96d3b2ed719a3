"""How is one field opened to an overseer without opening any other? By the salt and the value behind its commitment.

``CALL:FIELD=VALUE`` opens a field of a call's decision: ``request`` (the sha256 of the body, or ``@FILE`` with the body itself),
``requested`` (a model name that the catalog does not know) or ``session``. ``INDEX:subject`` opens whom an act was about. The
values of calls are kept nowhere here, so they are given and checked against the commitment; the registry knows those of acts.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.bundle import Disclosed
from safeconduct.assembly.home import Home
from safeconduct.audit import commitment
from safeconduct.audit.entries import ActPerformed, CallDecided, decode
from safeconduct.storage.files.disk import read_bounded
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Fault, Refused

FIELDS: Final = {
    "request": ("request_commitment", "request_sha256"),
    "requested": ("requested_commitment", "requested"),
    "session": ("session_commitment", "session"),
}
SUBJECT: Final = "subject"
MAX_SUBJECTS: Final = 10_000  # changes of one act that are looked through
MAX_BODY: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """One field to open: of a call (its id) or of an act (its index), with the value where it has to be given."""

    entry: str
    field: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.entry}:{self.field}"

    @classmethod
    def parse(cls, text: str) -> Asked:
        """Read ``CALL:FIELD=VALUE`` or ``INDEX:subject``. Raises Refused, never quoting the value."""
        head, _, value = text.partition("=")
        entry, separator, name = head.rpartition(":")
        if not separator or not entry or (name not in FIELDS and name != SUBJECT):
            mend = f"write CALL:FIELD=VALUE with one of {', '.join(FIELDS)}, or INDEX:{SUBJECT}"
            raise Refused(Fault("bad_disclosure", "this names no field that can be opened", head[:80], mend))
        if name == SUBJECT and not entry.isdecimal():
            raise Refused(Fault("bad_disclosure", "an act is named by its index", head[:80], "see: safeconduct audit show"))
        if name != SUBJECT and not value:
            mend = f"give it: {head[:80]}=VALUE" + (" or =@FILE with the body" if name == "request" else "")
            raise Refused(Fault("no_value", "the value is kept nowhere here", head[:80], mend))
        if name == "request" and value.startswith("@"):
            value = sha256(read_bounded(Path(value[1:]), MAX_BODY)).hexdigest()
        return cls(entry, name, value)


class Disclosing:
    """What is to be opened, while the log is walked through. Acts are looked for in the first tree."""

    def __init__(self, home: Home, asked: Sequence[Asked]) -> None:
        self._home = home
        self._calls: dict[str, list[Asked]] = {}
        self._acts: dict[int, Asked] = {}
        for each in asked:
            if each.field == SUBJECT:
                self._acts[int(each.entry)] = each
            else:
                self._calls.setdefault(each.entry, []).append(each)
        self._needles = {f'"call":{msgspec.json.encode(call).decode()}'.encode(): call for call in self._calls}
        self._opened: dict[str, list[Disclosed]] = {}

    @property
    def waits(self) -> bool:
        """Whether something asked for was not met yet."""
        return bool(self._calls or self._acts)

    def look(self, prefix: str, index: int, data: bytes) -> None:
        """Open what this entry was asked for. Raises Refused when a value is not the one that was committed to."""
        if not prefix and index in self._acts:
            self._opened.setdefault(prefix, []).append(self._act(index, data, self._acts.pop(index)))
        for needle, call in self._needles.items():
            if call in self._calls and needle in data:
                entry = decode(data)
                if isinstance(entry, CallDecided) and entry.call == call:
                    for each in self._calls.pop(call):
                        self._opened.setdefault(prefix, []).append(self._call(index, entry, each))

    def of(self, prefix: str) -> list[Disclosed]:
        """What was opened of one tree."""
        return self._opened.get(prefix, [])

    def finish(self) -> None:
        """Raises Refused for everything that was not met."""
        lost = [str(each) for many in self._calls.values() for each in many] + [str(each) for each in self._acts.values()]
        if lost:
            mend = "wait a second for the next checkpoint, or check the id"
            raise Refused(*(Fault("no_such_entry", "no signed entry of that name is here", each, mend) for each in lost))

    def _call(self, index: int, entry: CallDecided, asked: Asked) -> Disclosed:
        field, name = FIELDS[asked.field]
        held = str(getattr(entry, field))
        handle, erased = self._handle(entry)
        if erased:  # an empty salt says that nobody can open it any more; whether that is lawful, the log says
            return Disclosed(index, field, name, b"", "")
        key = commitment.subject_key(self._home.secret("commitment.key"), entry.caller, handle)
        salt = commitment.salt(key, entry.call, name)
        if not held or not commitment.opens(held, salt, name, asked.value):
            what = "this is not the value that the entry commits to" if held else "the entry has no such field"
            raise Refused(Fault("value_differs", what, str(asked), "give the value exactly as it was sent"))
        return Disclosed(index, field, name, salt, asked.value)

    def _handle(self, entry: CallDecided) -> tuple[bytes, bool]:
        """The handle that the caller's salts derive from, and whether it is gone: people were erased, the caller is nobody."""
        with ChangeStore.open(self._home.registry, read_only=True) as store:
            registry = store.registry(self._home.secret("pseudonym.key"))
            person = registry.person_called(entry.organization, entry.caller)
            if person is not None:
                return person.handle, False
            if all(each.done_at is None or not each.changes for each in registry.erasures.values()):
                return b"", False
            now = registry.changed_at
            agents = (
                registry.standing_for(organization=entry.organization, agent=each.id, now=now)
                for each in registry.agents.values()
                if each.organization == entry.organization
            )
            return b"", all(each.leaf_pseudonym != entry.caller for each in agents)

    def _act(self, index: int, data: bytes, asked: Asked) -> Disclosed:
        entry = decode(data)
        if not isinstance(entry, ActPerformed) or not entry.changes:
            raise Refused(Fault("no_act", "this entry is no act with changes", str(asked), "see: safeconduct audit show"))
        with ChangeStore.open(self._home.registry, read_only=True) as store:
            salt, subjects = _subjects(store, entry)
        for each in [asked.value, *subjects] if asked.value else subjects:
            if commitment.opens(entry.subject_commitment, salt, SUBJECT, each):
                return Disclosed(index, "subject_commitment", SUBJECT, salt, each)
        mend = f"give it: {asked}=VALUE; what was erased cannot be opened"
        raise Refused(Fault("value_differs", "the registry does not tell whom this act was about", str(asked), mend))


def _subjects(store: ChangeStore, entry: ActPerformed) -> tuple[bytes, list[str]]:
    """The salt of the act, and everybody its changes are about."""
    salts = [salt for first, _, _, salt, digest in store.acts() if first == entry.first_change and _same(digest, entry)]
    if not salts:
        mend = "run reconcile: the registry and the log disagree"
        raise Refused(Fault("act_unknown", "the registry has no such act", f"change {entry.first_change}", mend))
    changes = islice(store.since(entry.first_change - 1), min(entry.changes, MAX_SUBJECTS))
    return salts[0], list(dict.fromkeys(change.subject for change in changes))


def _same(digest: str, entry: ActPerformed) -> bool:
    return hmac.compare_digest(digest, entry.changes_digest)
