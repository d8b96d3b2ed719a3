"""May this model be cataloged, this resource be recorded, this rule pack be entered?"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from safeconduct.instruments.cohort import parse
from safeconduct.instruments.document import Rule, RuleEffect
from safeconduct.instruments.force import intervals
from safeconduct.instruments.packs import Pack, expand, read_pack
from safeconduct.office import letters
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
    for named, instrument in _lists_missed(pack, ask):
        mend = f"keep the list in the pack, or amend or withdraw {instrument} first"
        ask.refuse("list_in_use", f"{instrument} names the list {named}, which this pack has not", mend)
    ask.wants_second(f"the rule pack {act.id}, version {pack.version}, changes whom conditions catch")
    ask.change("pack.entered", act.id, c.PackEntered(act.text, sha256(act.text.encode()).hexdigest()))


def _lists_missed(pack: Pack, ask: Asking) -> Iterator[tuple[str, str]]:
    """Lists that a letter names and the new version of the pack has not, each with one letter that names it. Raises Refused.

    INVARIANT (P5): rules that name what is not there cannot be compiled, and then nobody may do anything; a pack must never
    stop people whom no letter names. Permissions that are over count as well: they tell who may know that a model exists.
    """
    held = letters.held(ask.registry)
    told: set[str] = set()
    for name in sorted({each.instrument.id for each in held}):
        for each, _, until in intervals([one for one in held if one.instrument.id == name]):
            for rule in each.instrument.conditioned():
                names: set[str] = set()
                past = isinstance(rule, Rule) and rule.effect is RuleEffect.PERMIT
                if until > ask.now or past:
                    expand(parse(rule.cohort), {}, names)
                for named in sorted(names - told):
                    pack_, _, one = named.partition("/")
                    if pack_ == pack.id and pack.countries(one) is None:
                        told.add(named)
                        yield named, name


def _wants_no_lowering(act: CatalogModel, ask: Asking) -> None:
    """Rules choose models by id, tier and family: to change any of them may take a model out of a prohibition.

    INVARIANT (P9): so may another entry for what the provider serves under the same name, or for what an entry calls it.
    """
    model = act.model
    known = {each.id: each for each in (*ask.registry.withdrawn_models(), *ask.registry.models())}
    before = known.pop(model.id, None)
    if before is not None and (before.tier, before.family) != (model.tier, model.family):
        ask.wants_second(f"another tier or family may take {before.id} out of reach of a prohibition")
    if before is not None and (before.upstream, before.served_as) != (model.upstream, model.served_as):
        ask.wants_second(f"{model.id} would from now on be {model.served_as} of {model.upstream}, under the same rules")
    served = model.served_as.lower()
    for other in known.values():
        if served in {name.lower() for name in (other.id, other.served_as, *other.aliases)}:
            ask.wants_second(f"{model.served_as} is what {other.id} stands for, and rules about that one would not hold here")
            return
