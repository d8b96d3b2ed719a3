"""Run as a script: imports a roster of so many rows into a new registry, and prints the process's peak memory in KiB.

In a process of its own, because the peak of a process that did other things before says nothing about this one thing.
Arguments: folder, number of rows.
"""

from __future__ import annotations

import json
import sys
from itertools import chain
from pathlib import Path

from safeconduct.office import acts
from safeconduct.registry.roster import RosterReading
from support.registry_desk import Office


def main() -> None:
    office = Office(Path(sys.argv[1]))
    office.desk.perform(acts.RegisterOrganization("acme", "Acme"))
    rows = chain([b"person,role\n"], (b"p%07d,engineer\n" % number for number in range(int(sys.argv[2]))))
    done = office.desk.import_roster(RosterReading("r.csv", rows, "acme"), file="r.csv")
    office.store.close()
    # VmHWM begins anew with the program; what getrusage tells is at least what the parent held when it started us.
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    sys.stdout.write(json.dumps({"rows": done.rows, "counts": dict(done.counts), "peak": peak}))


if __name__ == "__main__":
    main()
