"""May this key be issued or revoked, this fact be recorded or withdrawn?"""

from __future__ import annotations

from safeconduct.office.acts import IssueKey, RecordFact, RevokeKey, WithdrawFact
from safeconduct.office.asking import Asking
from safeconduct.registry.bodies import evidence as c
from safeconduct.registry.derive import DERIVED
from safeconduct.registry.facts import CATALOG, check_value, evidence_instead, never_typed_in
from safeconduct.registry.records import read_record_name
from safeconduct.terms.moments import show
from safeconduct.terms.standing import FactValue


def issue_key(act: IssueKey, ask: Asking) -> None:
    starts = ask.now if act.starts is None else act.starts
    ask.wants_id("key", act.id)
    ask.wants_text("label", act.label)
    ask.wants_organization(act.organization)
    ask.wants_project(act.project, act.organization)
    ask.wants_interval(starts, act.ends)
    if act.id in ask.registry.keys or ask.registry.has_digest(act.digest):
        ask.refuse("duplicate_key", "this key was issued before", "issue another one")
    if act.holder_kind == "person":
        ask.wants_member(act.holder, act.organization)
    elif act.holder_kind == "agent":
        _wants_agent(act, ask)
    else:
        ask.refuse("bad_holder", f"{act.holder_kind!r} cannot hold a key", "name a person or an agent")
    body = c.KeyIssued(
        digest=act.digest.hex(),
        holder_kind=act.holder_kind,
        holder=act.holder,
        organization=act.organization,
        starts=starts,
        ends=act.ends,
        project=act.project,
        label=act.label,
    )
    ask.change("key.issued", act.id, body)


def revoke_key(act: RevokeKey, ask: Asking) -> None:
    key = ask.registry.keys.get(act.id)
    ask.wants_text("reason", act.why)
    if key is None:
        ask.refuse("unknown_key", f"there is no key {act.id!r}", "see the list of keys; name the id, never the key itself")
    elif key.revoked_at is not None:
        ask.refuse("already_revoked", f"key {act.id} was revoked at {show(key.revoked_at)}", "nothing needs to be done")
    ask.change("key.revoked", act.id, c.KeyRevoked(act.why))


def record_fact(act: RecordFact, ask: Asking) -> None:
    value: FactValue = act.value
    kind = CATALOG.get(act.fact)
    if act.fact in DERIVED:
        ask.refuse("derived_fact", never_typed_in(act.fact), evidence_instead(act.fact))
    else:
        try:
            value = check_value(act.fact, act.value)
        except ValueError as wrong:
            ask.refuse("bad_fact", str(wrong), "correct the fact or its value")
    ask.wants_text("source, verifier or method", act.source, act.verifier, act.method)
    for part, text in (("source", act.source), ("verifier", act.verifier), ("method", act.method)):
        if not text:
            ask.refuse("no_evidence", f"the fact has no {part}", f"name the {part}: a fact without evidence is not known")
    if act.expires_at <= act.verified_at:
        ask.refuse("bad_interval", "the evidence expires before it was verified", "correct one of the dates")
    if act.verified_at > ask.now:
        what = f"the evidence would be verified in the future, at {show(act.verified_at)}"
        ask.refuse("future_evidence", what, "record it once it is verified")
    if act.person not in ask.registry.people:
        ask.refuse("unknown_person", f"there is no person {act.person!r}", "register the person first")
    elif kind is not None and kind.scoped:
        ask.wants_member(act.person, act.organization)
    if kind is not None and act.organization and not kind.scoped:
        ask.refuse("fact_not_scoped", f"{act.fact} holds everywhere, not in one organization", "leave the organization out")
    for name in dict.fromkeys(act.replaces):
        withdraw_fact(WithdrawFact(act.person, name, act.why or "replaced"), ask)
    body = c.FactRecorded(
        fact=act.fact,
        value=value,
        source=act.source,
        verifier=act.verifier,
        method=act.method,
        verified_at=act.verified_at,
        expires_at=act.expires_at,
        organization=act.organization,
    )
    ask.change("fact.recorded", act.person, body)


def withdraw_fact(act: WithdrawFact, ask: Asking) -> None:
    """The record stays in the history, with who withdrew it, when and why; it counts no more."""
    ask.wants_text("reason", act.why)
    if not act.why.strip():
        ask.refuse("no_reason", f"no reason is given why record {act.record} counts no more", "say why in one line")
    try:
        number, item = read_record_name(str(act.record))
    except ValueError as wrong:
        ask.refuse("unknown_record", str(wrong), "see the list of the person's facts for the numbers")
        return
    if not any((each.number, each.item) == (number, item) for each in ask.registry.facts_of(act.person)):
        what = f"{act.person} has no record {act.record} in force"
        ask.refuse("unknown_record", what, "see the list of the person's facts for the numbers")
    ask.change("fact.withdrawn", act.person, c.FactWithdrawn(number, act.why, item))


def _wants_agent(act: IssueKey, ask: Asking) -> None:
    agent = ask.registry.agents.get(act.holder)
    if agent is None:
        ask.refuse("unknown_agent", f"there is no agent {act.holder!r}", "register the agent first")
        return
    if agent.organization != act.organization:
        what = f"agent {act.holder} belongs to {agent.organization}, not to {act.organization}"
        ask.refuse("foreign_agent", what, f"issue the key for {agent.organization}")
    while agent is not None:
        bound = agent.sponsor if agent.sponsor_kind == "project" else agent.project
        if act.project and bound and bound != act.project:
            what = f"agent {agent.id} works for project {bound}, not for {act.project}"
            ask.refuse("foreign_project", what, "leave the project out, or name the agent's")
        agent = ask.registry.agents.get(agent.sponsor) if agent.sponsor_kind == "agent" else None
