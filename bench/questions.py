"""python -m bench.questions --people 1000000: how long does an officer wait for an answer about everybody?

Makes a home with the population and the letters of the demonstration, and asks every question over everybody twice, each time as
a command of its own: the first time with nothing remembered but what questions before it left, the second time at once again.
Then people change, and it is asked once more. Times are those on the clock, with the start of the interpreter; memory is the
peak of the largest process. Everything lies in a temporary folder and is gone afterwards, unless ``--home`` names one to keep.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from safeconduct.assembly import home as homes
from safeconduct.assembly.demo import tables
from safeconduct.assembly.demo.enrollment import OFFICER, activate, enroll, enter
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import FABLE, MYTHOS, State
from safeconduct.assembly.desk import open_desk
from safeconduct.office.acts import Batch, Suspend
from safeconduct.registry.population import Population
from safeconduct.storage.sqlite.changes import ChangeStore

CANDIDATE = "us-bis-2026-06-26"
CHANGED = 1_000  # people who change between two questions
BATCH_ROWS = 200_000
QUESTIONS: dict[str, tuple[str, ...]] = {
    "who, counted": ("ask", "who", "--model", FABLE, "--count"),
    "who, 20 names": ("ask", "who", "--model", MYTHOS, "--limit", "20"),
    "expiring, 30 days": ("ask", "expiring", "--days", "30"),
    "ending, 30 days": ("ask", "ending", "--days", "30"),
    "ending, 30 days, 20 names": ("ask", "ending", "--days", "30", "--names", "--limit", "20"),
    "readiness": ("readiness",),
    "readiness for a letter": ("readiness", "--instrument", CANDIDATE),
    "preview of a letter": ("instrument", "preview", CANDIDATE),
    "preview, 20 names": ("instrument", "preview", CANDIDATE, "--list", "gained"),
}
Row = tuple[str, float, float, float]


def main() -> int:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=100_000)
    arguments.add_argument("--organizations", type=int, default=150)
    arguments.add_argument("--home", type=Path, help="a folder to make the home in and keep, or one made so before")
    arguments.add_argument("--skip-batch", action="store_true", help="leave the file of questions out")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-questions-") as folder:
        home = homes.Home(asked.home or Path(folder) / "home")
        if not home.exists:
            began = time.perf_counter()
            _record(home, asked.people, asked.organizations)
            print(f"recorded {asked.people:,} people in {time.perf_counter() - began:.0f} s", flush=True)
        print(f"{'question':<28}{'first':>9}{'again':>9}{'after ' + format(CHANGED, ',') + ' changed':>23}{'peak':>9}")
        for name, words in QUESTIONS.items():
            _ask(home, name, words)
        if not asked.skip_batch:
            _batch(home, Path(folder))
    return 0


def _record(home: homes.Home, people: int, organizations: int) -> None:
    homes.create(home)
    ChangeStore.open(home.registry).close()
    population = populate(people, organizations)
    with tempfile.TemporaryDirectory(dir=home.path) as folder, open_desk(_environ(home)) as desk:
        enroll(desk, tables.write(population, Path(folder), desk.now()))
        documents = letters(population)
        for state in (State.AUTHORIZED, State.LETTER):
            enter(desk, documents[state])
            activate(desk, documents[state])
        enter(desk, documents[State.EXEMPTION])


def _ask(home: homes.Home, name: str, words: tuple[str, ...]) -> None:
    for path in home.run.glob("survey-*"):
        path.unlink()
    first, peak = _timed(home, words)
    again, _ = _timed(home, words)
    _change(home)
    after, _ = _timed(home, words)
    print(f"{name:<28}{first:>7.2f} s{again:>7.2f} s{after:>21.2f} s{peak:>6.0f} MB", flush=True)


def _timed(home: homes.Home, words: tuple[str, ...]) -> tuple[float, float]:
    """Seconds on the clock, and the peak memory of the largest process in MB."""
    command = [sys.executable, "-m", "safeconduct", *words]
    began = time.perf_counter()
    with subprocess.Popen(command, env=_environ(home), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed: {said.decode(errors='replace')}")
    return took, usage.ru_maxrss / 1024


def _change(home: homes.Home) -> None:
    """Suspend some people, as any officer might between two questions."""
    chance = random.Random(time.time_ns())
    with open_desk(_environ(home)) as desk:
        names = [_somebody(desk.registry.population, chance) for _ in range(CHANGED)]
        acts = tuple(Suspend("person", name, "a change for the bench") for name in sorted({*names} - {""}))
        desk.perform(Batch(acts, "a change for the bench"), actor=OFFICER)


def _somebody(people: Population, chance: random.Random) -> str:
    person = people.person(f"p-{chance.randrange(100_000):07}")
    return person.id if person is not None and not person.suspended else ""


def _batch(home: homes.Home, folder: Path) -> None:
    path = folder / "questions.jsonl"
    chance = random.Random(1)
    with ChangeStore.open(home.registry, read_only=True) as store:
        people = [(each.id, each.memberships[0].organization) for each, _ in islice(store.registry(bytes(32)).everyone(), 20_000)]
    with path.open("w", encoding="utf-8") as file:
        for _ in range(BATCH_ROWS):
            person, organization = chance.choice(people)
            model = chance.choice((FABLE, MYTHOS))
            file.write(json.dumps({"person": person, "organization": organization, "model": model}) + "\n")
    took, peak = _timed(home, ("decide", "--batch", str(path), "--out", str(folder / "answers.jsonl")))
    print(f"{'decide --batch':<28}{BATCH_ROWS / took:>9,.0f} rows a second{peak:>33.0f} MB", flush=True)


def _environ(home: homes.Home) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAFECONDUCT_")}
    return {**kept, "SAFECONDUCT_HOME": str(home.path)}


if __name__ == "__main__":
    sys.exit(main())
