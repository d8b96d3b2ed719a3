"""python -m bench.registry --people 1000000: what does a registry of a million people cost?

Makes a roster, imports it as one act, issues keys, and measures what a worker pays: its start, its memory, the standing of a
caller it never saw, asking for news, and walking through everyone. Times are CPU time where nothing else is said. Each stage is
a process of its own, so that its memory is its own. Everything lies in a temporary folder and is gone afterwards.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from safeconduct.desk.desk import Desk
from safeconduct.office import acts
from safeconduct.registry.bodies.evidence import KeyIssued
from safeconduct.registry.changes import Draft, draft
from safeconduct.registry.roster import RosterReading
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import FOREVER, Moment

NOW: Moment = 1_780_272_000_000_000
SECRET = b"a secret of the bench, 32 bytes."
ORGANIZATIONS = 150
FACTS = ("nationality", "permanent_residence", "employed_there")
COUNTRIES = ("US", "DE", "FR;US", "IN", "GB", "CN", "BR", "CA")
ASKED = 2_000
WANTED = frozenset({"us_person.ear", "employed_there"})


class Silence:
    """A journal that keeps nothing: what the log costs is measured elsewhere."""

    def performed(self, **_entry: object) -> int:
        return 1

    def failed(self, **_entry: object) -> None:
        return None


def main() -> int:
    """Measure and print a table; with ``--stage`` be one of the processes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--stage", choices=["import", "worker"], help=argparse.SUPPRESS)
    arguments.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.stage:
        found = (_import if asked.stage == "import" else _worker)(asked.folder, asked.people, asked.seed)
        print(json.dumps(found))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-registry-") as folder:
        _roster(Path(folder) / "roster.csv", asked.people, asked.seed)
        rows: dict[str, str] = {"people": f"{asked.people:,}"}
        for stage in ("import", "worker"):
            command = [sys.executable, "-m", "bench.registry", "--stage", stage, "--folder", folder]
            command += ["--people", str(asked.people), "--seed", str(asked.seed)]
            rows |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout)
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")
    return 0


def _roster(path: Path, people: int, seed: int) -> None:
    chance = random.Random(seed)
    with path.open("w") as file:
        file.write(f"person,organization,name,email,role,{','.join(FACTS)},source,verifier,method,verified_at,expires_at\n")
        for number in range(people):
            facts = f"{chance.choice(COUNTRIES)},{chance.choice(('none', 'none', 'US'))},true"
            who = f"p{number:07},org-{number % ORGANIZATIONS:03},Person {number},p{number}@example.org,engineer"
            file.write(f"{who},{facts},passport,vendor-a,document scan,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z\n")


def _import(folder: Path, people: int, _seed: int) -> dict[str, str]:
    with ChangeStore.open(folder / "registry.db") as store:
        desk = Desk(store, Silence(), pepper=SECRET, pseudonym_key=SECRET, random=random.randbytes, clock=lambda: NOW)
        for number in range(ORGANIZATIONS):
            desk.perform(acts.RegisterOrganization(f"org-{number:03}", f"Organization {number}"))
        began, busy = time.perf_counter(), time.process_time()
        with (folder / "roster.csv").open("rb") as file:
            desk.import_roster(RosterReading("roster.csv", file), file="roster.csv")
        took, busy = time.perf_counter() - began, time.process_time() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        store.append([*_keys(people)])
    size = sum(each.stat().st_size for each in folder.glob("registry.db*")) / 1e6
    return {
        "import": f"{took:.1f} s, of them {busy:.1f} s CPU, {busy / people * 1e6:.0f} us a row",
        "import, peak memory": f"{peak:.0f} MB",
        "history on disk": f"{size:.0f} MB",
    }


def _keys(people: int) -> Iterator[Draft]:
    for number in range(0, people, 5):
        body = KeyIssued(_digest(number).hex(), "person", f"p{number:07}", f"org-{number % ORGANIZATIONS:03}", NOW, FOREVER)
        yield draft(NOW, "bench", "key.issued", f"key-{number:016x}", body)


def _digest(number: int) -> bytes:
    return sha256(str(number).encode()).digest()


def _worker(folder: Path, people: int, seed: int) -> dict[str, str]:
    began = time.process_time()
    store = ChangeStore.open(folder / "registry.db", read_only=True)
    registry = store.registry(SECRET)
    start = time.process_time() - began
    chance = random.Random(seed)
    digests = [_digest(5 * chance.randrange(people // 5)) for _ in range(ASKED)]
    cold = _each(ASKED, lambda at: registry.standing(digests[at], NOW, WANTED))
    poll = _each(ASKED, lambda _: store.news(registry.version))
    memory = _resident()
    began = time.process_time()
    seen = sum(1 for _ in registry.everyone())
    walk = (time.process_time() - began) / seen * 1e6
    began = time.process_time()
    past = store.registry(SECRET, until=NOW)
    as_of = time.process_time() - began
    return {
        "keys": f"{len(registry.keys):,}",
        "start of a worker's registry": f"{start * 1e3:.1f} ms",
        "memory of the process, registry and modules": f"{memory:.0f} MB",
        "standing of a caller never seen": f"{cold:.0f} us",
        "asking for news when there are none": f"{poll:.1f} us",
        "walking through everyone": f"{walk:.1f} us a person, {_resident():.0f} MB",
        "the registry as of a moment": f"{as_of * 1e3:.1f} ms, version {past.version:,}",
    }


def _each(count: int, ask: Any) -> float:
    began = time.process_time()
    for at in range(count):
        ask(at)
    return (time.process_time() - began) / count * 1e6


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    sys.exit(main())
