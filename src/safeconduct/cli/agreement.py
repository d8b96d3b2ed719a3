"""How do two officers agree about a letter? ``instrument`` transcribe, match, approve, activate and withdraw."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.instrument import File, Id, Version, load_both, record_of
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.instruments.document import read
from safeconduct.instruments.matching import NameReview, Register, review_names
from safeconduct.office.acts import (
    ActivateInstrument,
    ApproveInstrument,
    Batch,
    MatchAnnex,
    TranscribeInstrument,
    WithdrawInstrument,
)
from safeconduct.office.letters import names_in, of_record
from safeconduct.registry.papers import InstrumentRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import show as show_moment

NAMES = ("annex", "line", "name", "candidates", "said so far", "look out")


def transcribe(file: File, version: Version = None, as_json: AsJson = False) -> None:
    """Say what a second person wrote off the original; every difference from what was entered is named."""
    with desk() as opened:
        text, kept = load_both(file)
        name = read(text, {each: content.encode() for each, content in kept.items()}, file.name).id
        told = f"Both transcriptions of {name} say the same."
        do(opened, TranscribeInstrument(name, text, kept, version), told, as_json=as_json)


def match_(
    id: Id,  # noqa: A002
    version: Version = None,
    accept: Annotated[
        list[str] | None, typer.Option(help="NAME=ORGANIZATION: say which one a name is. Once for each name.")
    ] = None,
    annex: Annotated[str, typer.Option(help="Id of the annex; may be left out when there is only one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show which organizations the names in an annex could mean, or say which one it is. Two officers have to say the same."""
    with desk() as opened:
        record = record_of(opened.registry, id, version)
        if accept:
            acts = tuple(_accepted(record, each, annex) for each in accept)
            told = f"Recorded. What is left: safeconduct instrument match {id}"
            do(opened, Batch(acts, f"names of {id}"), told, as_json=as_json)
            return
        instrument = of_record(record)
        register = Register({each.id: (each.name,) for each in opened.registry.organizations.values()})
        rows = [_name_row(review, record) for review in review_names(instrument, register)]
        output.show_rows(NAMES, rows, as_json=as_json, title="Names that nobody matched yet")


def approve(
    id: Id,  # noqa: A002
    version: Version = None,
    sha256: Annotated[str, typer.Option(help="The sha256 of the text you read; that of the stored text when left out.")] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Agree to a version that another person entered and previewed. You agree to its text and to its last preview."""
    with desk() as opened:
        record = _meant(opened.registry, id, version, ("previewed", "approved"))
        shown = record.preview.digest if record.preview is not None else ""
        act = ApproveInstrument(id, record.version, sha256 or record.sha256, shown)
        opened.preview(act)
        _tell_preview(record)
        output.say(*(f"warning: {each}" for each in record.warnings))
        output.confirm(f"Approve {id} version {record.version}, text {record.sha256[:16]}, preview {shown[:16]}?", yes=yes)
        told = f"{id} version {record.version} is approved. Next, run: safeconduct instrument activate {id}"
        do(opened, act, told, as_json=as_json)


def activate(
    id: Id,  # noqa: A002
    version: Version = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put an approved instrument in force, from its effective time on."""
    with desk() as opened:
        plan = opened.preview(ActivateInstrument(id, version))
        record = record_of(opened.registry, id, int(plan.changes[0].body["version"]))
        instrument = of_record(record)
        when = max(instrument.effective, opened.now())
        undo = f"safeconduct instrument withdraw {id}"
        output.confirm(f"Put {id} version {record.version} in force from {show_moment(when)}? Undo: {undo}", yes=yes)
        later = instrument.effective > opened.now()
        stands = "is scheduled and takes effect by itself at" if later else "is active, in force from"
        told = f"{id} version {record.version} {stands} {show_moment(when)}. Undo: {undo}"
        do(opened, ActivateInstrument(id, record.version), told, as_json=as_json)


def withdraw(
    id: Id,  # noqa: A002
    version: Version = None,
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take an instrument out of force. What forbids or guards is withdrawn once a second officer agreed."""
    with desk() as opened:
        act = WithdrawInstrument(id, version, why)
        opened.preview(act)
        output.confirm(f"Withdraw {id}? Its rules end within a second. To undo, enter and activate it again.", yes=yes)
        do(opened, act, f"{id} is withdrawn.", as_json=as_json)


def _name_row(review: NameReview, record: InstrumentRecord) -> dict[str, Any]:
    said = [each for each in record.matches if (each.annex, each.name) == (review.annex, review.name)]
    return {
        "annex": review.annex,
        "line": review.line,
        "name": review.name,
        "candidates": [f"{each.organization} ({each.score:.2f}): {' '.join(each.why)}" for each in review.candidates],
        "said so far": [f"{each.organization} by {', '.join(each.actors)}" for each in said],
        "look out": [*review.warnings, *(f"cannot be told from {each} by its name" for each in review.homonyms)],
    }


def _accepted(record: InstrumentRecord, written: str, annex: str) -> MatchAnnex:
    name, equals, organization = written.rpartition("=")
    if not equals or not name.strip() or not organization.strip():
        raise typer.BadParameter(f"{written!r} is not NAME=ORGANIZATION", param_hint="--accept")
    name = " ".join(name.split())
    places = sorted({place for place, listed in names_in(record) if listed == name and annex in ("", place)})
    if len(places) > 1:
        raise typer.BadParameter(f"{name} is in {', '.join(places)}; name one of them", param_hint="--annex")
    return MatchAnnex(record.id, places[0] if places else annex, name, organization.strip(), record.version)


def _tell_preview(record: InstrumentRecord) -> None:
    if record.preview is not None:
        figures = ", ".join(f"{name} {count:,}" for name, count in record.preview.figures.items())
        output.say(f"Previewed at {show_moment(record.preview.at)} by {record.preview.by}: {figures or 'nobody was counted'}.")


def _meant(registry: Registry, instrument: str, version: int | None, wanted: tuple[str, ...]) -> InstrumentRecord:
    """The version named, else the last that stands as wanted, else the last."""
    having = [one.version for one in registry.instrument_versions(instrument) if one.status in wanted]
    return record_of(registry, instrument, having[-1] if version is None and having else version)
