"""``safeconduct fact``: what is known about people, from which evidence, and until when."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do, until
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.desk.desk import Desk
from safeconduct.exchange import needs
from safeconduct.exchange.own import record_state
from safeconduct.office.acts import RecordFact, WithdrawFact
from safeconduct.registry.derive import DERIVED
from safeconduct.registry.facts import CATALOG, evidence_instead, never_typed_in, read_value
from safeconduct.registry.records import FactRecord, read_record_name, record_name
from safeconduct.registry.trail import Trace, trail
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show
from safeconduct.terms.standing import FactValue

app = typer.Typer(help="Facts about people, with evidence and expiry.", no_args_is_help=True)

COLUMNS = ("record", "fact", "value", "state", "organization", "source", "verifier", "method", "verified", "expires")
HISTORY = (*COLUMNS, "recorded", "recorded_by", "withdrawn", "withdrawn_by", "why")

Person = Annotated[str, typer.Argument(help="Id of the person.")]
Record = Annotated[str, typer.Argument(help="Name of the record, like 17 or 17.2; see: fact list.")]
Source = Annotated[str, typer.Option(help="What it was learned from, like passport or hr-system.")]
Verifier = Annotated[str, typer.Option(help="Who checked it.")]
Method = Annotated[str, typer.Option(help="How it was checked, like document or attestation.")]
Expires = Annotated[str, typer.Option(help='When the evidence expires, a time with a zone, or "open".')]
Verified = Annotated[str, typer.Option(help="When it was checked, a time with a zone. Now when left out.")]


@app.command()
def record(
    person: Person,
    fact: Annotated[str, typer.Argument(help="Name of the fact; see: fact names.")],
    value: Annotated[str, typer.Argument(help="The value; several countries or courses separated by semicolons.")],
    source: Source,
    verifier: Verifier,
    method: Method,
    expires: Expires,
    verified: Verified = "",
    org: Annotated[str, typer.Option("--org", "--organization", help="For facts that hold in one organization.")] = "",
    replaces: Annotated[list[str] | None, typer.Option(help="Record to withdraw at once; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record a fact with its evidence. Status under a regime is derived from evidence and cannot be recorded."""
    expires_at = output.read_moment(expires, "--expires", may_be_open=True)
    verified_at = output.read_moment_or_none(verified, "--verified")
    with desk() as opened:
        read = _read(fact, value)
        if CATALOG[fact].scoped and not org:
            what = f"{fact} holds in one organization, and none is named"
            raise Refused(Fault("which_organization", what, "--org", "name the organization with --org"))
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
        _warn(opened, fact)


@app.command()
def correct(
    person: Person,
    record: Record,
    value: Annotated[str, typer.Argument(help="The right value of the same fact.")],
    source: Source,
    verifier: Verifier,
    method: Method,
    expires: Expires,
    why: Annotated[str, typer.Option(help="What was wrong, for the history: one line.")],
    verified: Verified = "",
    as_json: AsJson = False,
) -> None:
    """Put a right record in the place of a wrong one. The wrong one stays in the history with who, when and why."""
    expires_at = output.read_moment(expires, "--expires", may_be_open=True)
    verified_at = output.read_moment_or_none(verified, "--verified")
    with desk() as opened:
        wrong = _find(opened, person, record)
        act = RecordFact(
            person=person,
            fact=wrong.name,
            value=_read(wrong.name, value),
            source=source,
            verifier=verifier,
            method=method,
            verified_at=opened.now() if verified_at is None else verified_at,
            expires_at=expires_at,
            organization=wrong.organization,
            replaces=(record,),
            why=_wants_reason(why),
        )
        done = do(opened, act, f"Record {record} about {person} is corrected.", as_json=as_json)
        output.say(f"Record {done.changes[-1].seq}.")
        _warn(opened, wrong.name)


@app.command()
def withdraw(
    person: Person,
    record: Record,
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw one record, as wrong or no longer so. It stays in the history with who, when and why."""
    with desk() as opened:
        act = WithdrawFact(person, record, _wants_reason(why))
        opened.preview(act)
        output.confirm(f"Withdraw record {record} about {person}? What rests on it alone is unknown from then on.", yes=yes)
        do(opened, act, f"Record {record} about {person} is withdrawn.", as_json=as_json)


@app.command("list")
def list_(
    person: Person,
    at: Annotated[str, typer.Option(help="As it was known at this time, with a zone. Now when left out.")] = "",
    history: Annotated[bool, typer.Option("--history", help="Also what was withdrawn: by whom, when and why.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the records about a person."""
    moment = output.read_moment_or_none(at, "--at")
    with desk() as opened:
        registry = opened.registry if moment is None else opened.as_of(moment)
        now = opened.now() if moment is None else moment
        if person not in registry.people:
            raise Refused(Fault("unknown_person", f"there is no person {person!r}", "fact list", "see: safeconduct person list"))
        title = f"Facts about {person}"
        if history:
            traces = trail(opened.about(person), person, moment)
            output.show_rows(HISTORY, (_traced(each, now) for each in traces), as_json=as_json, title=title)
            return
        rows = (row(each, now) for each in registry.facts_of(person))
        output.show_rows(COLUMNS, rows, as_json=as_json, title=title)


@app.command()
def names(as_json: AsJson = False) -> None:
    """List every fact: those that can be recorded, and those that are derived from them."""
    with output.door():
        rows = [
            {
                "fact": each.name,
                "takes": each.shape.value,
                "of": "one organization" if each.scoped else "person",
                "means": each.say,
            }
            for each in CATALOG.values()
        ]
        rows += [
            {
                "fact": each.name,
                "takes": f"nothing: derived from {', '.join(each.reads)}",
                "of": "person",
                "means": f"{each.say} ({each.source})",
            }
            for each in DERIVED.values()
        ]
        output.show_rows(("fact", "takes", "of", "means"), rows, as_json=as_json, title="Facts")


def row(record: FactRecord, now: Moment) -> dict[str, Any]:
    """One record as a row."""
    return {
        "record": record_name(record),
        "fact": record.name,
        "value": record.value,
        "state": record_state(record, now),
        "organization": record.organization,
        "source": record.source,
        "verifier": record.verifier,
        "method": record.method,
        "verified": show(record.verified_at),
        "expires": until(record.expires_at),
    }


def _traced(trace: Trace, now: Moment) -> dict[str, Any]:
    gone = trace.withdrawn_at is not None
    return {
        **row(trace.record, now),
        **({"state": "withdrawn"} if gone else {}),
        "recorded": show(trace.recorded_at),
        "recorded_by": trace.recorded_by,
        "withdrawn": show(trace.withdrawn_at) if trace.withdrawn_at is not None else "",
        "withdrawn_by": trace.withdrawn_by,
        "why": trace.why,
    }


def _read(fact: str, value: str) -> FactValue:
    """The value typed in. Raises Refused for a derived fact, typer.BadParameter for what the fact does not take."""
    if fact in DERIVED:
        raise Refused(Fault("derived_fact", never_typed_in(fact), "fact", evidence_instead(fact)))
    try:
        return read_value(fact, value)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="VALUE" if fact in CATALOG else "FACT") from wrong


def _find(at: Desk, person: str, name: str) -> FactRecord:
    try:
        number, item = read_record_name(name)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="RECORD") from wrong
    for each in at.registry.facts_of(person):
        if (each.number, each.item) == (number, item):
            return each
    what = f"{person} has no record {name} in force"
    raise Refused(Fault("unknown_record", what, "fact correct", f"see: safeconduct fact list {person}"))


def _wants_reason(why: str) -> str:
    if not why.strip():
        raise Refused(
            Fault("no_reason", "no reason is given", "--why", "say in one line what was wrong; it stays in the history")
        )
    return why


def _warn(at: Desk, fact: str) -> None:
    """INVARIANT (P10): who records a fact about somebody's origin that nothing asks for is told so at once."""
    warning = needs.warning(needs.unasked((fact,), needs.entered(at.registry, at.now()))) if CATALOG[fact].origin else ""
    if warning:
        output.say(warning)
