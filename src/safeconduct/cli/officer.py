"""``safeconduct officer``: who may agree to what others ask. A key is written once, to a file or to stdout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from safeconduct.assembly.officer_key import VARIABLE, beside, keep, key_file, take_its_place
from safeconduct.cli import output
from safeconduct.cli.acting import desk, do, tell
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.desk.desk import Desk, Done
from safeconduct.office.acts import AddOfficer, EndOfficer, KeyOfficer, LinkOfficer
from safeconduct.office.persons import OFFICER
from safeconduct.registry.papers import Officer
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(help="Officers: people whose agreement counts, each with a key of their own.", no_args_is_help=True)

COLUMNS = ("id", "name", "authority", "state", "person", "added", "keys issued by")
Id = Annotated[str, typer.Argument(help="Id of the officer.")]
Out = Annotated[Path | None, typer.Option(help="Write the key to this new file (mode 0600) instead of stdout.")]


@app.command()
def add(
    id: Id,  # noqa: A002
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    authority: Annotated[str, typer.Option(help="Id of the authority the officer speaks for; left out for one of yours.")] = "",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Add an officer and issue the first key. It is shown this once, and opens nothing but its own replacement."""
    with desk() as opened:
        key, digest = opened.fresh_officer_key()
        done = _perform(opened, AddOfficer(id, digest, name, authority), key, out, as_json=as_json)
        told = f"{id} is an officer. The first thing to do with the key: {VARIABLE}=FILE safeconduct officer rotate"
        tell(done, told, as_json=as_json and out is not None)


@app.command()
def rotate(
    id: Annotated[str, typer.Argument(help="Id of the officer; you, when left out.")] = "",  # noqa: A002
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Replace a key. Your own is replaced in its file by one that nobody else has seen; that of another is a first key again."""
    with desk() as opened:
        name = id or opened.actor.removeprefix(OFFICER)
        mine = opened.actor == f"{OFFICER}{name}"
        if not id and not mine:
            fault = Fault("officer_wanted", f"{opened.actor} is no officer", "officer rotate", f"set {VARIABLE}, or name one")
            raise Refused(fault)
        file = key_file() if mine and out is None else None
        key, digest = opened.fresh_officer_key()
        if file is not None:
            done = _perform(opened, KeyOfficer(name, digest), key, beside(file))
            take_its_place(file)
            tell(done, f"{name} has a new key, in {file}. Nobody else has seen it.", as_json=as_json)
            return
        done = _perform(opened, KeyOfficer(name, digest), key, out, as_json=as_json)
        told = f"{name} has a new key; the one before opens nothing any more."
        tell(done, told, as_json=as_json and out is not None)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every officer, and who ever issued one of the officer's keys."""
    with desk() as opened:
        rows = [_row(each) for each in opened.registry.officers.values()]
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Officers")


@app.command()
def link(
    id: Id,  # noqa: A002
    person: Annotated[str, typer.Argument(help="Id of the person, or person/ID; left out: of nobody any more.")] = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Say which person of the registry an officer is: nobody lifts measures, risk or holds on himself.

    A link that stands is changed or taken away only with a second officer.
    """
    with desk() as opened:
        name = person.removeprefix("person/")
        told = f"{id} is {name} and lifts nothing that lies on {name}." if name else f"{id} is no person of the registry."
        do(opened, LinkOfficer(id, name, why), told, as_json=as_json)


@app.command()
def end(
    id: Id,  # noqa: A002
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End an officer for good; the key opens nothing any more."""
    with desk() as opened:
        act = EndOfficer(id, why)
        opened.preview(act)
        output.confirm(f"End officer {id}? The key opens nothing any more; to undo, add the person under a new id.", yes=yes)
        do(opened, act, f"{id} is no officer any more.", as_json=as_json)


def _perform(at: Desk, act: AddOfficer | KeyOfficer, key: str, out: Path | None, *, as_json: bool = False) -> Done:
    """The key lies on the disk before it counts, so that no crash can leave an officer without one."""
    if out is None:
        done = at.perform(act)
        if as_json:
            output.show_json({"officer": act.id, "key": key, "act": done.plan.act, "request": done.plan.request})
        else:
            output.data(key)
        return done
    keep(out, key)
    try:
        return at.perform(act)
    except Refused:
        out.unlink(missing_ok=True)
        raise


def _row(officer: Officer) -> dict[str, Any]:
    state = "ended" if officer.ended_at is not None else "active" if officer.own else "first key"
    return {
        "id": officer.id,
        "name": officer.name,
        "authority": officer.authority,
        "state": state,
        "person": officer.person,
        "added": show(officer.added_at),
        "keys issued by": list(officer.issuers),
    }
