"""How is everybody surveyed on two cores? This process walks one half of the people, a second process the other.

Both read the same version of the history, so what others append meanwhile changes nothing. The second one is given its order
on stdin and leaves what it found in an unnamed file: nothing of it outlives the question.

Questions about one version that ask for nobody by pseudonym go by shapes (``inquiry.shapes``): those that the last question left
behind are carried on by whoever changed since, and only where there are none is everybody walked through.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.assembly.memory import forget, recall, remember
from safeconduct.inquiry.census import Census, decode, encode
from safeconduct.inquiry.seats import Side, Tell, survey
from safeconduct.inquiry.shapes import Shapes, TooManyShapes, gather
from safeconduct.inquiry.shaping import Window
from safeconduct.registry.facts import evidence_of
from safeconduct.registry.state import Registry
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment

ALONE_BELOW: Final = 20_000  # people; a second process takes a third of a second to start
PARTS: Final = 2
WAIT_S: Final = 600.0
TOO_MANY: Final = 3  # the exit code of a process that found more shapes than are worth it
DAY: Final = 86_400 * SECOND
BEFORE: Final = 600 * SECOND  # commands that began a little earlier use the same window
AHEAD: Final = 40 * DAY  # what is usually asked about, 30 days, for ten days to come
FURTHEST: Final = 4_000 * DAY
T = TypeVar("T")


class Look(msgspec.Struct, frozen=True, array_like=True):
    """One side, as told to the other process."""

    version: int
    now: Moment
    wanted: frozenset[str]


class Order(msgspec.Struct, frozen=True, array_like=True):
    """What the other process is to do: its part of everybody. With ``window`` it gathers shapes, else it counts classes."""

    home: str
    looks: tuple[Look, ...]
    part: int
    parts: int
    keep: int
    callers: frozenset[str]
    touched: frozenset[str] | None
    window: Window | None = None


@dataclass(slots=True)
class Surveyor:
    """Surveys everybody of one home. ``now`` is the moment of the command; ``key`` seals what is kept for the next one."""

    home: Home
    store: ChangeStore
    now: Moment
    key: bytes = field(repr=False)

    def census(
        self,
        sides: Sequence[Side],
        *,
        keep: int = 0,
        callers: frozenset[str] = frozenset(),
        touched: frozenset[str] | None = None,
        tell: Tell = lambda _: None,
    ) -> Census:
        """A census of everybody; arguments as those of ``inquiry.seats.survey``. Raises Refused when the other process fails."""
        if not callers:
            shapes = self._shapes(sides, tell)
            if shapes is not None:
                return shapes.census(sides, keep)
        return survey_all(self.home, sides, keep=keep, callers=callers, touched=touched, tell=tell)

    def _shapes(self, sides: Sequence[Side], tell: Tell) -> Shapes | None:
        """The shapes of everybody, recalled or gathered; None where the question is not one for shapes."""
        registry = sides[-1].registry
        moments = [side.now for side in sides]
        ahead = Window(self.now - BEFORE, max(self.now + AHEAD, max(moments) + AHEAD // 4))
        if any(side.registry.version != registry.version for side in sides) or not ahead.holds(moments):
            return None
        if ahead.until > self.now + FURTHEST:
            return None
        facts = evidence_of(frozenset().union(*(side.wanted for side in sides)))
        kept = recall(self.home.run, self.key, facts)
        newer = kept is not None and kept[1].version > registry.version
        quiet = not self._erasing(registry)
        if kept is not None and not newer and kept[1].window.holds(moments):
            carried = self._carried(*kept, registry, quiet=quiet)
            if carried is not None:
                return carried
        if len(registry.people) < ALONE_BELOW:  # as quickly walked through as remembered
            return None
        try:
            shapes = gather_all(self.home, registry, facts, ahead, tell)
        except TooManyShapes:
            return None
        if not newer and quiet:
            self._remember(shapes)
        return shapes

    def _erasing(self, registry: Registry) -> bool:
        """Whether somebody who is to be gone may still be read. The store is asked after the registry's version was read."""
        return any(each.done_at is None for each in registry.erasures.values()) or self.store.erasing()

    def _remember(self, shapes: Shapes) -> None:
        """Keep shapes for the next question. To be called where nobody was being erased when this one began.

        INVARIANT (P8): an erasure is recorded first and sweeps what lies here later, so whoever writes first and looks for
        erasures then leaves nobody behind who was erased meanwhile.
        """
        remember(self.home.run, self.key, self.store.identity(shapes.version), shapes)
        news = self.store.news(shapes.version)
        if news is not None and any(each.kind.startswith("erasure.") for each in news.changes):
            forget(self.home.run)

    def _carried(self, identity: str, shapes: Shapes, registry: Registry, *, quiet: bool) -> Shapes | None:
        """The shapes at the version of ``registry``; None where they are of another history, or too many people changed."""
        if identity != self.store.identity(shapes.version):
            return None
        if shapes.version == registry.version:
            return shapes
        news = self.store.news(shapes.version)
        if news is None or news.touched is None:
            return None
        people = frozenset(name.removeprefix("person/") for name in news.touched if name.startswith("person/"))
        before = self.store.registry(self.key, version=shapes.version)
        try:
            shapes.carry(before, registry, people, keys=len(people) < len(news.touched))
        except ValueError:
            return None
        if quiet:
            self._remember(shapes)
        return shapes


def survey_all(
    home: Home,
    sides: Sequence[Side],
    *,
    keep: int = 0,
    callers: frozenset[str] = frozenset(),
    touched: frozenset[str] | None = None,
    tell: Tell = lambda _: None,
) -> Census:
    """A census of everybody, by walking through them. Raises Refused when the other process fails."""
    options = {"keep": keep, "callers": callers, "touched": touched}
    if len(sides[-1].registry.people) < ALONE_BELOW:
        return survey(sides, **options, tell=tell)  # type: ignore[arg-type]
    looks = tuple(Look(side.registry.version, side.now, side.wanted) for side in sides)
    order = Order(str(home.path), looks, 1, PARTS, keep, callers, touched)
    census, theirs = _both(
        order,
        lambda: survey(sides, part=0, parts=PARTS, tell=lambda done: tell(done * PARTS), **options),  # type: ignore[arg-type]
    )
    census.merge(decode(theirs))
    return census


def gather_all(home: Home, registry: Registry, facts: frozenset[str], window: Window, tell: Tell = lambda _: None) -> Shapes:
    """The shapes of everybody, by walking through them. Raises Refused when the other process fails, TooManyShapes."""
    if len(registry.people) < ALONE_BELOW:
        return gather(registry, facts, window, tell=tell)
    looks = (Look(registry.version, window.since, facts),)
    order = Order(str(home.path), looks, 1, PARTS, 0, frozenset(), None, window)
    shapes, theirs = _both(
        order,
        lambda: gather(registry, facts, window, part=0, parts=PARTS, tell=lambda done: tell(done * PARTS)),
    )
    shapes.merge(msgspec.msgpack.decode(theirs, type=Shapes))
    return shapes


def carry_out(order: Order) -> bytes:
    """What the other process does: one part, encoded. Raises Refused when the registry cannot be read, TooManyShapes."""
    home = Home(Path(order.home))
    key = home.secret("pseudonym.key")
    with ChangeStore.open(home.registry, read_only=True) as store:
        registries = {look.version: store.registry(key, version=look.version) for look in order.looks}
        if order.window is not None:
            (look,) = order.looks
            shapes = gather(registries[look.version], look.wanted, order.window, part=order.part, parts=order.parts)
            return msgspec.msgpack.encode(shapes)
        sides = [Side(registries[look.version], look.now, look.wanted) for look in order.looks]
        census = survey(sides, part=order.part, parts=order.parts, keep=order.keep, callers=order.callers, touched=order.touched)
    return encode(census)


def _both(order: Order, ours: Callable[[], T]) -> tuple[T, bytes]:
    """What is found here, and what the other process found for its order. Raises Refused when that fails, TooManyShapes."""
    with tempfile.TemporaryFile() as theirs, tempfile.TemporaryFile() as words:
        command = [sys.executable, "-m", "safeconduct.assembly.survey_process"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=theirs, stderr=words) as other:  # noqa: S603 - our own interpreter
            try:
                assert other.stdin is not None
                other.stdin.write(msgspec.msgpack.encode(order))
                other.stdin.close()
                found = ours()
                code = other.wait(WAIT_S)
            except BaseException:
                other.kill()
                raise
        if code == TOO_MANY:
            raise TooManyShapes
        if code:
            words.seek(0)
            raise Refused(_failed(words.read(2_000)))
        theirs.seek(0)
        return found, theirs.read()


def _failed(words: bytes) -> Fault:
    last = words.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it gave no reason"]
    return Fault("survey_failed", f"the second half of the people could not be surveyed: {last[0]}", "survey", "try again")
