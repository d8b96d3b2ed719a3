"""How is the whole story told? A home of its own, a gateway of real processes, four switches, and a proof at the end.

Everything happens on loopback in a temporary folder and ends by itself: callers hang up, workers drain, the keeper signs, the
folder goes away unless it is to be kept.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from safeconduct.assembly import home as homes
from safeconduct.assembly import up
from safeconduct.assembly.demo import narration, tables
from safeconduct.assembly.demo.calls import Door
from safeconduct.assembly.demo.census import Asked, Count, word_of
from safeconduct.assembly.demo.chapter import Chapter, Stage
from safeconduct.assembly.demo.enrollment import Caller, enroll, issue_keys
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.narration import Listener
from safeconduct.assembly.demo.play import Play, approve, count, expected, judge, python
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import MODELS, State
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import show

WORKERS = 2
VERIFY_SECONDS = 120.0


class Told(msgspec.Struct, frozen=True):
    """One state: what it did to the cast's live calls, and the answers for the whole population. ``at`` is in RFC 3339.

    ``seats`` were decided in ``decided_seconds`` (the slowest counter), ``sampled`` of them once more one by one.
    """

    state: int
    title: str
    at: str
    switch_ms: float
    cut: int
    went_on: int
    let_in: int
    wrong: list[str]
    counts: list[Count]
    seats: int
    sampled: int
    previewed_seconds: float
    judged_seconds: float
    decided_seconds: float


class Outcome(msgspec.Struct, frozen=True):
    """How it went. ``derived_wrong`` counts live answers that the history does not lead to again (P6).

    ``faults`` are sentences about what was wrong beside the states; ``verify`` and ``ask`` are commands to try on a kept home.
    """

    people: int
    organizations: int
    agents: int
    recorded_seconds: float
    states: list[Told]
    derived: int
    derived_wrong: int
    faults: list[str]
    verify: str
    ask: list[str]
    home: str
    seconds: float

    @property
    def wrong(self) -> int:
        """Everything that should have been otherwise, counted."""
        told = sum(len(each.wrong) + sum(count.wrong for count in each.counts) for each in self.states)
        return told + self.derived_wrong + len(self.faults)


def tell(people: int, organizations: int, listener: Listener, *, keep: bool = False) -> Outcome:
    """Play all four states. Raises Refused when the gateway does not start, ValueError for a population too small."""
    began = time.monotonic()
    population = populate(people, organizations)
    with _home(keep=keep) as home:
        listener.say(f"A home of its own: {home.path}{'' if keep else ' (removed at the end; --keep keeps it)'}")
        environ = _environ(home)
        with open_desk(environ) as desk:
            files = tables.write(population, home.path.parent, desk.now())
            play = Play(home, environ, desk, population, files, listener)
            _serve(play, _settle(play))
            derived, derived_wrong = _derive(play)
        listener.say(
            f"From the registry's history alone {derived} answers were derived again; {derived_wrong} came out otherwise."
        )
        command = ["audit", "verify", "--log", str(home.log)]
        _verify(play, command)
        return Outcome(
            people=people,
            organizations=organizations,
            agents=len(population.agents),
            recorded_seconds=play.recorded,
            states=[_told(play, chapter) for chapter in play.chapters],
            derived=derived,
            derived_wrong=derived_wrong,
            faults=play.faults,
            verify=shlex.join(["safeconduct", *command]),
            ask=_questions(play),
            home=str(home.path),
            seconds=round(time.monotonic() - began, 1),
        )


def _settle(play: Play) -> tuple[Caller, ...]:
    """Record everybody, and give the cast its keys."""
    began = time.monotonic()
    changes = enroll(play.desk, play.files, lambda what: play.listener.say(f"  Recording: {what}"))
    play.recorded = round(time.monotonic() - began, 1)
    for line in narration.population(play.population, play.files.memberships, changes):
        play.listener.say(line)
    return issue_keys(play.desk, play.population)


def _serve(play: Play, callers: tuple[Caller, ...]) -> None:
    """Start the gateway, switch through the states, and stop it again whatever happens."""
    settings = play.home.settings(play.environ)
    say = play.listener.say
    running = up.start(play.home, settings, play.environ, workers=WORKERS, tell=say, simulate=True)
    try:
        up.wait_ready(running, play.home, WORKERS)
        say(f"A gateway of {WORKERS} workers serves at {running.url}. The provider behind it is SIMULATED: no model answers.")
        asyncio.run(_states(play, Stage(play.desk, Door(running.url), callers)))
    finally:
        clean = up.stop(running, settings.gateway.drain_seconds)
    if not clean:
        play.faults.append("the gateway did not stop in order")


async def _states(play: Play, stage: Stage) -> None:
    say = play.listener.say
    early = await stage.nobody_gets_in()
    play.faults += early
    say(f"Before any authorization, {len(stage.seats) - len(early)} of {len(stage.seats)} calls are refused.")
    documents = letters(play.population)
    for state in State:
        say("")
        say(f"State {int(state)}. {narration.TITLES[state]}")
        verdicts = await judge(play, state)
        for letter in documents[state]:
            await approve(play, letter, state)
        chapter = await stage.turn(state, documents[state], expected(stage, verdicts))
        play.chapters.append(chapter)
        for line in narration.switch(chapter):
            say(line)
        at = play.moments[state] = play.desk.now()
        counted = play.counted[state] = await count(play, state, at, verdicts)
        for line in narration.counted(counted):
            say(line)
    await stage.leave()
    say("")


def _derive(play: Play) -> tuple[int, int]:
    """INVARIANT (P6): what a caller was told at a moment follows again from the history up to it. Returns (asked, otherwise)."""
    asked = otherwise = 0
    for chapter in play.chapters:
        at = play.moments[chapter.state]
        past = Asked.of(play.desk.as_of(at), at)
        for (caller, model), given in chapter.answers.items():
            standing = past.standing_of(caller.who, caller.member.organization)
            asked += 1
            otherwise += word_of(past.decide(standing)[MODELS.index(model)]) != given
    return asked, otherwise


def _verify(play: Play, command: list[str]) -> None:
    """Let the product's own command check the log, and hold its number of cut calls against what the clients saw."""
    play.listener.say(f"Whoever has the log can check it: {shlex.join(['safeconduct', *command])}")
    argv = [*python(), "safeconduct", *command, "--json"]
    done = subprocess.run(  # noqa: S603 - our own program
        argv, env=dict(play.environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=VERIFY_SECONDS, check=False
    )
    found: dict[str, Any] = msgspec.json.decode(done.stdout) if done.stdout else {}
    told = int(found.get("outcomes", {}).get("cut", 0))
    seen = sum(len(chapter.cut) for chapter in play.chapters)
    for line in narration.proof(found, told, seen):
        play.listener.say(line)
    if done.returncode != 0 or not found.get("holds"):
        play.faults.append("the log does not hold")
    if told != seen:
        play.faults.append(f"the log tells of {told} cut calls, the clients saw {seen}")


def _questions(play: Play) -> list[str]:
    """Commands that ask a kept home what was so, for one foreign employee of a listed company."""
    someone = next(each for each in play.population.cast if each.kind == "foreign employee of a listed company")
    return [
        f"safeconduct decide --person {someone.person.id} --model claude-mythos-5 --at {show(at)}" for at in play.moments.values()
    ]


def _told(play: Play, chapter: Chapter) -> Told:
    return Told(
        state=int(chapter.state),
        title=narration.TITLES[chapter.state],
        at=show(play.moments[chapter.state]),
        switch_ms=chapter.switch_ms,
        cut=len(chapter.cut),
        went_on=len(chapter.went_on),
        let_in=len(chapter.let_in),
        wrong=chapter.wrong,
        counts=play.counted[chapter.state].counts,
        seats=play.counted[chapter.state].seats,
        sampled=play.counted[chapter.state].sampled,
        previewed_seconds=play.previewed[chapter.state],
        judged_seconds=play.judged[chapter.state],
        decided_seconds=play.counted[chapter.state].seconds,
    )


@contextmanager
def _home(*, keep: bool) -> Iterator[Home]:
    """A fresh home in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="safeconduct-demo-"))
    try:
        home = Home(folder / "home")
        homes.create(home)
        ChangeStore.open(home.registry).close()
        yield home
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _environ(home: Home) -> dict[str, str]:
    """The environment of everything we start: this home, a free port, no other providers, and nobody's provider keys (P11)."""
    dropped = ("_API_KEY", "_AUTH_TOKEN", "SAFECONDUCT_ANTHROPIC_URL", "SAFECONDUCT_OPENAI_URL")
    kept = {name: text for name, text in os.environ.items() if not name.endswith(dropped)}
    return {**kept, "SAFECONDUCT_HOME": str(home.path), "SAFECONDUCT_LISTEN": "127.0.0.1:0"}
