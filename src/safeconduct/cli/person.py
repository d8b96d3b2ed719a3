"""``safeconduct person``: people, their memberships, and the roster that lists many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from safeconduct.cli import erasing, output, own
from safeconduct.cli.acting import Ends, Org, Starts, add_lives, desk, do, state_of, until
from safeconduct.cli.listing import LISTED, Limit, Prefix, progress, show_first
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.desk.desk import Desk
from safeconduct.desk.rosters import Imported
from safeconduct.exchange import needs
from safeconduct.exchange.rules import Rules
from safeconduct.office.acts import JoinOrganization, LeaveOrganization, RegisterPerson
from safeconduct.registry.derive import DERIVED
from safeconduct.registry.facts import CATALOG, states_at
from safeconduct.registry.records import Person
from safeconduct.registry.roster import MAX_LINE, RosterReading
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="People and their memberships.", no_args_is_help=True)

TELL_EVERY: Final = 1024 * 1024  # bytes between two words of progress
COLUMNS = ("id", "name", "state", "organizations", "ends")


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Id of the person: lower case, never used twice.")],  # noqa: A002
    org: Org,
    name: Annotated[str, typer.Option(help="Name for people to read; never logged.")] = "",
    email: Annotated[str, typer.Option(help="E-mail address; never logged.")] = "",
    role: Annotated[str, typer.Option(help="What the person is there.")] = "",
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Register a person as a member of an organization."""
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    with desk() as opened:
        do(opened, RegisterPerson(id, org, name, email, role, begin, end), f"Person {id} is registered.", as_json=as_json)


@app.command()
def join(
    id: Annotated[str, typer.Argument(help="Id of the person.")],  # noqa: A002
    org: Org,
    role: Annotated[str, typer.Option(help="What the person is there.")] = "",
    starts: Starts = "",
    ends: Ends = "open",
    as_json: AsJson = False,
) -> None:
    """Make a known person a member of another organization, or give a membership new dates."""
    begin = output.read_moment_or_none(starts, "--starts")
    end = output.read_moment(ends, "--ends", may_be_open=True)
    with desk() as opened:
        do(opened, JoinOrganization(id, org, role, begin, end), f"Person {id} is a member of {org}.", as_json=as_json)


@app.command()
def leave(
    id: Annotated[str, typer.Argument(help="Id of the person.")],  # noqa: A002
    org: Org,
    at: Annotated[str, typer.Option(help="The end, a time with a zone. Now when left out.")] = "",
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End a membership; the person stays registered."""
    moment = output.read_moment_or_none(at, "--at")
    with desk() as opened:
        act = LeaveOrganization(id, org, moment, why)
        opened.preview(act)
        output.confirm(f"End the membership of {id} in {org}? Undo: safeconduct person join {id} --org {org}", yes=yes)
        do(opened, act, f"The membership of {id} in {org} ends.", as_json=as_json)


@app.command("list")
def list_(
    org: Annotated[str, typer.Option("--org", "--organization", help="Only members of this organization.")] = "",
    prefix: Prefix = "",
    limit: Limit = LISTED,
    as_json: AsJson = False,
) -> None:
    """List people by id."""
    with desk() as opened:
        now = opened.now()
        everyone = opened.registry.population.named(prefix)
        found = (each for each, _ in everyone if not org or any(m.organization == org for m in each.memberships))
        whole = opened.registry.population.count_people() if not org and not prefix else None
        show_first(COLUMNS, found, lambda each: row(each, now), limit, whole, as_json=as_json, title="People")


@app.command("show")
def show_one(
    id: Annotated[str, typer.Argument(help="Id of the person.")],  # noqa: A002
    at: Annotated[str, typer.Option(help="As it was known at this time, with a zone. Now when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show one person: memberships, keys, agents, and the state of every fact."""
    moment = output.read_moment_or_none(at, "--at")
    with desk() as opened:
        registry = opened.registry if moment is None else opened.as_of(moment)
        now = opened.now() if moment is None else moment
        person = registry.people.get(id)
        if person is None:
            raise Refused(Fault("unknown_person", f"there is no person {id!r}", "person show", "see: safeconduct person list"))
        record: dict[str, Any] = {"id": id, "name": person.name, "email": person.email, "state": state_of(person, now)}
        record["keys"] = sorted(key.id for key in registry.keys.values() if key.holder_kind == "person" and key.holder == id)
        agents = registry.agents.values()
        record["agents"] = sorted(each.id for each in agents if each.sponsor_kind == "person" and each.sponsor == id)
        # INVARIANT (P10): what is on record is shown; a status is derived only where an instrument in force reads it.
        wanted = frozenset(CATALOG) | (Rules()(registry, now).facts & DERIVED.keys())
        for member in person.memberships:
            facts, _ = states_at(registry.facts_of(id), member.organization, now, wanted)
            record[f"in {member.organization}"] = {
                "role": member.role,
                "state": state_of(member, now),
                "ends": until(member.ends),
                "facts": {
                    name: state.status.value if state.value is None else f"{output.cell(state.value)} ({state.status.value})"
                    for name, state in facts.items()
                },
            }
        output.show_record(record, as_json=as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Roster: CSV with a header, or JSONL. UTF-8.")],
    org: Annotated[str, typer.Option("--org", "--organization", help="Organization of rows that name none.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Let rows correct what is recorded differently.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and compare only; exit 5 when it would change.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Import a roster: every row or none. The columns are listed in the documentation of rosters."""
    with desk() as opened:
        if dry_run:
            found = _import(opened, file, org, replace=replace, only_look=True, silent=as_json)
            if as_json:
                output.show_json({"file": found.file, "rows": found.rows, "changes": found.counts})
            output.say(f"Would change: {_summary(found)}." if found.changes else "Nothing would change.")
            raise typer.Exit(output.DIFFERENCES if found.changes else output.DONE)
        if not yes:
            found = _import(opened, file, org, replace=replace, only_look=True, silent=as_json)
            if found.changes:
                output.confirm(f"Import {found.rows} rows of {found.file}: {_summary(found)}?", yes=False)
        done = _import(opened, file, org, replace=replace, only_look=False, silent=as_json, warn=yes)
        if as_json:
            output.show_json({"file": done.file, "rows": done.rows, "at": show(done.at), "changes": done.counts})
        told = f"Imported {done.rows} rows: {_summary(done)}."
        output.say(told if done.changes else "Nothing changed: all of it is so already.")


app.command("view")(own.view)
app.command("erase")(erasing.erase)
add_lives(app, "person", "person")


def row(person: Person, now: Moment) -> dict[str, Any]:
    """One person as a row."""
    return {
        "id": person.id,
        "name": person.name,
        "state": state_of(person, now),
        "organizations": [each.organization for each in person.memberships],
        "ends": until(min([person.ends, *(each.ends for each in person.memberships)])),
    }


def _import(opened: Desk, file: Path, org: str, *, replace: bool, only_look: bool, silent: bool, warn: bool = True) -> Imported:
    """Read the file, judge it, and unless ``only_look`` import it. Raises Refused with every fault, OSError for the file."""
    with (
        file.open("rb") as bytes_,
        progress("Checking" if only_look else "Importing", file.stat().st_size, silent=silent) as tell,
    ):
        reading = RosterReading(file.name, _lines(bytes_, tell), org)
        found = opened.import_roster(reading, file=file.name, replace=replace, only_look=only_look)
    asked = needs.entered(opened.registry, opened.now()) if warn else {}
    warning = needs.warning(needs.unasked(reading.facts, asked)) if warn else ""
    if warning:  # INVARIANT (P10): whoever brings facts about origins that nothing asks for is told so
        output.say(warning)
    return found


def _lines(file: IO[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    """The lines of a file, none longer than one byte more than a line may be; tells how many bytes were read."""
    since = 0
    while line := file.readline(MAX_LINE + 1):
        since += len(line)
        if since >= TELL_EVERY:
            tell(since)
            since = 0
        yield line


def _summary(found: Imported) -> str:
    return ", ".join(f"{count} x {kind}" for kind, count in found.counts.items()) or "no changes"
