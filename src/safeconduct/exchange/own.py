"""What is held about this caller, from where, in which state, and which instrument needs it? The caller's own view.

For the person: every piece of evidence with source, verifier, method and dates, and for each fact the instruments in force that
read it, or that none does. For an agent: the names and states of the facts that decide about it, never a value, for they
are those of the person it acts for. Nobody sees anybody else: whose data it is follows from the credential alone (P11).

INVARIANT (P12): only instruments about models that the caller may know of are named.
INVARIANT (P10): a derived status is computed here only where an instrument in force reads it.
"""

from __future__ import annotations

from typing import Any

from safeconduct.exchange.needs import Needs, in_force
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.reasons import NOT_FOUND
from safeconduct.registry.derive import DERIVED
from safeconduct.registry.facts import CATALOG, states_at
from safeconduct.registry.records import FactRecord, Person, record_name
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER, Moment, show
from safeconduct.terms.standing import FactState, FactValue, Model, Standing

NOT_NEEDED = "No instrument in force needs this."
TYPED_IN = "typed in, not used"
MEND = "If something here is wrong, missing or not needed, ask your organization's access officer to correct or withdraw it."


def needs_shown(policy: Policy, models: list[Model], standing: Standing, now: Moment) -> Needs:
    """The needs of the rules about those models whose existence the caller may know of."""
    rules = {}
    for model in models:
        part = policy.slice_of(model.id)
        if part is None:
            continue
        decision = policy.decide(standing, model, Context(dialect=min(model.dialects, default="")), now)
        if all(reason.code != NOT_FOUND.code for reason in decision.reasons):
            rules.update(part.rules)
    return in_force(rules.values())


def of_person(registry: Registry, name: str, organization: str, needs: Needs, now: Moment) -> dict[str, Any] | None:
    """Everything held about a person, as seen from ``organization`` (from everywhere when empty); None for nobody.

    Raises OSError when the registry cannot be read.
    """
    person = registry.people.get(name)
    if person is None:
        return None
    organizations = [organization] if organization else [each.organization for each in person.memberships]
    records = [each for each in registry.facts_of(name) if each.organization in ("", *organizations)]
    states, _ = states_at(records, "", now, [fact for fact in DERIVED if fact in needs])
    facts = []
    for fact in CATALOG:
        for place in organizations if CATALOG[fact].scoped else [""]:
            held = [each for each in records if each.name == fact and each.organization == place]
            if held or fact in needs:
                state = states_at(held, place, now)[0][fact]
                facts.append(_fact(fact, place, state, held, needs, now))
    return {
        "person": name,
        "name": person.name,
        "email": person.email,
        "organization": organization,
        "as_of": show(now),
        "memberships": _memberships(person, organization),
        "facts": facts,
        "derived": [_derived(fact, states[fact], needs) for fact in DERIVED if fact in needs],
        "not_used": [_record(each, now) for each in records if each.name in DERIVED],
        "mend": MEND,
    }


def of_agent(registry: Registry, standing: Standing, needs: Needs, now: Moment) -> dict[str, Any]:
    """What an agent may know: in which state the facts are that rules in force read about the person at its head.

    Raises OSError when the registry cannot be read.
    """
    records = registry.facts_of(standing.person) if standing.person else ()
    states, _ = states_at(records, standing.organization, now, needs.keys())
    return {
        "agent": standing.subject,
        "organization": standing.organization,
        "as_of": show(now),
        "facts": [
            {"fact": name, "state": states[name].status.value, "needed_by": list(instruments)}
            for name, instruments in needs.items()
            if name in DERIVED or not _only_evidence(name, needs)
        ],
        "mend": "These are facts about the person this agent acts for; that person may see and correct them.",
    }


def _only_evidence(name: str, needs: Needs) -> bool:
    """Whether a recorded fact is needed for derived facts only: then the derived state tells an agent enough."""
    by_derived: set[str] = set()
    for derived in DERIVED.values():
        if derived.name in needs and name in derived.reads:
            by_derived.update(needs[derived.name])
    return set(needs[name]) <= by_derived


def _fact(name: str, organization: str, state: FactState, records: list[FactRecord], needs: Needs, now: Moment) -> dict[str, Any]:
    return {
        "fact": name,
        "organization": organization,
        "means": CATALOG[name].say,
        "state": state.status.value,
        "needed_by": list(needs.get(name, ())),
        "note": "" if name in needs else NOT_NEEDED,
        "records": [_record(each, now) for each in records],
    }


def _derived(name: str, state: FactState, needs: Needs) -> dict[str, Any]:
    derived = DERIVED[name]
    return {
        "fact": name,
        "means": derived.say,
        "state": state.status.value,
        "value": state.value,
        "until": _end(state.until) if state.value is not None else None,
        "rule": derived.source,
        "derived_from": list(derived.reads),
        "needed_by": list(needs[name]),
    }


def _record(record: FactRecord, now: Moment) -> dict[str, Any]:
    return {
        "record": record_name(record),
        "fact": record.name,
        "value": _plain(record.value),
        "state": record_state(record, now),
        "organization": record.organization,
        "source": record.source,
        "verifier": record.verifier,
        "method": record.method,
        "verified_at": show(record.verified_at),
        "expires_at": _end(record.expires_at),
    }


def record_state(record: FactRecord, now: Moment) -> str:
    """One piece of evidence by the clock alone; what several add up to is the state of the fact."""
    if record.name in DERIVED:
        return TYPED_IN
    if now < record.verified_at:
        return "not yet"
    return "expired" if now >= record.expires_at else "unexpired"


def _memberships(person: Person, organization: str) -> list[dict[str, str]]:
    return [
        {"organization": each.organization, "role": each.role, "starts": show(each.starts), "ends": _end(each.ends)}
        for each in person.memberships
        if not organization or each.organization == organization
    ]


def _plain(value: FactValue) -> str | bool | list[str]:
    return list(value) if isinstance(value, tuple) else value


def _end(moment: Moment) -> str:
    return "open" if moment >= FOREVER else show(moment)
