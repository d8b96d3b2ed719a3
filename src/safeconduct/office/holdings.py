"""May this model be cataloged, this resource be recorded, this instrument be entered, activated or withdrawn?

An instrument is kept exactly as received, and only when it stands up against the registry (``letters``): an active text that
cannot be read would stop every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from safeconduct.office import letters
from safeconduct.office.acts import (
    ActivateInstrument,
    CatalogModel,
    EnterInstrument,
    RecordResource,
    WithdrawInstrument,
    WithdrawModel,
)
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import letters as c
from safeconduct.registry.catalog import collisions, faults_in
from safeconduct.registry.names import is_resource_id
from safeconduct.registry.records import InstrumentRecord
from safeconduct.terms.faults import Refused

MAX_INSTRUMENT: Final = 8 * 1024 * 1024  # text and annexes together; the annex of June 2026 would need some 10 KB


def catalog_model(act: CatalogModel, ask: Asking) -> None:
    model = act.model
    ask.faults.extend(faults_in(model, ask.where))
    ask.faults.extend(collisions(model, ask.registry.models(), ask.where))
    if not act.replace and any(each.id == model.id for each in ask.registry.models()):
        ask.refuse("duplicate_model", f"model {model.id} is in the catalog already", "withdraw it first, or replace it")
    body = c.ModelCataloged(
        upstream=model.upstream,
        served_as=model.served_as,
        dialects=tuple(sorted(model.dialects)),
        tier=model.tier,
        family=model.family,
        display_name=model.display_name,
        aliases=model.aliases,
        max_output_tokens=model.max_output_tokens,
    )
    ask.change("model.cataloged", model.id, body)


def withdraw_model(act: WithdrawModel, ask: Asking) -> None:
    ask.wants_text("reason", act.why)
    if not any(each.id == act.id for each in ask.registry.models()):
        ask.refuse("unknown_model", f"no model in the catalog has the id {act.id!r}", "see the list of models")
    ask.change("model.withdrawn", act.id, c.ModelWithdrawn(act.why))


def record_resource(act: RecordResource, ask: Asking) -> None:
    if not is_resource_id(act.id):
        ask.refuse("bad_resource", "the resource id is not printable ASCII without spaces", "copy it from the provider")
    ask.wants_organization(act.organization)
    owner = ask.registry.resource_owner(act.id)
    if owner is not None:
        mend = "nothing needs to be done" if owner == act.organization else "a stored thing never changes hands"
        ask.refuse("known_resource", f"resource {act.id} already belongs to {owner}", mend)
    ask.change("resource.recorded", act.id, c.ResourceRecorded(act.organization, act.upstream))


def enter_instrument(act: EnterInstrument, ask: Asking) -> None:
    ask.wants_id("instrument", act.id)
    size = len(act.text.encode()) + sum(len(text.encode()) for text in act.annexes.values())
    if not act.text.strip():
        ask.refuse("empty_instrument", "the document is empty", "enter the file as received")
    if size > MAX_INSTRUMENT:
        ask.refuse("big_instrument", f"the document has {size} bytes", f"stay below {MAX_INSTRUMENT} bytes with annexes")
    versions = ask.registry.instrument_versions(act.id)
    for known in versions:
        if known.text == act.text and known.annexes == act.annexes and known.status != "withdrawn":
            what = f"the same document is version {known.version} of {act.id}, {known.status}"
            ask.refuse("same_instrument", what, "activate that version, or enter the changed document")
    _wants_sound(act.id, act.text, act.annexes, ask)
    body = c.InstrumentEntered(len(versions) + 1, act.text, sha256(act.text.encode()).hexdigest(), dict(act.annexes))
    ask.change("instrument.entered", act.id, body)


def activate_instrument(act: ActivateInstrument, ask: Asking) -> None:
    found = _version(act.id, act.version, ("entered",), ask)
    if found is not None and found.status != "entered":
        what = f"version {found.version} of {act.id} is {found.status}"
        mend = "nothing needs to be done" if found.status == "active" else "enter the document again to get a new version"
        ask.refuse("instrument_not_entered", what, mend)
    if found is not None and found.status == "entered":
        _wants_sound(found.id, found.text, found.annexes, ask)  # what it was checked against may have changed since
    if found is not None:
        ask.change("instrument.activated", act.id, c.InstrumentActivated(found.version))


def _wants_sound(name: str, text: str, annexes: Mapping[str, str], ask: Asking) -> None:
    """No face may enter or activate what every worker would then fail to read: all faults are found here."""
    try:
        instrument = letters.sound(text, annexes, f"{name}.toml", ask.registry)
    except Refused as refused:
        ask.faults.extend(refused.faults)
        return
    if instrument.id != name:
        ask.refuse("other_instrument", f"the document calls itself {instrument.id}", "enter it under the id it bears")


def withdraw_instrument(act: WithdrawInstrument, ask: Asking) -> None:
    ask.wants_text("reason", act.why)
    found = _version(act.id, act.version, ("active", "entered"), ask)
    if found is not None and found.status == "withdrawn":
        ask.refuse("already_withdrawn", f"version {found.version} of {act.id} is withdrawn", "nothing needs to be done")
    if found is not None:
        ask.change("instrument.withdrawn", act.id, c.InstrumentWithdrawn(found.version, act.why))


def _version(instrument: str, version: int | None, prefer: tuple[str, ...], ask: Asking) -> InstrumentRecord | None:
    """The version that is meant: the one named, else the last with the first status of ``prefer`` that any has, else the last."""
    versions = ask.registry.instrument_versions(instrument)
    if not versions:
        ask.refuse("unknown_instrument", f"there is no instrument {instrument!r}", "enter it first, or see the list")
        return None
    if version is not None:
        found = next((each for each in versions if each.version == version), None)
        if found is None:
            what = f"instrument {instrument} has no version {version}"
            ask.refuse("unknown_version", what, f"it has versions 1 to {versions[-1].version}")
        return found
    for status in prefer:
        having = [each for each in versions if each.status == status]
        if having:
            return having[-1]
    return versions[-1]
