"""How is the whole story told? A home of its own, a gateway of real processes, four switches, and a proof at the end.

Everything happens on loopback in a temporary folder and ends by itself: callers hang up, workers drain, the keeper signs, the
folder goes away unless it is to be kept.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from safeconduct.assembly import home as homes
from safeconduct.assembly import up
from safeconduct.assembly.demo.calls import Door
from safeconduct.assembly.demo.census import Count, answers_to, as_verdict, total
from safeconduct.assembly.demo.chapter import Chapter, Seat, Stage
from safeconduct.assembly.demo.enrollment import Caller, enroll, issue_keys
from safeconduct.assembly.demo.letters import Letter, letters
from safeconduct.assembly.demo.population import Population, populate
from safeconduct.assembly.demo.verdicts import MODELS, State
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.desk.desk import Desk
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import Moment, show

WORKERS = 2
COUNTERS = 2  # processes that decide the whole population
VERIFY_SECONDS = 120.0
PROMISED_MS = 1000.0  # P5

TITLES = {
    State.AUTHORIZED: "9 June 2026: terms and authorizations take effect",
    State.LETTER: "12 June 2026, 17:21 in Washington: no foreign person may use either model",
    State.EXEMPTION: "26 June 2026: listed organizations get Mythos back, for employees of any nationality",
    State.LIFTED: "30 June 2026: the requirement is lifted",
}


class Listener(Protocol):
    """Who hears the story."""

    def say(self, line: str) -> None: ...
    def progress(self, what: str, done: int, whole: int) -> None: ...


class Told(msgspec.Struct, frozen=True):
    """One state: what it did to the cast's live calls, and the answers for the whole population. ``at`` is in RFC 3339."""

    state: int
    title: str
    at: str
    switch_ms: float
    cut: int
    went_on: int
    let_in: int
    wrong: list[str]
    counts: list[Count]


class Outcome(msgspec.Struct, frozen=True):
    """How it went. ``derived_wrong`` counts live answers that the history does not lead to again (P6)."""

    people: int
    organizations: int
    states: list[Told]
    before_wrong: list[str]
    derived: int
    derived_wrong: int
    verified: bool
    verify: str
    home: str
    seconds: float

    @property
    def wrong(self) -> int:
        """Everything that should have been otherwise, counted."""
        told = sum(len(each.wrong) + sum(count.wrong for count in each.counts) for each in self.states)
        return told + len(self.before_wrong) + self.derived_wrong + (0 if self.verified else 1)


def tell(people: int, organizations: int, listener: Listener, *, keep: bool = False) -> Outcome:
    """Play all four states. Raises Refused when the gateway does not start, ValueError for a population too small."""
    began = time.monotonic()
    population = populate(people, organizations)
    with _home(keep=keep) as home:
        listener.say(f"A home of its own: {home.path}{'' if keep else ' (removed at the end; --keep keeps it)'}")
        environ = _environ(home)
        with open_desk(environ) as desk:
            callers = _settle(desk, population, listener)
            documents = letters(population)
            chapters, counts, moments, before_wrong = _play(home, environ, desk, population, callers, documents, listener)
            derived, derived_wrong = _derive(desk, chapters, moments)
        listener.say(f"From history alone, {derived} live answers were derived again; {derived_wrong} came out otherwise.")
        command = ["safeconduct", "audit", "verify", "--log", str(home.log)]
        listener.say(f"Anybody who has the log can check it: {shlex.join(command)}")
        verified = _verified(command, environ, listener)
        told = [_told(chapter, counts[chapter.state], moments[chapter.state]) for chapter in chapters]
        return Outcome(
            people=people,
            organizations=organizations,
            states=told,
            before_wrong=before_wrong,
            derived=derived,
            derived_wrong=derived_wrong,
            verified=verified,
            verify=shlex.join(command),
            home=str(home.path),
            seconds=round(time.monotonic() - began, 1),
        )


def _settle(desk: Desk, population: Population, listener: Listener) -> tuple[Caller, ...]:
    """Record everybody, and give the cast its keys."""
    done = enroll(desk, population, desk.now())
    listed = sum(each.listed for each in population.companies)
    listener.say(
        f"{len(population.people)} people of {population.nationalities} nationalities in {len(population.organizations)} "
        f"organizations ({listed} of them will be listed, {len(population.firms)} are sponsored contractor firms), recorded as "
        f"one act: {len(done.changes)} changes. Nobody's nationality is among them, only the answer the EAR asks for."
    )
    callers = issue_keys(desk, population)
    listener.say(
        f"{len(callers)} of them call: {len(population.cast)} people of {len(population.cast) // 2} kinds, each with an agent."
    )
    return callers


Played = tuple[list[Chapter], dict[State, list[Count]], dict[State, Moment], list[str]]


def _play(
    home: Home,
    environ: Mapping[str, str],
    desk: Desk,
    population: Population,
    callers: tuple[Caller, ...],
    documents: Mapping[State, tuple[Letter, ...]],
    listener: Listener,
) -> Played:
    """Start the gateway, switch through the states, and stop it again whatever happens."""
    settings = home.settings(environ)
    running = up.start(home, settings, environ, workers=WORKERS, tell=listener.say, simulate=True)
    try:
        up.wait_ready(running, home, WORKERS)
        listener.say(
            f"A gateway of {WORKERS} workers serves at {running.url}; the provider behind it is SIMULATED, no model answers."
        )
        stage = Stage(desk, Door(running.url), callers)
        return asyncio.run(_states(home, environ, desk, population, stage, documents, listener))
    finally:
        up.stop(running, settings.gateway.drain_seconds)


async def _states(
    home: Home,
    environ: Mapping[str, str],
    desk: Desk,
    population: Population,
    stage: Stage,
    documents: Mapping[State, tuple[Letter, ...]],
    listener: Listener,
) -> Played:
    before_wrong = await stage.nobody_gets_in()
    listener.say(f"Before any authorization, {len(stage.seats) - len(before_wrong)} of {len(stage.seats)} calls are refused.")
    chapters: list[Chapter] = []
    counts: dict[State, list[Count]] = {}
    moments: dict[State, Moment] = {}
    for state in State:
        listener.say("")
        listener.say(f"State {int(state)}. {TITLES[state]}")
        chapter = await stage.turn(state, documents[state])
        _narrate(chapter, listener)
        moments[state] = desk.now()
        counts[state] = await _count(home, environ, population, state, moments[state], listener)
        wrong = sum(count.wrong for count in counts[state])
        listener.say(f"  Then all {len(population.people)} people were decided for both models; {wrong} answers were wrong.")
        chapters.append(chapter)
    await stage.leave()
    listener.say("")
    return chapters, counts, moments, before_wrong


def _narrate(chapter: Chapter, listener: Listener) -> None:
    listener.say(f"  The switch took {chapter.switch_ms:.0f} ms from the commit of the letter to the last caller concerned.")
    if chapter.switch_ms > PROMISED_MS:
        listener.say(f"  That is more than the {PROMISED_MS:.0f} ms promised.")
    for what, seats in (("cut", chapter.cut), ("let in", chapter.let_in), ("went on undisturbed", chapter.went_on)):
        for model in MODELS:
            kinds = _kinds(seats, model)
            if kinds:
                listener.say(f"  {model}, {what}: {kinds}")
    listener.say(f"  One more call each: {len(chapter.answers)} answers. Wrong in this state: {len(chapter.wrong)}.")
    for line in chapter.wrong[:20]:
        listener.say(f"  WRONG: {line}")


def _kinds(seats: Iterable[Seat], model: str) -> str:
    counted = Counter(caller.member.kind for caller, asked in seats if asked == model)
    return "; ".join(f"{kind} ({number})" for kind, number in counted.items())


async def _count(
    home: Home, environ: Mapping[str, str], population: Population, state: State, at: Moment, listener: Listener
) -> list[Count]:
    """Decide the whole population as of ``at``, in processes beside the serving gateway."""
    done = [0] * COUNTERS

    async def part(number: int) -> list[Count]:
        words = [len(population.people), len(population.organizations), int(state), at, number, COUNTERS]
        module = ["-m", "safeconduct.assembly.demo.census_process", str(home.path), *map(str, words)]
        process = await asyncio.create_subprocess_exec(sys.executable, *module, env=dict(environ), stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                if line.startswith(b"["):
                    return msgspec.json.decode(line, type=list[Count])
                done[number] = int(line)
                listener.progress(f"state {int(state)}", sum(done), len(population.people))
            raise RuntimeError(f"a counter ended early with {await process.wait()}")
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    counted = total(await asyncio.gather(*(part(number) for number in range(COUNTERS))))
    listener.progress(f"state {int(state)}", len(population.people), len(population.people))
    return counted


def _derive(desk: Desk, chapters: Iterable[Chapter], moments: Mapping[State, Moment]) -> tuple[int, int]:
    """INVARIANT (P6): what a caller was told at a moment follows again from the history up to it. Returns (asked, otherwise)."""
    asked = otherwise = 0
    for chapter in chapters:
        at = moments[chapter.state]
        view = View(desk.as_of(at), Rules(), secrets.token_bytes(32), lambda _: None, at)
        for (caller, model), given in chapter.answers.items():
            if not caller.is_agent:
                asked += 1
                otherwise += as_verdict(answers_to(view, caller.member.person, at)[model]) != given
    return asked, otherwise


def _verified(command: list[str], environ: Mapping[str, str], listener: Listener) -> bool:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=VERIFY_SECONDS,
        check=False,
    )
    for line in (done.stdout + done.stderr).splitlines():
        listener.say(f"  {line}")
    return done.returncode == 0


def _told(chapter: Chapter, counts: list[Count], at: Moment) -> Told:
    return Told(
        state=int(chapter.state),
        title=TITLES[chapter.state],
        at=show(at),
        switch_ms=chapter.switch_ms,
        cut=len(chapter.cut),
        went_on=len(chapter.went_on),
        let_in=len(chapter.let_in),
        wrong=chapter.wrong,
        counts=counts,
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
    """The environment of everything we start: this home, a free port, and nobody's provider keys."""
    own = {name: text for name, text in os.environ.items() if not name.endswith(("_API_KEY", "_AUTH_TOKEN"))}
    clean = {name: text for name, text in own.items() if not name.startswith("SAFECONDUCT_")}
    return {**clean, "SAFECONDUCT_HOME": str(home.path), "SAFECONDUCT_LISTEN": "127.0.0.1:0"}
