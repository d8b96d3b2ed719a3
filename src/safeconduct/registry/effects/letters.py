"""What do changes about models, stored resources and instruments do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import letters as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.records import (
    InstrumentRecord,
    Resource,
)
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
    for name in (model.id, *model.aliases):
        state.names.setdefault(name, model.id)


def _model_withdrawn(state: State, change: Change, _body: c.ModelWithdrawn) -> None:
    model = state.models.pop(change.subject, None)
    if model is not None:
        _forget_names(state, model.id)
        state.withdrawn_models[model.id] = model


def _forget_names(state: State, model: str) -> None:
    for name in [name for name, meant in state.names.items() if meant == model]:
        del state.names[name]


def _resource(state: State, change: Change, body: c.ResourceRecorded) -> None:
    # INVARIANT: the first owner of a stored thing stays its owner; recording it again takes it from nobody.
    state.resources.setdefault(change.subject, Resource(change.subject, body.organization, body.upstream))


def _instrument(state: State, change: Change, body: c.InstrumentEntered) -> None:
    place = (change.subject, body.version)
    state.instruments.setdefault(
        place,
        InstrumentRecord(change.subject, body.version, body.text, body.sha256, body.annexes, "entered", change.at, change.actor),
    )


def _instrument_activated(state: State, change: Change, body: c.InstrumentActivated) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is None or record.status != "entered":
        return
    for place, other in list(state.instruments.items()):
        if other.id == change.subject and other.status == "active":
            state.instruments[place] = msgspec.structs.replace(other, status="withdrawn", withdrawn_at=change.at)
    state.instruments[change.subject, body.version] = msgspec.structs.replace(
        record, status="active", activated_at=change.at, activated_by=change.actor
    )


def _instrument_withdrawn(state: State, change: Change, body: c.InstrumentWithdrawn) -> None:
    record = state.instruments.get((change.subject, body.version))
    if record is not None and record.status != "withdrawn":
        state.instruments[change.subject, body.version] = msgspec.structs.replace(
            record, status="withdrawn", withdrawn_at=change.at
        )


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "model.cataloged": _model,
    "model.withdrawn": _model_withdrawn,
    "resource.recorded": _resource,
    "instrument.entered": _instrument,
    "instrument.activated": _instrument_activated,
    "instrument.withdrawn": _instrument_withdrawn,
}
