"""How is everybody surveyed on two cores? This process walks one half of the people, a second process the other.

Both read the same version of the history, so what others append meanwhile changes nothing. The second one is given its order
on stdin and leaves its census in an unnamed file: nothing of it outlives the question.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.inquiry.census import Census, decode, encode
from safeconduct.inquiry.seats import Side, Tell, survey
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

ALONE_BELOW: Final = 20_000  # people; a second process takes a third of a second to start
PARTS: Final = 2
WAIT_S: Final = 600.0


class Look(msgspec.Struct, frozen=True, array_like=True):
    """One side, as told to the other process."""

    version: int
    now: Moment
    wanted: frozenset[str]


class Order(msgspec.Struct, frozen=True, array_like=True):
    """What the other process is to do: its part of everybody."""

    home: str
    looks: tuple[Look, ...]
    part: int
    parts: int
    keep: int
    callers: frozenset[str]
    touched: frozenset[str] | None


def survey_all(
    home: Home,
    sides: Sequence[Side],
    *,
    keep: int = 0,
    callers: frozenset[str] = frozenset(),
    touched: frozenset[str] | None = None,
    tell: Tell = lambda _: None,
) -> Census:
    """A census of everybody; arguments as those of ``inquiry.seats.survey``. Raises Refused when the other process fails."""
    options = {"keep": keep, "callers": callers, "touched": touched}
    if len(sides[-1].registry.people) < ALONE_BELOW:
        return survey(sides, **options, tell=tell)  # type: ignore[arg-type]
    looks = tuple(Look(side.registry.version, side.now, side.wanted) for side in sides)
    order = Order(str(home.path), looks, 1, PARTS, keep, callers, touched)
    with tempfile.TemporaryFile() as theirs, tempfile.TemporaryFile() as words:
        command = [sys.executable, "-m", "safeconduct.assembly.survey_process"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=theirs, stderr=words) as other:  # noqa: S603 - our own interpreter
            try:
                assert other.stdin is not None
                other.stdin.write(msgspec.msgpack.encode(order))
                other.stdin.close()
                census = survey(sides, part=0, parts=PARTS, tell=lambda done: tell(done * PARTS), **options)  # type: ignore[arg-type]
                code = other.wait(WAIT_S)
            except BaseException:
                other.kill()
                raise
        if code:
            words.seek(0)
            raise Refused(_failed(words.read(2_000)))
        theirs.seek(0)
        census.merge(decode(theirs.read()))
    return census


def carry_out(order: Order) -> bytes:
    """What the other process does: one part, encoded. Raises Refused when the registry cannot be read."""
    home = Home(Path(order.home))
    key = home.secret("pseudonym.key")
    with ChangeStore.open(home.registry, read_only=True) as store:
        registries = {look.version: store.registry(key, version=look.version) for look in order.looks}
        sides = [Side(registries[look.version], look.now, look.wanted) for look in order.looks]
        census = survey(sides, part=order.part, parts=order.parts, keep=order.keep, callers=order.callers, touched=order.touched)
    return encode(census)


def _failed(words: bytes) -> Fault:
    last = words.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it gave no reason"]
    return Fault("survey_failed", f"the second half of the people could not be surveyed: {last[0]}", "survey", "try again")
