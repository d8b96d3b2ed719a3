"""One counter as a process: ``python -m safeconduct.assembly.demo.census_process HOME PEOPLE ORGANIZATIONS STATE AT PART PARTS``.

Reads the registry's history up to the moment AT and nothing after it (P6), decides every PARTS-th person, and writes numbers
on stdout: how many are done, line by line, and at the end one line of JSON with the counts.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import msgspec

from safeconduct.assembly.demo.census import census
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import State
from safeconduct.assembly.home import Home
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.registry.state import Registry
from safeconduct.storage.sqlite.changes import ChangeStore


def main() -> int:
    """Count and end. Returns the exit code."""
    home = Home(Path(sys.argv[1]))
    people, organizations, state, at, part, parts = (int(word) for word in sys.argv[2:8])
    with ChangeStore.open(home.registry, read_only=True) as store:
        registry = Registry.fold(store.since(0), home.secret("pseudonym.key"), until=at)
    view = View(registry, Rules(), home.secret("commitment.key"), lambda _: None, at)
    population = populate(people, organizations)
    gc.freeze()
    counts = census(view, population.people[part::parts], State(state), at, lambda done: _tell(str(done)))
    _tell(msgspec.json.encode(counts).decode())
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
