"""May this model be cataloged, this resource be recorded, this rule pack be entered?"""

from __future__ import annotations

from hashlib import sha256

from safeconduct.instruments.packs import read_pack
from safeconduct.office.acts import CatalogModel, EnterPack, RecordResource, WithdrawModel
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import letters as c
from safeconduct.registry.catalog import collisions, faults_in
from safeconduct.registry.names import is_resource_id
from safeconduct.terms.faults import Refused


def catalog_model(act: CatalogModel, ask: Asking) -> None:
    model = act.model
    ask.faults.extend(faults_in(model, ask.where))
    ask.faults.extend(collisions(model, ask.registry.models(), ask.where))
    if not act.replace and any(each.id == model.id for each in ask.registry.models()):
        ask.refuse("duplicate_model", f"model {model.id} is in the catalog already", "withdraw it first, or replace it")
    _wants_no_lowering(act, ask)
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


def enter_pack(act: EnterPack, ask: Asking) -> None:
    """A pack says who is caught by conditions that name it, so a second officer has to agree to every version."""
    try:
        pack = read_pack(act.text, f"{act.id}.toml")
    except Refused as refused:
        ask.faults.extend(refused.faults)
        return
    if pack.id != act.id:
        ask.refuse("other_pack", f"the pack calls itself {pack.id}", "enter it under the id it bears")
    before = ask.registry.pack_versions(act.id)
    if before and before[-1].text == act.text:
        ask.refuse("same_pack", f"this very text of {act.id} is in force", "nothing needs to be done")
    ask.wants_second(f"the rule pack {act.id}, version {pack.version}, changes whom conditions catch")
    ask.change("pack.entered", act.id, c.PackEntered(act.text, sha256(act.text.encode()).hexdigest()))


def _wants_no_lowering(act: CatalogModel, ask: Asking) -> None:
    """Rules choose models by tier and family: to change either may take a model out of a prohibition."""
    known = {each.id: each for each in (*ask.registry.withdrawn_models(), *ask.registry.models())}
    before = known.get(act.model.id)
    if before is not None and (before.tier, before.family) != (act.model.tier, act.model.family):
        ask.wants_second(f"another tier or family may take {before.id} out of reach of a prohibition")
