"""``safeconduct instrument``: check a letter, enter it, put it in force, take it back, and see what is in force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from safeconduct.assembly.home import existing
from safeconduct.cli import output
from safeconduct.cli.acting import desk, do, tell, until
from safeconduct.cli.inquiring import progress
from safeconduct.cli.nouns import InstrumentSteps
from safeconduct.cli.output import AsJson
from safeconduct.cli.unasked import missing_detectors
from safeconduct.desk.desk import Desk
from safeconduct.exchange.rules import Rules
from safeconduct.instruments.check import check as check_instrument
from safeconduct.instruments.check import warnings as warnings_in
from safeconduct.instruments.document import ANNEX_LIMIT, TEXT_LIMIT, Instrument, annex_files, read
from safeconduct.instruments.forms import json_schema
from safeconduct.office.acts import (
    CheckInstrument,
    EnterInstrument,
)
from safeconduct.office.letters import held_for, known_of, of_record, sound, statuses, unregistered
from safeconduct.office.life import next_step
from safeconduct.registry.papers import InstrumentRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.conditions import SCHEMA_TEXT
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show as show_moment

app = typer.Typer(
    cls=InstrumentSteps, help="Instruments: dated documents whose rules decide who may use which model.", no_args_is_help=True
)

COLUMNS = ("id", "version", "kind", "authority", "status", "effective", "until", "rules")
Id = Annotated[str, typer.Argument(help="Id of the instrument.")]
Version = Annotated[int | None, typer.Option(help="Version; the one entered last when left out.")]
File = Annotated[Path, typer.Argument(help="The instrument file (TOML); its annexes lie beside it.")]


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="An instrument file (TOML), or the id of an entered instrument.")],
    version: Version = None,
    alone: Annotated[bool, typer.Option("--alone", help="Check the file by itself, without a registry.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find every fault: its line, what is wrong and how to mend it. Of an entered instrument, the check is recorded."""
    with output.door():
        path = Path(file)
        if not alone and path.suffix != ".toml" and not path.is_file():
            _check_entered(file, version, as_json=as_json)
            return
        text, annexes = _load(path)
        instrument = _readable(text, annexes, path.name, as_json=as_json)
        if alone:
            faults, told, lacking = check_instrument(instrument), warnings_in(instrument), []
        else:
            with desk() as opened:
                known = known_of(opened.registry, besides=instrument.id, now=opened.now())
                faults = [*unregistered(instrument, opened.registry), *check_instrument(instrument, known)]
                with progress(opened.registry.people, silent=as_json) as heard:
                    held = held_for(instrument, opened.registry, opened.now(), heard)
                told = warnings_in(instrument, replace(known, held=held.facts, people=held.people))
            lacking = _lacking(instrument)
        rules = [rule.id for rule in instrument.rules]
        if as_json:
            said = {"faults": [str(each) for each in faults], "warnings": [*(str(each) for each in told), *lacking]}
            output.show_json({"id": instrument.id, "rules": rules, **said})
        if faults:
            raise Refused(*faults)
        output.say(*(f"warning: {each}" for each in (*told, *lacking)))
        output.say(f"{path.name}: {instrument.id} is in order; its rules: {', '.join(rules)}.")


def _readable(text: str, annexes: dict[str, bytes], name: str, *, as_json: bool) -> Instrument:
    try:
        return read(text, annexes, name)
    except Refused as refused:
        if as_json:
            output.show_json({"id": "", "rules": [], "faults": [str(each) for each in refused.faults], "warnings": []})
        raise


def _check_entered(name: str, version: int | None, *, as_json: bool) -> None:
    with desk() as opened:
        asked = record_of(opened.registry, name, version)
        with progress(opened.registry.people, silent=as_json) as heard:
            held = held_for(of_record(asked), opened.registry, opened.now(), heard)
        done = opened.perform(CheckInstrument(name, version, tuple(sorted(held.facts)), held.people))
        record = record_of(opened.registry, name, int(done.plan.changes[0].body["version"]))
        output.say(*(f"warning: {each}" for each in (*record.warnings, *_lacking(of_record(asked)))))
        tell(done, f"{name} version {record.version} is in order. Next, {next_step(record)}", as_json=as_json)


def _lacking(instrument: Instrument) -> list[str]:
    """What its rules ask of detectors that are not enabled here. Raises Refused."""
    asking = [replace(rule, id=f"{instrument.id}/{rule.id}") for rule in instrument.rules if rule.duties]
    return missing_detectors(existing().settings(), asking) if asking else []


@app.command()
def enter(
    file: File,
    signature: Annotated[Path | None, typer.Option(help="The authority's signature: Ed25519, in base64 or hex.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep an instrument as a new version, as a draft. It is not in force until it was approved and activated."""
    with desk() as opened:
        text, kept = load_both(file)
        signed = "" if signature is None else _bounded(signature, TEXT_LIMIT).decode("ascii", "replace").strip()
        instrument = sound(text, kept, file.name, opened.registry)
        version = len(opened.registry.instrument_versions(instrument.id)) + 1
        told = f"Entered {instrument.id} version {version}. Next, run: safeconduct instrument check {instrument.id}"
        do(opened, EnterInstrument(instrument.id, text, kept, signed), told, as_json=as_json)


@app.command("add", hidden=True)
def add(file: File, as_json: AsJson = False) -> None:
    """Enter an instrument (another word for enter)."""
    enter(file, None, as_json)


@app.command()
def status(
    id: Id,  # noqa: A002
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Show where a version stands: who did what to it and when, what was previewed, who approved, and what comes next."""
    with desk() as opened:
        record = record_of(opened.registry, id, version)
        output.show_record(_standing(record, opened), as_json=as_json)


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
        shown = statuses(registry, now)
        rows = [_row(record, shown[record.id, record.version]) for record in registry.instruments()]
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
        record = record_of(opened.registry, id, version)
        if cedar:
            policy = Rules()(opened.registry, opened.now())
            rules = [rule for rule in policy.compiled.rules if rule.instrument == id]
            output.show_rows(("id", "policy"), [{"id": rule.id, "policy": rule.policy} for rule in rules], as_json=as_json)
        elif as_json:
            shown = statuses(opened.registry, opened.now())[record.id, record.version]
            output.show_json({**_row(record, shown), "text": record.text, "annexes": record.annexes})
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


def _row(record: InstrumentRecord, shown: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": record.id, "version": record.version, "status": shown}
    try:
        instrument = of_record(record)
    except Refused:
        return {**row, "kind": "unreadable"}
    return {
        **row,
        "kind": instrument.kind.value,
        "authority": instrument.authority,
        "effective": show_moment(instrument.effective),
        "until": until(instrument.until),
        "rules": [rule.id for rule in instrument.rules],
    }


def _standing(record: InstrumentRecord, at: Desk) -> dict[str, Any]:
    preview, registry = record.preview, at.registry
    stale = preview is not None and registry.force_changed > preview.basis
    return {
        "id": record.id,
        "version": record.version,
        "status": statuses(registry, at.now())[record.id, record.version],
        "next": "preview it again" if stale and record.status in ("previewed", "approved") else next_step(record),
        "text sha256": record.sha256,
        "signed": bool(record.signature),
        "transcribed by": list(record.transcribed_by),
        "warnings": list(record.warnings),
        "approved by": [each.actor for each in record.approvals],
        "preview": {"digest": preview.digest, "stale": stale, **preview.figures} if preview is not None else {},
        "trail": {
            str(number): f"{show_moment(each.at)} {each.what} by {each.actor}{f': {each.note}' if each.note else ''}"
            for number, each in enumerate(record.trail, 1)
        },
    }


def record_of(registry: Registry, instrument: str, version: int | None) -> InstrumentRecord:
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


def load_both(file: Path) -> tuple[str, dict[str, str]]:
    """The text of an instrument file and its annexes as text. Raises Refused with every fault, or OSError."""
    text, annexes = _load(file)
    read(text, annexes, file.name)
    return text, {name: data.decode() for name, data in annexes.items() if _is_text(data)}


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
