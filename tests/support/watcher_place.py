"""A watcher with a desk that does what it is told, or not; its spools and its state are the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from safeconduct.storage.files.signals import SpoolReader, add_signals
from safeconduct.storage.watch.state import WatchStore
from safeconduct.terms.signals import Beat, CallSignal, IdentitySignal
from safeconduct.watch.commands import Command
from safeconduct.watch.machine import Watch
from safeconduct.workers.watcher import Happenings, Status, Watcher, positions_of
from support.watching import MONDAY, call


@dataclass
class Desk:
    """Does what it is asked, or not."""

    done: list[Command] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    heard: list[Happenings] = field(default_factory=list)
    fails: bool = False
    refuses: bool = False
    standing: list[tuple[str, str, int]] = field(default_factory=list)

    def perform(self, command: Command, now: int) -> bool:
        if self.fails:
            raise OSError("the registry is taken")
        self.done.append(command)
        return not self.refuses

    def news(self) -> Happenings:
        return self.heard.pop(0) if self.heard else Happenings()

    def known(self, who: str) -> bool:
        return who not in self.gone

    def at_risk(self, now: int) -> list[tuple[str, str, int]]:
        return self.standing


@dataclass
class Place:
    folder: Path
    desk: Desk = field(default_factory=Desk)
    words: list[Status] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = WatchStore(self.folder / "state.db")

    def start(self, now: int = MONDAY, lost: str = "") -> Watcher:
        spools = SpoolReader(self.folder / "signals", positions_of(self.state))
        return Watcher(Watch(self.state), spools, self.state, self.desk, self.words.append, now, lost=lost)

    def tell(self, *signals: CallSignal | IdentitySignal | Beat, writer: str = "w") -> None:
        add_signals(self.folder / "signals", f"{writer}{len(list(self.folder.glob('signals/*')))}", signals)

    @property
    def segments(self) -> int:
        return len(list(self.folder.glob("signals/*.spool")))


def probes(*names: str, at: int = MONDAY) -> list[CallSignal]:
    return [call(at + number, requested=f"?{name}", code="model_not_found") for number, name in enumerate(names)]
