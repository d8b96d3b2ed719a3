"""``safeconduct person view``: what is held about one person, and which instruments need it. What the person may ask to see."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk
from safeconduct.cli.output import AsJson
from safeconduct.exchange import own
from safeconduct.exchange.needs import in_force
from safeconduct.exchange.rules import Rules
from safeconduct.registry.measures import in_force as marks_in_force
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

COLUMNS = ("fact", "organization", "state", "value", "source", "verifier", "method", "verified_at", "expires_at", "needed by")


def view(
    id: Annotated[str, typer.Argument(help="Id of the person.")],  # noqa: A002
    org: Annotated[str, typer.Option("--org", "--organization", help="As seen from this organization only.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what is held about a person, from where, and for each fact the instruments in force that need it."""
    with desk() as opened:
        now, registry = opened.now(), opened.registry
        compiled = Rules()(registry, now).compiled
        found = own.of_person(registry, id, org, in_force((*compiled.rules, *compiled.guards)), now)
        if found is None:
            raise Refused(Fault("unknown_person", f"there is no person {id!r}", "person view", "see: safeconduct person list"))
        marks = registry.marks(f"person/{id}")
        lasting = [f"{each.step} {each.id} until {show(each.until)}" for each in marks_in_force(marks, now)]
        found |= {"risk": marks.band(now), "measures": lasting}
        if as_json:
            output.show_json(found)
            return
        output.show_rows(COLUMNS, _rows(found), as_json=False, title=f"What is held about {id}")
        output.say(f"Risk: {marks.band(now)}. Measures: {', '.join(lasting) or 'none'}.", own.MEND)


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    """One line for each piece of evidence, for each fact that is needed and not on record, and for each derived status."""
    rows: list[dict[str, Any]] = []
    for fact in found["facts"]:
        needed = fact["needed_by"] or fact["note"]
        rows += [{**each, "state": f"{each['state']} ({fact['state']})", "needed by": needed} for each in fact["records"]]
        if not fact["records"]:
            rows.append({**fact, "value": "", "needed by": needed})
    for fact in found["derived"]:
        rows.append({**fact, "source": f"derived, {fact['rule']}", "expires_at": fact["until"], "needed by": fact["needed_by"]})
    rows += [{**each, "needed by": own.NOT_NEEDED} for each in found["not_used"]]
    return rows
