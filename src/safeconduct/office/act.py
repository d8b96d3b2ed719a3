"""May this act be done, and what would it change? The order of an officer's act; no I/O.

1. The rules of the act's own kind are asked; every fault is collected.
2. One fault is enough to refuse all of it: nothing is half-done.
3. What is left is a plan: drafts of changes, in order, and the words the log will hold about the act.

Who may act, and who must agree, comes with the console; the actor is part of every plan from the start (P9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from safeconduct.office import acts, evidence, holdings, parties, rosters
from safeconduct.office.acts import Act, Batch
from safeconduct.office.asking import Asking
from safeconduct.registry.changes import Change, Draft
from safeconduct.registry.names import is_text
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act would change. ``act`` and ``subject`` name it; ``changes`` may be empty when all is so already."""

    act: str
    subject: str
    actor: str
    at: Moment
    changes: tuple[Draft, ...]


_RULES: Final[Mapping[type[Any], Callable[[Any, Asking], None]]] = {
    acts.RegisterAuthority: parties.authority,
    acts.RegisterOrganization: parties.organization,
    acts.AmendOrganization: parties.amend_organization,
    acts.RegisterProject: parties.project,
    acts.AmendProject: parties.amend_project,
    acts.RegisterPerson: parties.person,
    acts.JoinOrganization: parties.join,
    acts.LeaveOrganization: parties.leave,
    acts.RegisterAgent: parties.agent,
    acts.End: parties.end,
    acts.Suspend: parties.suspend,
    acts.Restore: parties.restore,
    acts.IssueKey: evidence.issue_key,
    acts.RevokeKey: evidence.revoke_key,
    acts.RecordFact: evidence.record_fact,
    acts.WithdrawFact: evidence.withdraw_fact,
    acts.ImportRoster: rosters.import_roster,
    acts.CatalogModel: holdings.catalog_model,
    acts.WithdrawModel: holdings.withdraw_model,
    acts.RecordResource: holdings.record_resource,
    acts.EnterInstrument: holdings.enter_instrument,
    acts.ActivateInstrument: holdings.activate_instrument,
    acts.WithdrawInstrument: holdings.withdraw_instrument,
}


def plan(act: Act, registry: Registry, actor: str, now: Moment) -> Plan:
    """Judge an act against the registry as it is. Raises Refused with every fault found.

    ``now`` must not lie before the registry's last change.
    """
    if not actor or not is_text(actor):
        raise Refused(Fault("no_actor", "nobody is named as the one who acts", act.act, "say who you are"))
    if now < registry.changed_at:
        raise ValueError("an act cannot be planned before the last change")
    if isinstance(act, Batch):
        return _batch(act, registry, actor, now)
    subject = _subject(act)
    ask = Asking(registry, actor, now, f"{act.act} {subject}".strip())
    _RULES[type(act)](act, ask)
    if ask.faults:
        raise Refused(*ask.faults)
    return Plan(act.act, subject, actor, now, tuple(ask.drafts))


def _batch(act: Batch, registry: Registry, actor: str, now: Moment) -> Plan:
    """Each act is judged against the registry as those before it leave it; nobody else ever sees that registry."""
    trial = registry.copy()
    drafts: list[Draft] = []
    faults: list[Fault] = []
    for each in act.acts:
        try:
            part = plan(each, trial, actor, now)
        except Refused as refused:
            faults.extend(refused.faults)
            continue
        for draft in part.changes:
            trial.apply(Change(trial.version + 1, draft.at, draft.actor, draft.kind, draft.subject, draft.body))
        drafts.extend(part.changes)
    if faults:
        raise Refused(*faults)
    return Plan(act.act, act.why, actor, now, tuple(drafts))


def _subject(act: Act) -> str:
    """The id the act is about."""
    match act:
        case acts.ImportRoster(file=file):
            return file
        case acts.CatalogModel(model=model):
            return model.id
        case acts.RecordFact() | acts.WithdrawFact() | acts.JoinOrganization() | acts.LeaveOrganization():
            return act.person
        case Batch(why=why):
            return why
        case _:
            return act.id
