"""``python -m evaluation.behavior``: the behavior half of the evaluation by itself."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from evaluation.behavior.report import DEFAULT_CACHE, SCALES, report


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def main() -> int:
    """Print a table; with ``--json`` write everything to a file as well."""
    reader = argparse.ArgumentParser(prog="python -m evaluation.behavior", description=__doc__)
    reader.add_argument("--scale", choices=sorted(SCALES), default="small")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--world", action="append", default=[], help="only this world; may be given again")
    reader.add_argument("--data", type=Path, help="folder of the development split")
    reader.add_argument("--measured", type=Path, help="files of a measurement run: its unseen sources join the pools")
    reader.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    reader.add_argument("--json", type=Path, help="write the whole report here")
    given = reader.parse_args()
    found = report(given.seed, given.scale, given.data, given.cache, given.world, given.measured, _tell)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))
    for name, world in found["worlds"].items():
        beside = ", ".join(f"{key} {value:.2f}" for key, value in world["beside"].items())
        rate = f"{world['alerts_per_thousand_day']:.2f} alerts per 1,000 a day"
        print(f"{name}: found {world['found']:.2f} at {rate}; beside: {beside}")
        print(f"    {world['cost_us']:.0f} us a signal")
        for kind, one in world["kinds"].items():
            delay = f"median {one['median_hours']} h, worst {one['worst_planted_calls']} calls"
            print(f"    {kind}: found {one['found']:.2f} of {one['cases']}, {delay}")
        alarmed = {group: one["alerts_per_thousand_day"] for group, one in world["groups"].items()}
        print("    alerts per 1,000 a day:", ", ".join(f"{group} {rate:.1f}" for group, rate in alarmed.items()))
        print("    stepped:", world["wrongly_stepped"])
        for kind, groups in world["kinds_of_alerts"].items():
            print(f"    shown for {kind}:", ", ".join(f"{group} {count}" for group, count in groups.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
