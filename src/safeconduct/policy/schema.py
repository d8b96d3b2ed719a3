"""How do a caller, an organization and a model look to Cedar?

INVARIANT (P10): only facts that a rule about this very model reads are shown to the engine; every other attribute carries an
empty stand-in and is not listed in ``known``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import cedarpy
import msgspec

from safeconduct.policy.context import Context
from safeconduct.terms.conditions import BY_FACT, SCHEMA_TEXT, Attribute, Shape
from safeconduct.terms.measures import BANDS
from safeconduct.terms.moments import Moment
from safeconduct.terms.rules import AnnexScope
from safeconduct.terms.standing import FactState, FactStatus, FactValue, Model, Standing

SCHEMA = cedarpy.Schema.from_str(SCHEMA_TEXT)
BASE_TEXT: str = files("safeconduct.policy").joinpath("base.cedar").read_text(encoding="utf-8")
BASE: dict[str, Any] = {
    policy["annotations"]["id"]: policy
    for policy in msgspec.json.decode(cedarpy.policies_to_json_str(BASE_TEXT))["staticPolicies"].values()
}
ACTION = {"type": "Action", "id": "invoke"}
SCHEMA_HASH: str = hashlib.sha256(SCHEMA_TEXT.encode()).hexdigest()  # of the published file, as it is
FOUNDATION: str = hashlib.sha256(f"{SCHEMA_TEXT}\n{BASE_TEXT}".encode()).hexdigest()

_encode = msgspec.json.Encoder(order="deterministic").encode


def fact_state(standing: Standing, fact: str, now: Moment) -> FactStatus:
    """The state of a fact at ``now``. A value of the wrong type counts as unknown: no condition may rest on it (P1)."""
    state = standing.facts.get(fact)
    if state is None:
        return FactStatus.UNKNOWN
    if state.status is FactStatus.KNOWN and now >= state.until:
        return FactStatus.EXPIRED
    if state.status is FactStatus.KNOWN and _value(BY_FACT[fact], state) is None:
        return FactStatus.UNKNOWN
    return state.status


def annexes_of(standing: Standing, annexes: Mapping[str, AnnexScope]) -> frozenset[str]:
    """The annexes that list the caller's organization: by itself, or through the one directly above it where a line says so.

    No line says "and affiliates": what is only near a listed organization is not listed with it.
    """
    own = annexes.get(standing.organization)
    listed = own.listed if own is not None else frozenset()
    above = annexes.get(standing.organizations_above[0]) if standing.organizations_above else None
    if above is None:
        return listed
    match standing.relation:
        case "subsidiary":
            return listed | above.with_subsidiaries
        case "contractor":
            return listed | above.with_contractors
        case _:
            return listed


def principal_id(standing: Standing) -> dict[str, str]:
    return {"type": "Agent" if standing.agents else "Person", "id": standing.subject}


def model_json(model: Model, *, withdrawn: bool) -> bytes:
    """The model's entity, encoded once and for all."""
    attributes = {
        "tier": model.tier,
        "family": model.family,
        "upstream": model.upstream,
        "dialects": sorted(model.dialects),
        "withdrawn": withdrawn,
    }
    return _encode({"uid": {"type": "Model", "id": model.id}, "attrs": attributes, "parents": []})


def caller_json(standing: Standing, annexes: Iterable[str], facts: Iterable[str], now: Moment) -> bytes:
    """The caller and the organization as two entities. ``facts`` are those that may be shown at all."""
    return named(standing, *shown(standing, annexes, facts, now))


def named(standing: Standing, attributes: bytes, organization: bytes) -> bytes:
    """Both entities, from the two parts that ``shown`` gives."""
    return b'{"uid":' + _encode(principal_id(standing)) + b',"attrs":' + attributes + b',"parents":[]},' + organization


def shown(standing: Standing, annexes: Iterable[str], facts: Iterable[str], now: Moment) -> tuple[bytes, bytes]:
    """Everything that the engine is shown of the caller but the caller's own id: the attributes, and the organization."""
    known = [fact for fact in facts if fact_state(standing, fact, now) is FactStatus.KNOWN]
    if standing.risk not in BANDS:  # INVARIANT (P1): no condition may rest on a band that is none
        raise ValueError("the risk is in no band")
    attributes: dict[str, Any] = {
        "organization": {"__entity": {"type": "Organization", "id": standing.organization}},
        "project": standing.project,
        "purpose": standing.purpose,
        "tier": standing.tier,
        "us_person": {"ear": "unknown", "itar": "unknown", "bulk": "unknown"},
        "nationality": [],
        "nationality_recent": "",
        "permanent_residence": [],
        "residence": "",
        "location": "",
        "vetting": "",
        "training": [],
        "assurance": "",
        "employed_there": False,
        "risk": standing.risk,
        "known": known,
        "alive": not standing.lapses,
        "project_hosts": list(standing.project_hosts),
    }
    for fact in known:
        group, dot, rest = BY_FACT[fact].path.partition(".")
        value = _value(BY_FACT[fact], standing.facts[fact])
        if dot:
            attributes[group][rest] = value
        else:
            attributes[group] = value
    parents = [{"type": "Annex", "id": annex} for annex in sorted(annexes)]
    organization = {"uid": {"type": "Organization", "id": standing.organization}, "attrs": {}, "parents": parents}
    return _encode(attributes), _encode(organization)


def context_json(context: Context) -> str:
    return _encode(
        {
            "hosts": list(context.hosts),
            "foreign_resources": list(context.foreign_resources),
            "dialect": context.dialect,
            "operation": context.operation,
            "stream": context.stream,
        }
    ).decode()


def policy_set(policies: Mapping[str, str]) -> cedarpy.PolicySet:
    """Parse policies given as Cedar JSON, by id. Raises ValueError when one does not parse."""
    static = ",".join(f"{_encode(name).decode()}:{text}" for name, text in sorted(policies.items()))
    return cedarpy.PolicySet.from_json_str(f'{{"staticPolicies":{{{static}}},"templates":{{}},"templateLinks":[]}}')


def base_policies() -> dict[str, str]:
    return {name: _encode(policy).decode() for name, policy in BASE.items()}


def _value(attribute: Attribute, state: FactState) -> FactValue | None:
    """The value, if it has the shape the schema gives the attribute."""
    value = state.value
    if value == "none" and attribute.shape is Shape.COUNTRIES:
        return ()  # known to be resident nowhere
    match attribute.shape:
        case Shape.FLAG:
            fits = isinstance(value, bool)
        case Shape.COUNTRIES | Shape.TEXTS:
            fits = isinstance(value, tuple) and all(isinstance(item, str) for item in value)
        case Shape.YES_NO:
            fits = value in ("yes", "no")
        case _:
            fits = isinstance(value, str)
    return value if fits else None
