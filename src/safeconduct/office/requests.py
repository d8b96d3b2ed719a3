"""What happens to an act that needs somebody's agreement?

1. It is judged like any other; a fault refuses it at once.
2. What is left of it is a request: the act itself, who asked, and whose agreement it needs. Nothing else happens.
3. Whoever agrees must be another person than the asker (``persons``); an authority's agreement is given by its officer.
4. When everybody agreed, the act is judged anew, at that moment, by the same rules, as the asker's act. Approval and effect
   are one act of the log.
5. A request that nobody agreed to within ``DAYS`` has expired.

INVARIANT (P9): nothing waits in force. Between asking and agreeing everything is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from safeconduct.office import acts, persons
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import officers as c
from safeconduct.registry.papers import Request
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, show

DAYS: Final = 7  # long enough for a weekend and a holiday; an act asked for longer ago was asked for another day

WAITING: Final[Mapping[str, type[Any]]] = {
    each.act: each
    for each in (
        acts.ActivateInstrument,
        acts.WithdrawInstrument,
        acts.AmendOrganization,
        acts.AmendProject,
        acts.JoinOrganization,
        acts.Restore,
        acts.WithdrawModel,
        acts.CatalogModel,
        acts.EnterPack,
        acts.KeyAuthority,
        acts.AddOfficer,
        acts.KeyOfficer,
        acts.LinkOfficer,
        acts.Suspend,
        acts.End,
        acts.RevokeKey,
        acts.LeaveOrganization,
        acts.ErasePerson,
        acts.AskReading,
        acts.ReleaseHold,
        acts.ReleaseHeld,
        acts.TakeMeasure,
        acts.UndoMeasure,
        acts.MoveRisk,
        acts.PruneLog,
        acts.ListCanaries,
        acts.RemoveCanaries,
    )
}
"""Every act that may wait."""


def opened(act: acts.Act, target: str, ask: Asking) -> str:
    """Plan a request in place of the act. Returns its id. Raises Refused for an act that cannot wait."""
    if WAITING.get(act.act) is not type(act):
        mend = "do it by itself, so that it can be asked for"
        raise Refused(Fault("cannot_wait", f"{act.act} needs agreement and cannot wait for it here", ask.where, mend))
    for each in ask.registry.requests.values():
        if each.state_at(ask.now) == "open" and (each.act, each.body) == (act.act, msgspec.to_builtins(act)):
            mend = f"see: safeconduct request show {each.id}"
            raise Refused(Fault("asked_already", f"{each.asker} asked for this already, and it waits", ask.where, mend))
    name = f"r{ask.registry.version + 1}"
    body = c.RequestOpened(
        act=act.act,
        target=target,
        body=msgspec.to_builtins(act),
        needs=tuple(c.Needed(each.why, each.authority) for each in ask.needs),
        expires=ask.now + DAYS * 86_400 * SECOND,
        why=str(getattr(act, "why", "")),
    )
    ask.drafts.clear()
    ask.change("request.opened", name, body)
    return name


def waits(act: acts.TakeMeasure, ask: Asking) -> bool:
    """Whether an automatic measure of this step about this target was asked for already, and waits.

    The watch asks again whenever a risk moves; whoever agrees sees one request, however often that was.
    """
    same = {"who": act.who, "step": act.step, "automatic": True}
    return act.automatic and any(
        each.act == act.act
        and each.asker == ask.actor
        and each.state_at(ask.now) == "open"
        and {name: each.body.get(name) for name in same} == same
        for each in ask.registry.requests.values()
    )


def act_of(request: Request) -> acts.Act:
    """The act that waits. Raises Refused when an older version wrote one that is not known any more."""
    shape = WAITING.get(request.act)
    if shape is None:
        raise Refused(Fault("unknown_act", f"no act {request.act!r} can wait", request.id, "decline it, and ask for it anew"))
    try:
        found: acts.Act = msgspec.convert(request.body, shape)
    except msgspec.ValidationError as wrong:
        raise Refused(Fault("unknown_act", f"the act cannot be read: {wrong}", request.id, "decline it")) from wrong
    return found


def judge_approval(act: acts.ApproveRequest, ask: Asking) -> tuple[Request, frozenset[str]] | None:
    """The request and all who agree to it, this actor included; None when this actor may not. Leaves the faults in ``ask``."""
    found = _waiting(act.id, ask)
    if found is None:
        return None
    wrong = persons.may_not_agree(ask.registry, ask.actor, found.asker, ask.where, f"request {found.id}")
    if wrong is not None:
        ask.faults.append(wrong)
    elif any(persons.same_person(ask.registry, ask.actor, each) for each in found.approvals):
        ask.refuse("approved_already", f"you agreed to request {found.id} already", "somebody else has to")
    else:
        _wants_called(found, ask)
    return None if ask.faults else (found, frozenset({*found.approvals, ask.actor}))


def decline(act: acts.DeclineRequest, ask: Asking) -> None:
    """The asker takes back what he asked; anybody whose agreement it needs, or any officer, says no."""
    ask.wants_text("reason", act.why)
    found = _waiting(act.id, ask)
    if found is not None and ask.actor.startswith(persons.ACCOUNT) and ask.actor != found.asker:
        mend = "act with an officer key (SAFECONDUCT_OFFICER_KEY_FILE)"
        ask.refuse("officer_wanted", f"only an officer or {found.asker} may decline request {found.id}", mend)
    ask.change("request.declined", act.id, c.RequestDeclined(act.why))


def _wants_called(request: Request, ask: Asking) -> None:
    """An officer of an authority speaks for it alone; whose agreement was not asked for cannot help."""
    named = {need.authority for need in request.needs}
    officer = persons.officer_named(ask.registry, ask.actor)
    speaks_for = officer.authority if officer is not None else ""
    if "" in named or speaks_for in named:
        return
    wanted = ", ".join(sorted(named))
    ask.refuse("wrong_officer", f"request {request.id} waits for an officer of {wanted}", f"ask an officer of {wanted}")


def _waiting(name: str, ask: Asking) -> Request | None:
    found = ask.registry.requests.get(name)
    if found is None:
        ask.refuse("unknown_request", f"there is no request {name!r}", "see: safeconduct request list")
        return None
    state = found.state_at(ask.now)
    if state == "expired":
        what = f"request {name} expired at {show(found.expires)}"
        ask.refuse("expired_request", what, "ask for it again; nothing of it has happened")
    elif state != "open":
        ask.refuse("closed_request", f"request {name} is {state} already", "nothing needs to be done")
    return found
