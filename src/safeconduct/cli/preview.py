"""``safeconduct instrument preview``: who would lose, gain or be held to other duties, before a letter takes effect?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.inquiries import Inquiries
from safeconduct.assembly.use import live_sessions, recent_use
from safeconduct.cli import output
from safeconduct.cli.inquiring import Limit, asking, progress
from safeconduct.cli.instrument import _load as load_file
from safeconduct.cli.output import AsJson
from safeconduct.inquiry import candidates
from safeconduct.inquiry.preview import Change, Preview, by, count_live, count_use, preview
from safeconduct.inquiry.rulings import Rulings
from safeconduct.instruments.document import Instrument
from safeconduct.office.acts import RecordPreview
from safeconduct.office.letters import of_record, sound
from safeconduct.office.life import next_step
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

LINES = 20
Listed = Annotated[str, typer.Option("--list", help="Name seats: lost, gained, duties or unknown.")]
WORDS = {
    "forbidden": "named by the rule",
    "fact_unknown": "a fact is not on record",
    "fact_expired": "a fact has expired",
    "fact_contradicted": "a fact is contradicted",
    "not_covered": "no permission covers them",
    "authorization_ended": "their authorization has ended",
    "model_not_found": "no authorization ever covered their organization",
    "permitted": "permitted",
}


def preview_command(
    instrument: Annotated[str, typer.Argument(help="Id of an entered instrument, or a file.")],
    version: Annotated[int | None, typer.Option(help="Version; the one entered last when left out.")] = None,
    at: Annotated[str, typer.Option(help="The moment to compare at. When it takes effect, when left out.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Preview its withdrawal instead of its activation.")] = False,
    listed: Listed = "",
    limit: Limit = LINES,
    use: Annotated[bool, typer.Option("--use/--no-use", help="Also count live sessions and the last 30 days' calls.")] = True,
    as_json: AsJson = False,
) -> None:
    """Who would lose, gain or be held to other duties, by organization, model and reason? Nothing takes effect."""
    if listed not in ("", *Change, "unknown"):
        raise typer.BadParameter("write lost, gained, duties or unknown", param_hint="--list")
    with asking() as asked:
        trial, letter, number = candidate_registry(asked, instrument, version, withdraw=withdraw)
        given = output.read_moment_or_none(at, "--at")
        moment = given if given is not None else asked.now if withdraw else max(asked.now, letter.effective)
        before, after = asked.sides((asked.today, moment), (trial, moment))
        with progress(None, silent=as_json or not use, what="entries") as tell:
            calls = recent_use(asked.home, asked.now, tell) if use else {}
        with progress(asked.today.people, silent=as_json) as tell:
            census = asked.census(before, keep=limit if listed else 0, callers=frozenset(calls), tell=tell)
        found = preview(census, before, after, concerned=_concerned(letter, before, after), listed=listed, limit=limit)
        if use:
            count_live(found, live_sessions(asked.home, asked.now), before, after)
            count_use(found, census, calls, before, after)
    if as_json:
        output.show_json(_as_data(found, letter, number))
    else:
        _tell(found, letter, moment, limit)
    if number and not withdraw:
        _record(letter.id, number, found, asked.today.version)


def candidate_registry(asked: Inquiries, name: str, version: int | None, *, withdraw: bool) -> tuple[Registry, Instrument, int]:
    """The registry as it would be, the letter, and its version (0 for one that was not entered). Raises Refused."""
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        text, annexes = load_file(path)
        kept = {each: data.decode("utf-8", "replace") for each, data in annexes.items()}
        letter = sound(text, kept, path.name, asked.today)
        return candidates.entered_and_activated(asked.today, letter.id, text, kept, asked.now), letter, 0
    versions = [one for one in asked.today.instrument_versions(name) if version in (None, one.version)]
    if withdraw:
        versions = [one for one in versions if one.activated_at is not None and one.withdrawn_at is None]
    if not versions:
        which = "no version" if version is None else f"no version {version}"
        what = f"{name} has {which} that was activated and could be withdrawn" if withdraw else f"{name} has {which}"
        raise Refused(Fault("unknown_instrument", what, "instrument", "see: safeconduct instrument list"))
    record = versions[-1]
    letter = of_record(record)
    if withdraw:
        return candidates.withdrawn(asked.today, name, record.version, asked.now), letter, record.version
    return candidates.activated(asked.today, name, record.version, asked.now), letter, record.version


def _concerned(letter: Instrument, before: Rulings, after: Rulings) -> frozenset[str]:
    """The models that a rule of the letter is about, or that rules it exempts from or lifts are about."""
    named = {f"{letter.id}/{rule.id}" for rule in letter.rules} | {rule.target for rule in letter.rules if rule.target}
    found: set[str] = set()
    for rulings in (before, after):
        for name in rulings.models:
            part = rulings.policy.slice_of(name)
            if part is not None and named & (part.rules.keys() | part.exemptions.keys()):
                found.add(name)
    return frozenset(found)


def _tell(found: Preview, letter: Instrument, moment: Moment, limit: int) -> None:
    output.data(f"{letter.id} at {show(moment)}: {found.seats:,} seats asked about")
    output.data(f"  {found.lost:,} lose, {found.gained:,} gain, {found.duties:,} are held to other duties")
    if not (found.lost or found.gained or found.duties):
        output.data(f"  {found.reach:,} may use a model that it is about{'' if found.reach else ': it binds whoever comes to'}")
    ready = found.readiness
    output.data(f"  readiness: {ready.verified:,} of {ready.seats:,} concerned are decided by verified facts ({ready.share:.1%})")
    for change in Change:
        lines = [line for line in found.lines if line.change is change]
        for (model, code, rule), seats in by(lines, "model", "code", "rule"):
            output.data(f"  {change}: {seats:,} {model}: {WORDS.get(code, code)}{f' ({rule})' if rule else ''}")
        places = list(by(lines, "organization", "project"))
        for (organization, project), seats in places[: None if limit < 0 else limit]:
            output.data(f"    {organization}{f' / {project}' if project else ''}: {seats:,}")
        if 0 <= limit < len(places):
            output.data(f"    and {len(places) - limit:,} more organizations and projects")
    for order, seats in sorted(found.orders.items()):
        output.data(f"  duty {order}: {seats:,} seats")
    for guard, seats in sorted(found.guarded.items()):
        output.data(f"  guarded: {seats:,} callers under {guard}; stopping them needs that authority's approval")
    for name, count in sorted(found.live.items()):
        output.data(f"  live now: {count:,} sessions with {name} would be cut")
    for name, count in sorted(found.used.items()):
        output.data(f"  last 30 days: {count:,} calls of {name} by those who would lose it")
    for name, count in sorted(found.bound.items()):
        output.data(f"  last 30 days: {count:,} calls of {name} by those who would be held to other duties")
    for each in found.names:
        output.data(f"  {each.kind} {each.seat} of {each.organization}: {each.model}: {each.code}")
    output.data(f"  digest {found.digest()}")


def _as_data(found: Preview, letter: Instrument, number: int) -> dict[str, Any]:
    return {
        "instrument": letter.id,
        "version": number,
        "at": show(found.at),
        "figures": found.figures(),
        "readiness": {**_plain(found.readiness), "share": found.readiness.share},
        "lines": [_plain(line) for line in found.lines],
        "orders": found.orders,
        "guarded": found.guarded,
        "live": found.live,
        "used": found.used,
        "reach": found.reach,
        "bound": found.bound,
        "names": [_plain(each) for each in found.names],
        "digest": found.digest(),
    }


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    """A struct as plain data."""
    return msgspec.structs.asdict(struct)


def _record(instrument: str, version: int, found: Preview, basis: int) -> None:
    """Record it with the version, where its life has come to that; one that was approved keeps the preview it was approved on."""
    with output.door(), open_desk() as desk:
        record = next(one for one in desk.registry.instrument_versions(instrument) if one.version == version)
        stale = record.preview is None or desk.registry.force_changed > record.preview.basis
        if record.status in ("checked", "previewed") or (record.status == "approved" and stale):
            desk.perform(RecordPreview(instrument, version, found.digest(), found.figures(), found.guarding(), basis))
            output.say(f"Recorded. Next, a second officer runs: safeconduct instrument approve {instrument}")
        else:
            output.say(f"Not recorded: version {version} of {instrument} is {record.status}. Next, {next_step(record)}")
