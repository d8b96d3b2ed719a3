"""A small world of the demonstration for tests: a home with a population in it, and a gateway made of nothing but the view."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct.assembly import home as homes
from safeconduct.assembly.demo import tables
from safeconduct.assembly.demo.calls import Answer
from safeconduct.assembly.demo.census import CONTEXT
from safeconduct.assembly.demo.enrollment import enroll
from safeconduct.assembly.demo.population import Population
from safeconduct.assembly.demo.tables import Files
from safeconduct.assembly.demo.verdicts import Seat, State, judge
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.desk.desk import Desk
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.registry import keys
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import SECOND, Moment, show


@contextmanager
def demo_desk(folder: Path) -> Iterator[tuple[Home, Desk]]:
    """An empty home in ``folder`` and the desk of it."""
    home = Home(folder / "home")
    homes.create(home)
    ChangeStore.open(home.registry).close()
    with open_desk({**os.environ, "SAFECONDUCT_HOME": str(home.path)}) as desk:
        yield home, desk


def enrolled(desk: Desk, population: Population, folder: Path) -> Files:
    """The population written down and recorded."""
    files = tables.write(population, folder, desk.now())
    enroll(desk, files)
    return files


def verdicts(files: Files, state: State, now: Moment) -> list[Seat]:
    """What the law of a state says about every seat."""
    return list(judge(files.rosters, files.world, state, show(now - now % SECOND)))


def view_of(desk: Desk) -> View:
    """A view of the registry as it is now."""
    return View(desk.registry.copy(), Rules(), b"c" * 32, lambda _: None, desk.now())


class PretendStream:
    """A stream that brings a piece of text whenever somebody looks, until the gateway says no."""

    def __init__(self, judge: Callable[[], str]) -> None:
        self._judge = judge
        self._pieces = 0
        self._cut = ""
        self.cut_at = 0.0
        self.status = 200
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def cut(self) -> str:
        code = self._judge()
        if code and not self._cut:
            self._cut, self.cut_at = code, time.monotonic()
        elif not self._cut:
            self._pieces += 1
        return self._cut

    @property
    def pieces(self) -> int:
        self.cut  # noqa: B018 - to look is what brings the next piece
        return self._pieces

    @property
    def alive(self) -> bool:
        return not self.cut

    def close(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class PretendDoor:
    """A gateway of one process and no sockets: every question goes to a view of the desk's registry.

    ``bend`` may change what it answers, to play a gateway that errs: it gets the caller's person, the model and the reason code
    of the no, empty for a yes.
    """

    def __init__(self, desk: Desk, pepper: bytes, bend: Callable[[str, str, str], str] | None = None) -> None:
        self._desk = desk
        self._pepper = pepper
        self._bend = bend or (lambda _person, _model, given: given)
        self._view = view_of(desk)

    async def ask(self, key: str, model: str) -> Answer:
        code = self._answer(key, model, live=False)
        return Answer(403 if code else 200, code, time.monotonic())

    async def listen(self, key: str, model: str) -> PretendStream:
        return PretendStream(lambda: self._answer(key, model, live=True))

    def _answer(self, key: str, model: str, *, live: bool) -> str:
        if self._desk.registry.version != self._view.version:
            self._view = view_of(self._desk)
        now = self._desk.now()
        standing = self._view.registry.standing(keys.digest(self._pepper, key), now)
        assert standing is not None
        decision = self._view.answer(standing, model, CONTEXT, now)[0]
        code = "" if decision.permits else decision.reasons[0].code
        return self._bend(standing.person, model, code) if live else code
