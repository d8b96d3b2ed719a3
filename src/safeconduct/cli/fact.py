"""``safeconduct fact``: what is known about people, from which evidence, and until when."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do, until
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.office.acts import RecordFact, WithdrawFact
from safeconduct.registry.facts import CATALOG, read_value
from safeconduct.registry.records import FactRecord
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Facts about people, with evidence and expiry.", no_args_is_help=True)

COLUMNS = ("record", "fact", "value", "state", "organization", "source", "verifier", "method", "verified", "expires")


@app.command()
def record(
    person: Annotated[str, typer.Argument(help="Id of the person.")],
    fact: Annotated[str, typer.Argument(help="Name of the fact; see: fact names.")],
    value: Annotated[str, typer.Argument(help="The value; several countries or courses separated by semicolons.")],
    source: Annotated[str, typer.Option(help="What it was learned from, like passport or hr-system.")],
    verifier: Annotated[str, typer.Option(help="Who checked it.")],
    method: Annotated[str, typer.Option(help="How it was checked, like document or attestation.")],
    expires: Annotated[str, typer.Option(help='When the evidence expires, a time with a zone, or "open".')],
    verified: Annotated[str, typer.Option(help="When it was checked, a time with a zone. Now when left out.")] = "",
    org: Annotated[str, typer.Option("--org", "--organization", help="For facts that hold in one organization.")] = "",
    replaces: Annotated[list[int] | None, typer.Option(help="Record to withdraw at once; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record a fact with its evidence."""
    expires_at = output.read_moment(expires, "--expires", may_be_open=True)
    verified_at = output.read_moment_or_none(verified, "--verified")
    try:
        read = read_value(fact, value)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="VALUE" if fact in CATALOG else "FACT") from wrong
    with desk() as opened:
        act = RecordFact(
            person=person,
            fact=fact,
            value=read,
            source=source,
            verifier=verifier,
            method=method,
            verified_at=opened.now() if verified_at is None else verified_at,
            expires_at=expires_at,
            organization=org,
            replaces=tuple(replaces or ()),
        )
        done = do(opened, act, f"{fact} of {person} is recorded.", as_json=as_json)
        output.say(f"Record {done.changes[-1].seq}.")


@app.command()
def withdraw(
    person: Annotated[str, typer.Argument(help="Id of the person.")],
    record: Annotated[int, typer.Argument(help="Number of the record; see: fact list.")],
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw one record, as wrong or no longer so."""
    with desk() as opened:
        act = WithdrawFact(person, record, why)
        opened.preview(act)
        output.confirm(f"Withdraw record {record} about {person}? What rests on it alone is unknown from then on.", yes=yes)
        do(opened, act, f"Record {record} about {person} is withdrawn.", as_json=as_json)


@app.command("list")
def list_(
    person: Annotated[str, typer.Argument(help="Id of the person.")],
    at: Annotated[str, typer.Option(help="As it was known at this time, with a zone. Now when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the records about a person."""
    moment = output.read_moment_or_none(at, "--at")
    with desk() as opened:
        registry = opened.registry if moment is None else opened.as_of(moment)
        now = opened.now() if moment is None else moment
        if person not in registry.people:
            raise Refused(Fault("unknown_person", f"there is no person {person!r}", "fact list", "see: person list"))
        rows = (row(each, now) for each in registry.facts_of(person))
        output.show_rows(COLUMNS, rows, as_json=as_json, title=f"Facts about {person}")


@app.command()
def names(as_json: AsJson = False) -> None:
    """List every fact that can be recorded, and what it takes."""
    with output.door():
        rows = (
            {
                "fact": each.name,
                "takes": each.shape.value,
                "of": "one organization" if each.scoped else "person",
                "means": each.say,
            }
            for each in CATALOG.values()
        )
        output.show_rows(("fact", "takes", "of", "means"), rows, as_json=as_json, title="Facts")


def row(record: FactRecord, now: Moment) -> dict[str, Any]:
    """One record as a row."""
    state = "not yet" if now < record.verified_at else "expired" if now >= record.expires_at else "unexpired"
    return {
        "record": record.number,
        "fact": record.name,
        "value": record.value,
        "state": state,
        "organization": record.organization,
        "source": record.source,
        "verifier": record.verifier,
        "method": record.method,
        "verified": show(record.verified_at),
        "expires": until(record.expires_at),
    }
