"""A desk for tests: a real store in a folder, a journal in memory, a clock that moves when told, and faults on demand."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from safeconduct.desk.desk import Desk
from safeconduct.registry.changes import Intent
from safeconduct.storage.sqlite.changes import ChangeStore, Drafts
from safeconduct.terms.moments import Moment
from support.registry_world import PSEUDONYM_KEY, T0

PEPPER = b"pepper-of-the-tests-of-32-bytes!"


class Crash(BaseException):
    """The process dies here: no handler of ours may run on."""


class MemoryJournal:
    """Keeps entries. ``fail`` names the method that finds the disk full, ``crash`` the one after which the process dies."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, object]]] = []
        self.fail = ""
        self.crash = ""

    def performed(self, **entry: object) -> int:
        return self._record("performed", entry)

    def failed(self, **entry: object) -> None:
        self._record("failed", entry)

    def _record(self, name: str, entry: dict[str, object]) -> int:
        if self.fail == name:
            raise OSError(28, "No space left on device")
        self.entries.append((name, entry))
        if self.crash == name:
            raise Crash
        return len(self.entries)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.entries]


class FaultyStore(ChangeStore):
    """A store that fails or dies at a named step: ``intend``, ``append``, ``append.after`` or ``give_up``."""

    fail = ""
    crash = ""

    def intend(self, intent: Intent) -> None:
        self._step("intend")
        super().intend(intent)

    def append(self, drafts: Drafts, name: str = "append", salt: bytes = b"", digest: str = "") -> int:
        self._step("append")
        first = super().append(drafts, name, salt, digest)
        self._step("append.after")
        return first

    def give_up(self) -> None:
        self._step("give_up")
        super().give_up()

    def _step(self, name: str) -> None:
        if self.fail == name:
            raise OSError(28, "No space left on device")
        if self.crash == name:
            raise Crash


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now: Moment = T0

    def __call__(self) -> Moment:
        return self.now


class Office:
    """A desk with everything behind it within reach."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "registry.db"
        self.journal = MemoryJournal()
        self.clock = Clock()
        self._random = count(1)
        self.reopen()

    def reopen(self) -> Desk:
        """A new process: nothing but the files and the log is left of the old one."""
        self.store = FaultyStore.open(self.path)
        self.journal.fail = self.journal.crash = ""
        self.desk = Desk(
            self.store,
            self.journal,
            pepper=PEPPER,
            pseudonym_key=PSEUDONYM_KEY,
            random=lambda size: next(self._random).to_bytes(size),
            clock=self.clock,
            actor="os:tester",
        )
        return self.desk

    def performed_without_changes(self) -> set[object]:
        """Digests that the log calls performed, that neither changed the registry nor were closed as failed."""
        performed = {entry["changes_digest"] for name, entry in self.journal.entries if name == "performed"}
        failed = {entry["changes_digest"] for name, entry in self.journal.entries if name == "failed"}
        return performed - failed - {act[4] for act in self.store.acts()}
