"""In which words is a no explained? Codes, sentences and next steps; never a word about anybody but the caller.

INVARIANT (P12): whoever's organization was never authorized for a model gets ``NOT_FOUND``, the very answer for a name that
means nothing. It does not repeat the name: an alias and what it stands for look the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from safeconduct.policy.schema import fact_state
from safeconduct.terms.conditions import BY_FACT
from safeconduct.terms.decision import Reason
from safeconduct.terms.moments import FOREVER, Moment, show
from safeconduct.terms.rules import CompiledExemption, CompiledRule, Reach
from safeconduct.terms.standing import FactStatus, Lapse, Standing

NOT_FOUND = Reason(
    "model_not_found",
    "This model does not exist, or your organization has no access to it.",
    "Check the name against GET /v1/models, or ask your organization's access officer.",
)
FAILED = Reason(
    "decision_failed",
    "The request could not be decided, so it is refused.",
    "Tell the operator; the log holds the details.",
)
_BASE = {
    "safeconduct/prohibited": Reason(
        "project_prohibited",
        "The project is for a use that is prohibited, so no model is served to it.",
        "Call for a project with another use; nothing can unlock this one.",
    ),
    "safeconduct/hosts": Reason(
        "host_out_of_scope",
        "The request asks the provider to contact a host outside the project's scope.",
        "Remove the host, or ask the project's owner to add it.",
    ),
    "safeconduct/resources": Reason(
        "resource_not_owned",
        "The request names a stored file, response or container that is not your organization's.",
        "Use one that was created through this gateway by your organization.",
    ),
    "safeconduct/model-withdrawn": Reason(
        "model_withdrawn",
        "This model was withdrawn from the catalog.",
        "Choose another model; GET /v1/models lists them.",
    ),
    "safeconduct/dialect": Reason(
        "dialect_not_served",
        "This model is not served over this API.",
        "Call it through the API of its own provider.",
    ),
}
_LINKS = {
    "key": "This key",
    "agent": "The agent behind this key, or its sponsor,",
    "person": "The person behind this key",
    "membership": "The membership in the organization",
    "project": "The project",
    "organization": "The organization's access",
}
_WHY = {
    "ended": "has ended",
    "suspended": "is suspended",
    "not_yet": "has not started yet",
    "unknown": "is not registered",
}
_STATES = {
    FactStatus.UNKNOWN: ("fact_unknown", "is not on record"),
    FactStatus.EXPIRED: ("fact_expired", "has expired"),
    FactStatus.CONTRADICTED: ("fact_contradicted", "is on record with contradicting evidence"),
}


def base_reasons(rule: str, lapses: Sequence[Lapse]) -> list[Reason]:
    """Why a base rule said no."""
    if rule in _BASE:
        reason = _BASE[rule]
        return [Reason(reason.code, reason.say, reason.mend, rule)]
    reasons: dict[str, Reason] = {}
    for lapse in lapses:
        code = f"{lapse.kind}_{lapse.why}"
        say = f"{_LINKS.get(lapse.kind, 'A part of this access')} {_WHY.get(lapse.why, 'is not in order')}."
        reasons.setdefault(code, Reason(code, say, "Ask your organization's access officer.", rule))
    return list(reasons.values())


def missing(standing: Standing, facts: Iterable[str], now: Moment) -> list[tuple[str, FactStatus]]:
    """The facts among these that cannot be relied on, with their state."""
    states = [(fact, fact_state(standing, fact, now)) for fact in sorted(facts)]
    return [(fact, state) for fact, state in states if state is not FactStatus.KNOWN]


def forbidden(
    rule: CompiledRule, standing: Standing, now: Moment, *, certain: bool, open_exemptions: Sequence[CompiledExemption]
) -> Reason:
    """Why a prohibition fired: because it names the caller (``certain``), or because a fact it needs is not known."""
    absent = [] if certain else missing(standing, rule.own_facts, now)
    code = _STATES[absent[0][1]][0] if absent else "forbidden"
    say = f"{rule.say} (Rule {rule.id}.)"
    if absent:
        say = f"{say} {_absence(absent)}"
    steps = [_record(absent)] if absent else []
    for exemption in open_exemptions:
        needed = missing(standing, exemption.facts, now)
        if needed:
            steps.append(f"The exemption {exemption.id} applies once there is valid evidence for {_labels(needed)}.")
    mend = " ".join([*([rule.mend] if rule.mend else []), *steps])
    return Reason(code, say, mend or f"Ask your organization's access officer about {rule.instrument}.", rule.id)


def unpermitted(rule: CompiledRule, standing: Standing, now: Moment) -> Reason:
    """Why a permission in force did not count, although it might if more were known."""
    absent = missing(standing, rule.own_facts, now)
    code = _STATES[absent[0][1]][0] if absent else "not_covered"
    say = f"{rule.instrument} permits this model on a condition that is not shown to be met. (Rule {rule.id}.)"
    return Reason(code, f"{say} {_absence(absent)}".rstrip(), rule.mend or _record(absent), rule.id)


def uncovered(reach: Reach) -> Reason:
    """Why a permission that covers, or once covered, the organization does not cover this call."""
    rule = reach.id.rpartition("@")[0]
    if reach.in_force:
        say = f"{reach.instrument} authorizes your organization for this model, but not this person, project or purpose."
        return Reason("not_covered", f"{say} (Rule {rule}.)", "Ask your organization's access officer to be included.", rule)
    ended = f" on {show(reach.until)}" if reach.until < FOREVER else ""
    say = f"Your organization's authorization for this model, {reach.instrument}, ended{ended}. (Rule {rule}.)"
    return Reason("authorization_ended", say, "Ask your organization's access officer whether it will be renewed.", rule)


def _absence(absent: Sequence[tuple[str, FactStatus]]) -> str:
    return " ".join(f"Your {BY_FACT[fact].label} {_STATES[state][1]}." for fact, state in absent)


def _record(absent: Sequence[tuple[str, FactStatus]]) -> str:
    if not absent:
        return "Ask your organization's access officer to be included."
    return f"Ask your organization's access officer to record evidence for {_labels(absent)}."


def _labels(absent: Sequence[tuple[str, FactStatus]]) -> str:
    """What is missing; for a derived status, what it can be shown by."""
    return " and ".join(
        f"{BY_FACT[fact].label} ({BY_FACT[fact].shown_by})" if BY_FACT[fact].shown_by else BY_FACT[fact].label
        for fact, _ in absent
    )
