"""``safeconduct readiness``: which facts are verified in which organization, and whose are not, before the next letter comes?"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from safeconduct.cli import output
from safeconduct.cli.inquiring import DAY, Days, InOrg, asking, organization_known, progress
from safeconduct.cli.output import AsJson
from safeconduct.cli.preview import candidate_registry
from safeconduct.cli.unasked import missing_detectors
from safeconduct.inquiry.gaps import STATES, FactCount, Gap, gaps, readiness
from safeconduct.registry.facts import evidence_of
from safeconduct.registry.roster import EVIDENCE
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show


def ready(
    instrument: Annotated[
        str, typer.Option(help="Id or file of an instrument: the facts its rules read, besides those of the rules in force.")
    ] = "",
    org: InOrg = "",
    days: Days = 30,
    out: Annotated[Path | None, typer.Option(help="Write the gaps as a roster file (CSV) to fill in and import.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count verified, expiring, expired, unknown and contradicted facts by organization; export the gaps."""
    with asking() as asked:
        organization_known(asked.today, org)
        if out is not None and out.exists():
            what = "there is a file of this name, perhaps filled in already"
            raise Refused(Fault("file_there", what, str(out), "name another file, or remove this one"))
        registry = asked.today if not instrument else candidate_registry(asked, instrument, None, withdraw=False)[0]
        now, then = asked.sides((registry, asked.now), (registry, asked.now + days * DAY))
        with progress(registry.people, silent=as_json) as tell:
            census = asked.census(now, then, keep=-1 if out is not None else 0, tell=tell)
        counts = readiness(census, org)
        columns = ("organization", "fact", *STATES)
        output.show_rows(columns, [_row(each, columns) for each in counts], as_json=as_json, title="Readiness of facts")
        _sum_up(counts)
        if out is not None:
            written = _write(out, gaps(census, org))
            output.say(
                f"{written:,} people with gaps are in {out}; fill it in and import it with: safeconduct person import {out}"
            )
        output.say(*missing_detectors(asked.home.settings(), asked.policy(registry, asked.now).compiled.rules))
        if not counts:
            output.say(f"No rule in force at {show(asked.now)} reads any fact.")


def _row(each: FactCount, columns: tuple[str, ...]) -> dict[str, object]:
    return {column: getattr(each, column) for column in columns}


def _sum_up(counts: list[FactCount]) -> None:
    for fact in sorted({each.fact for each in counts}):
        lines = [each for each in counts if each.fact == fact]
        people, verified = sum(each.people for each in lines), sum(each.verified for each in lines)
        output.say(f"{fact}: {verified:,} of {people:,} verified ({verified / people:.1%})." if people else f"{fact}: nobody.")


def _write(path: Path, found: Iterable[Gap]) -> int:
    """A row for each person with a gap, with a blank column for each recorded fact that could close it."""
    open_: dict[tuple[str, str], set[str]] = {}
    for gap in found:
        open_.setdefault((gap.person, gap.organization), set()).add(gap.fact)
    facts = sorted(evidence_of({fact for each in open_.values() for fact in each}))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "organization", *facts, *EVIDENCE))
        for (person, organization), _ in sorted(open_.items()):
            writer.writerow((person, organization, *("" for _ in facts), *("" for _ in EVIDENCE)))
    return len(open_)
