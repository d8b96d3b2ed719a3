"""What do changes about models, stored resources, instruments and rule packs do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import letters as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.papers import Approval, InstrumentRecord, Mark, Match, PackRecord, Preview
from safeconduct.registry.records import Resource
from safeconduct.terms.standing import Model


def _model(state: State, change: Change, body: c.ModelCataloged) -> None:
    _forget_names(state, change.subject)
    model = Model(
        id=change.subject,
        upstream=body.upstream,
        served_as=body.served_as,
        dialects=frozenset(body.dialects),
        tier=body.tier,
        family=body.family,
        display_name=body.display_name,
        aliases=body.aliases,
        max_output_tokens=body.max_output_tokens,
    )
    state.withdrawn_models.pop(model.id, None)
    state.models[model.id] = model
    state.marks["force"] = change.seq
    for name in (model.id, *model.aliases):
        state.names.setdefault(name, model.id)


def _model_withdrawn(state: State, change: Change, _body: c.ModelWithdrawn) -> None:
    model = state.models.pop(change.subject, None)
    if model is not None:
        _forget_names(state, model.id)
        state.withdrawn_models[model.id] = model
        state.marks["force"] = change.seq


def _forget_names(state: State, model: str) -> None:
    for name in [name for name, meant in state.names.items() if meant == model]:
        del state.names[name]


def _resource(state: State, change: Change, body: c.ResourceRecorded) -> None:
    # INVARIANT: the first owner of a stored thing stays its owner; recording it again takes it from nobody.
    state.resources.setdefault(change.subject, Resource(change.subject, body.organization, body.upstream))


def _instrument(state: State, change: Change, body: c.InstrumentEntered) -> None:
    record = InstrumentRecord(
        id=change.subject,
        version=body.version,
        text=body.text,
        sha256=body.sha256,
        annexes=body.annexes,
        status="draft",
        entered_at=change.at,
        entered_by=change.actor,
        signature=body.signature,
        trail=(Mark(change.at, change.actor, "entered"),),
    )
    state.instruments.setdefault((change.subject, body.version), record)


def _transcribed(state: State, change: Change, body: c.InstrumentTranscribed) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is not None:
        actors = tuple(dict.fromkeys((*record.transcribed_by, change.actor)))
        _put(state, change, record, "transcribed", transcribed_by=actors)


def _matched(state: State, change: Change, body: c.AnnexMatched) -> None:
    """Saying something else takes back what one said before; a preview made before does not count any more."""
    record = state.instruments.get((change.subject, body.version))
    if record is None:
        return
    said: list[Match] = []
    for each in record.matches:
        if (each.annex, each.name) == (body.annex, body.name):
            each = msgspec.structs.replace(each, actors=tuple(one for one in each.actors if one != change.actor))
        if each.actors:
            said.append(each)
    same = (body.annex, body.name, body.organization)
    before = next((each for each in said if (each.annex, each.name, each.organization) == same), None)
    actors = (*before.actors, change.actor) if before is not None else (change.actor,)
    said = [each for each in said if each is not before] + [Match(*same, actors)]
    status = "checked" if record.status == "previewed" else record.status
    note = f"{body.name} is {body.organization}"
    _put(state, change, record, "matched", note, matches=tuple(said), status=status, preview=None)


def _checked(state: State, change: Change, body: c.InstrumentChecked) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is not None:
        status = "checked" if record.status == "draft" else record.status
        note = f"{len(body.warnings)} warnings" if body.warnings else ""
        _put(state, change, record, "checked", note, warnings=body.warnings, status=status)


def _previewed(state: State, change: Change, body: c.InstrumentPreviewed) -> None:
    """A new preview has to be approved anew."""
    record = state.instruments.get((change.subject, body.version))
    if record is not None and record.status in ("checked", "previewed", "approved"):
        preview = Preview(body.digest, body.figures, body.guarded, body.basis, change.at, change.actor)
        shown = ", ".join(f"{body.figures[name]} {name}" for name in ("lost", "gained") if name in body.figures)
        note = shown or "nobody was counted"
        _put(state, change, record, "previewed", note, preview=preview, approvals=(), status="previewed")


def _approved(state: State, change: Change, body: c.InstrumentApproved) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is not None and record.status in ("previewed", "approved"):
        approval = Approval(change.actor, change.at, body.sha256, body.preview)
        _put(state, change, record, "approved", approvals=(*record.approvals, approval), status="approved")


def _instrument_activated(state: State, change: Change, body: c.InstrumentActivated) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is None or record.activated_at is not None or record.status == "withdrawn":
        return
    for other in list(state.instruments.values()):
        if other.id == change.subject and other.status == "active":
            _put(state, change, other, "superseded", f"by version {body.version}", status="superseded", withdrawn_at=change.at)
    _put(state, change, record, "activated", status="active", activated_at=change.at, activated_by=change.actor)
    state.marks["force"] = change.seq


def _instrument_withdrawn(state: State, change: Change, body: c.InstrumentWithdrawn) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is not None and record.status != "withdrawn":
        _put(state, change, record, "withdrawn", body.why, status="withdrawn", withdrawn_at=change.at)
        state.marks["force"] = change.seq


def _put(state: State, change: Change, record: InstrumentRecord, what: str, note: str = "", **changed: Any) -> None:
    trail = (*record.trail, Mark(change.at, change.actor, what, note))
    state.instruments[record.id, record.version] = msgspec.structs.replace(record, trail=trail, **changed)


def _pack(state: State, change: Change, body: c.PackEntered) -> None:
    record = PackRecord(change.subject, body.text, body.sha256, change.at, change.actor)
    state.packs[change.subject] = (*state.packs.get(change.subject, ()), record)
    state.marks["force"] = change.seq


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "model.cataloged": _model,
    "model.withdrawn": _model_withdrawn,
    "resource.recorded": _resource,
    "instrument.entered": _instrument,
    "instrument.transcribed": _transcribed,
    "instrument.checked": _checked,
    "instrument.previewed": _previewed,
    "instrument.approved": _approved,
    "instrument.activated": _instrument_activated,
    "instrument.withdrawn": _instrument_withdrawn,
    "annex.matched": _matched,
    "pack.entered": _pack,
}
