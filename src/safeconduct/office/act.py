"""May this act be done, and what would it change? The order of an officer's act; no I/O.

1. An officer who is none any more may do nothing (``persons``).
2. The rules of the act's own kind are asked; every fault is collected.
3. One fault is enough to refuse all of it: nothing is half-done.
4. Where somebody else has to agree first (``Asking.needs``), the plan is to ask, and nothing else (``requests``).
5. What is left is a plan: drafts of changes, in order, and the words the log will hold about the act.

INVARIANT (P9): every plan names its actor, and an act that needs agreement changes nothing before it has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from safeconduct.office import (
    acts,
    canaries,
    cases,
    content,
    erasure,
    evidence,
    guarded,
    held,
    holdings,
    life,
    measures,
    officers,
    parties,
    persons,
    pruning,
    requests,
    selves,
)
from safeconduct.office.about import about, organization
from safeconduct.office.acts import Act, Batch
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import officers as bodies
from safeconduct.registry.changes import Change, Draft
from safeconduct.registry.names import is_text
from safeconduct.registry.papers import Need
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act would change. ``act`` and ``subject`` name it; ``changes`` may be empty when all is so already.

    ``request`` is the id of the request that has to wait for the agreement of ``needs``; empty when the act is done at once.
    ``about``, ``organization`` and ``second`` go into the log (``audit.entries.ActPerformed``): what the act is about where that
    is no name of a person, the organization it concerns, and the actor who agreed to it.
    """

    act: str
    subject: str
    actor: str
    at: Moment
    changes: tuple[Draft, ...]
    request: str = ""
    needs: tuple[Need, ...] = ()
    about: str = ""
    organization: str = ""
    second: str = ""


_RULES: Final[Mapping[type[Any], Callable[[Any, Asking], None]]] = {
    acts.RegisterAuthority: officers.register_authority,
    acts.KeyAuthority: officers.key_authority,
    acts.AddOfficer: officers.add,
    acts.KeyOfficer: officers.key,
    acts.EndOfficer: officers.end,
    acts.LinkOfficer: officers.link,
    acts.DeclineRequest: requests.decline,
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
    acts.ListCanaries: canaries.add,
    acts.RemoveCanaries: canaries.remove,
    acts.OpenCase: cases.open_case,
    acts.RaiseCase: cases.raise_case,
    acts.CloseCase: cases.close_case,
    acts.AssignCase: cases.assign,
    acts.NoteCase: cases.note,
    acts.JudgeCase: cases.judge,
    acts.MergeCase: cases.merge,
    acts.AskReading: content.ask_reading,
    acts.ReadContent: content.read,
    acts.FlagContent: content.flag,
    acts.PlaceHold: content.place_hold,
    acts.ReleaseHold: content.release_hold,
    acts.ErasePerson: erasure.erase,
    acts.FinishErasure: erasure.finish,
    acts.WithholdErased: erasure.withhold,
    acts.PruneLog: pruning.prune,
    acts.ReleaseHeld: held.release,
    acts.DeclineHeld: held.decline,
    acts.TakeMeasure: measures.take,
    acts.UndoMeasure: measures.undo,
    acts.AppealMeasure: measures.appeal,
    acts.MoveRisk: measures.move_risk,
    acts.IssueKey: evidence.issue_key,
    acts.RevokeKey: evidence.revoke_key,
    acts.RecordFact: evidence.record_fact,
    acts.WithdrawFact: evidence.withdraw_fact,
    acts.CatalogModel: holdings.catalog_model,
    acts.WithdrawModel: holdings.withdraw_model,
    acts.RecordResource: holdings.record_resource,
    acts.EnterPack: holdings.enter_pack,
    acts.EnterInstrument: life.enter,
    acts.TranscribeInstrument: life.transcribe,
    acts.MatchAnnex: life.match_annex,
    acts.CheckInstrument: life.check,
    acts.RecordPreview: life.preview,
    acts.ApproveInstrument: life.approve,
    acts.ActivateInstrument: life.activate,
    acts.WithdrawInstrument: life.withdraw,
}


def plan(act: Act, registry: Registry, actor: str, now: Moment, force_changed: int | None = None) -> Plan:
    """Judge an act against the registry as it is. Raises Refused with every fault found.

    ``now`` must not lie before the registry's last change. ``force_changed`` is that of the registry before the whole act, where
    this is a part of one.
    """
    if not actor or not is_text(actor):
        raise Refused(Fault("no_actor", "nobody is named as the one who acts", act.act, "say who you are"))
    if now < registry.changed_at:
        raise ValueError("an act cannot be planned before the last change")
    wrong = persons.not_alive(registry, actor, rotating=act.id if isinstance(act, acts.KeyOfficer) else "", where=act.act)
    if wrong is not None:
        raise Refused(wrong)
    if isinstance(act, Batch):
        return _batch(act, registry, actor, now)
    if isinstance(act, acts.ApproveRequest):
        return _approval(act, registry, actor, now)
    ask = _judged(act, registry, actor, now, frozenset(), force_changed)
    if not ask.needs:
        said = Plan(act.act, _subject(act), actor, now, tuple(ask.drafts))
        return replace(said, about=about(act), organization=ask.organization or organization(act), second=ask.second)
    weaker = _meanwhile(act, ask) if isinstance(act, acts.TakeMeasure) else ()
    if isinstance(act, acts.TakeMeasure) and requests.waits(act, ask):
        return replace(Plan(act.act, act.who, actor, now, weaker), organization=organization(act))
    request = requests.opened(life.pinned(act, registry), _subject(act), ask)
    ask.drafts += weaker
    said = Plan("request.open", request, actor, now, tuple(ask.drafts), request, tuple(ask.needs))
    return replace(said, about=request, organization=ask.organization or organization(act))


def _judged(
    act: Act, registry: Registry, actor: str, now: Moment, agreed: frozenset[str], force_changed: int | None = None
) -> Asking:
    """The act after its rules. Raises Refused with every fault."""
    ask = Asking(registry, actor, now, f"{act.act} {_subject(act)}".strip(), agreed, force_changed)
    _RULES[type(act)](act, ask)
    selves.wants_another(act, ask)
    if ask.faults:
        raise Refused(*ask.faults)
    guarded.wants_leave(act, ask)
    return ask


def _meanwhile(act: acts.TakeMeasure, ask: Asking) -> tuple[Draft, ...]:
    """What is taken at once while ``act`` waits; nothing where that is in force already, or needs somebody, too."""
    weaker = measures.meanwhile(act, ask)
    if weaker is None:
        return ()
    try:
        judged = _judged(weaker, ask.registry, ask.actor, ask.now, frozenset())
    except Refused:
        return ()
    return () if judged.needs else tuple(judged.drafts)


def _approval(act: acts.ApproveRequest, registry: Registry, actor: str, now: Moment) -> Plan:
    """The approval, and with the last one the act that waited, as its asker's act at this moment."""
    ask = Asking(registry, actor, now, f"{act.act} {act.id}")
    found = requests.judge_approval(act, ask)
    if found is None:
        raise Refused(*ask.faults)
    request, agreed = found
    gone = persons.not_alive(registry, request.asker, rotating="", where=ask.where)
    if gone is not None:
        raise Refused(gone)
    wanted = requests.act_of(request)
    if isinstance(wanted, acts.TakeMeasure):
        wanted = measures.from_now_on(wanted, request.opened_at, now)
    waiting = _judged(wanted, registry, request.asker, now, agreed)
    done = not waiting.needs
    ask.change("request.approved", act.id, bodies.RequestApproved(done))
    changes = (*ask.drafts, *waiting.drafts) if done else tuple(ask.drafts)
    said = Plan(act.act, act.id, actor, now, changes, "" if done else act.id, tuple(waiting.needs))
    whose = waiting.organization or organization(requests.act_of(request))
    return replace(said, about=act.id, organization=whose, second=actor)


def _batch(act: Batch, registry: Registry, actor: str, now: Moment) -> Plan:
    """Each act is judged against the registry as those before it leave it; nobody else ever sees that registry."""
    trial = registry.copy()
    drafts: list[Draft] = []
    faults: list[Fault] = []
    for each in act.acts:
        try:
            part = plan(each, trial, actor, now, registry.force_changed)
        except Refused as refused:
            faults.extend(refused.faults)
            continue
        for draft in part.changes:
            trial.apply(Change(trial.version + 1, draft.at, draft.actor, draft.kind, draft.subject, draft.body))
        if part.request:
            mend = "do it by itself, so that it can be asked for"
            faults.append(Fault("cannot_wait", f"{each.act} needs agreement and cannot wait in a batch", part.act, mend))
        drafts.extend(part.changes)
    if faults:
        raise Refused(*faults)
    return Plan(act.act, act.why, actor, now, tuple(drafts))


def _subject(act: Act) -> str:
    """The id the act is about."""
    match act:
        case acts.CatalogModel(model=model):
            return model.id
        case acts.TakeMeasure() | acts.MoveRisk():
            return act.who
        case acts.RecordFact() | acts.WithdrawFact() | acts.JoinOrganization() | acts.LeaveOrganization():
            return act.person
        case Batch(why=why):
            return why
        case _:
            return act.id
