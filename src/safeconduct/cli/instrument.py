"""``safeconduct instrument``: check a letter, enter it, put it in force, take it back, and see what is in force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do, until
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.exchange.rules import Rules
from safeconduct.instruments.check import check as check_instrument
from safeconduct.instruments.document import ANNEX_LIMIT, TEXT_LIMIT, annex_files, read
from safeconduct.instruments.forms import json_schema
from safeconduct.office.acts import ActivateInstrument, EnterInstrument, WithdrawInstrument
from safeconduct.office.letters import known_of, sound, stored
from safeconduct.registry.records import InstrumentRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.conditions import SCHEMA_TEXT
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment
from safeconduct.terms.moments import show as show_moment

app = typer.Typer(help="Instruments: dated documents whose rules decide who may use which model.", no_args_is_help=True)

COLUMNS = ("id", "version", "kind", "authority", "status", "effective", "until", "rules")
Version = Annotated[int | None, typer.Option(help="Version; the one entered last when left out.")]
File = Annotated[Path, typer.Argument(help="The instrument file (TOML); its annexes lie beside it.")]


@app.command()
def check(
    file: File,
    alone: Annotated[bool, typer.Option("--alone", help="Check the file by itself, without a registry.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find every fault of an instrument file: its line, what is wrong and how to mend it."""
    with output.door():
        text, annexes = _load(file)
        instrument = read(text, annexes, file.name)
        if alone:
            faults = check_instrument(instrument)
        else:
            with desk() as opened:
                faults = check_instrument(instrument, known_of(opened.registry, besides=instrument.id))
        if faults:
            raise Refused(*faults)
        if as_json:
            output.show_json({"id": instrument.id, "rules": [rule.id for rule in instrument.rules], "faults": []})
        output.say(f"{file.name}: {instrument.id} is in order; its rules: {', '.join(rule.id for rule in instrument.rules)}.")


@app.command()
def enter(file: File, as_json: AsJson = False) -> None:
    """Check an instrument and keep it as a new version. It is not in force until it is activated."""
    with desk() as opened:
        text, annexes = _load(file)
        kept = {name: data.decode() for name, data in annexes.items() if _is_text(data)}
        read(text, annexes, file.name)
        instrument = sound(text, kept, file.name, opened.registry)
        told = f"Entered {instrument.id}. Put it in force: safeconduct instrument activate {instrument.id}"
        do(opened, EnterInstrument(instrument.id, text, kept), told, as_json=as_json)


@app.command("add", hidden=True)
def add(file: File, as_json: AsJson = False) -> None:
    """Enter an instrument (another word for enter)."""
    enter(file, as_json)


@app.command()
def activate(
    id: Annotated[str, typer.Argument(help="Id of the instrument.")],  # noqa: A002
    version: Version = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put an entered instrument in force, from its effective time on."""
    with desk() as opened:
        act = ActivateInstrument(id, version)
        plan = opened.preview(act)
        number = int(plan.changes[0].body["version"]) if plan.changes else version
        record = next(one for one in opened.registry.instrument_versions(id) if one.version == number)
        instrument = sound(record.text, record.annexes, f"{id}.toml", opened.registry)
        when = max(instrument.effective, opened.now())
        undo = f"safeconduct instrument withdraw {id}"
        output.confirm(f"Put {id} version {record.version} in force from {show_moment(when)}? Undo: {undo}", yes=yes)
        told = f"{id} version {record.version} is active, in force from {show_moment(when)}. Undo: {undo}"
        do(opened, ActivateInstrument(id, record.version), told, as_json=as_json)


@app.command()
def withdraw(
    id: Annotated[str, typer.Argument(help="Id of the instrument.")],  # noqa: A002
    version: Version = None,
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take an instrument out of force."""
    with desk() as opened:
        act = WithdrawInstrument(id, version, why)
        opened.preview(act)
        output.confirm(f"Withdraw {id}? Its rules end within a second. To undo, enter and activate it again.", yes=yes)
        do(opened, act, f"{id} is withdrawn.", as_json=as_json)


@app.command("list")
def list_(
    at: Annotated[str, typer.Option(help="As of this moment, a time with a zone. Now when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """List every version of every instrument, and whether it is in force."""
    moment = output.read_moment_or_none(at, "--at")
    with desk() as opened:
        registry = opened.registry if moment is None else opened.as_of(moment)
        now = opened.now() if moment is None else moment
        rows = [_row(record, now) for record in registry.instruments()]
        output.show_rows(COLUMNS, rows, as_json=as_json, title="Instruments")


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="Id of the instrument.")],  # noqa: A002
    version: Version = None,
    cedar: Annotated[
        bool, typer.Option("--cedar", help="Show the policies its rules come to now, in Cedar's JSON form.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show an instrument: its text as entered, or what it comes to."""
    with desk() as opened:
        record = _record(opened.registry, id, version)
        if cedar:
            policy = Rules()(opened.registry, opened.now())
            rules = [rule for rule in policy.compiled.rules if rule.instrument == id]
            output.show_rows(("id", "policy"), [{"id": rule.id, "policy": rule.policy} for rule in rules], as_json=as_json)
        elif as_json:
            output.show_json({**_row(record, opened.now()), "text": record.text, "annexes": record.annexes})
        else:
            typer.echo(record.text.rstrip("\n"))


@app.command()
def schema(
    cedar: Annotated[bool, typer.Option("--cedar", help="The Cedar schema of conditions instead.")] = False,
) -> None:
    """Print the JSON Schema of instrument files, or the schema that conditions are written against."""
    if cedar:
        typer.echo(SCHEMA_TEXT.rstrip("\n"))
    else:
        output.show_json(json_schema())


def _row(record: InstrumentRecord, now: Moment) -> dict[str, Any]:
    row: dict[str, Any] = {"id": record.id, "version": record.version, "status": record.status}
    try:
        instrument = stored(record.text, record.annexes, f"{record.id}.toml")
    except Refused:
        return {**row, "kind": "unreadable"}
    if record.status == "active":
        row["status"] = "scheduled" if now < instrument.effective else "ended" if now >= instrument.until else "in force"
    return {
        **row,
        "kind": instrument.kind.value,
        "authority": instrument.authority,
        "effective": show_moment(instrument.effective),
        "until": until(instrument.until),
        "rules": [rule.id for rule in instrument.rules],
    }


def _record(registry: Registry, instrument: str, version: int | None) -> InstrumentRecord:
    versions = registry.instrument_versions(instrument)
    found = [one for one in versions if version is None or one.version == version]
    if not found:
        what = f"there is no instrument {instrument}" if not versions else f"{instrument} has no version {version}"
        raise Refused(Fault("unknown_instrument", what, "instrument", "see: safeconduct instrument list"))
    return found[-1]


def _load(file: Path) -> tuple[str, dict[str, bytes]]:
    """The text of an instrument file and those annexes it names that are there. Raises Refused, or OSError."""
    raw = _bounded(file, TEXT_LIMIT)
    try:
        text = raw.decode()
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise Refused(Fault("not_utf8", "the file is not UTF-8", f"{file.name}:{line}", "save it as UTF-8")) from wrong
    beside = {name: file.parent / name for name in annex_files(text)}
    return text, {name: _bounded(path, ANNEX_LIMIT) for name, path in beside.items() if path.is_file()}


def _bounded(path: Path, limit: int) -> bytes:
    with path.open("rb") as opened:
        data = opened.read(limit + 1)
    if len(data) > limit:
        raise Refused(Fault("too_long", f"the file is longer than {limit} bytes", path.name, "split it"))
    return data


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False  # read() has a fault for it, with its line
    return True
