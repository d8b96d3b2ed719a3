"""Random conditions, written as Cedar text and judged by hand in three-valued logic (Kleene): a reference without Cedar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from safeconduct.terms.standing import FactState, FactStatus, FactValue

ORGANIZATIONS = ("acme", "borealis", "cobalt")
LISTED = {"list": {"acme", "borealis"}, "other": {"cobalt"}}

# text of a leaf -> what it reads and how it is judged when that is known
FACT_LEAVES: dict[str, tuple[str, object]] = {
    'principal.us_person.ear == "yes"': ("us_person.ear", lambda value: value == "yes"),
    'principal.us_person.ear != "yes"': ("us_person.ear", lambda value: value != "yes"),
    'principal.us_person.itar == "no"': ("us_person.itar", lambda value: value == "no"),
    'principal.us_person.bulk == "no"': ("us_person.bulk", lambda value: value == "no"),
    'principal.us_person.ear == "no"': ("us_person.ear", lambda value: value == "no"),
    'principal.permanent_residence.contains("US")': ("permanent_residence", lambda value: "US" in value),
    "principal.permanent_residence.isEmpty()": ("permanent_residence", lambda value: value in ("none", ())),
    "principal.employed_there": ("employed_there", lambda value: value is True),
    "principal.employed_there == false": ("employed_there", lambda value: value is False),
    'principal.nationality.contains("IR")': ("nationality", lambda value: "IR" in value),
    'principal.nationality.containsAny(["IR", "KP"])': ("nationality", lambda value: bool({"IR", "KP"} & set(value))),
    "principal.training.isEmpty()": ("training", lambda value: not value),
    'principal.vetting like "enh*"': ("vetting", lambda value: value.startswith("enh")),
    '["US", "DE"].contains(principal.residence)': ("residence", lambda value: value in ("US", "DE")),
    'principal.nationality_recent == "FR"': ("nationality.recent", lambda value: value == "FR"),
}
SURE_LEAVES = (
    'principal.organization in Annex::"list"',
    'principal.organization in Annex::"other"',
    'principal.organization == Organization::"acme"',
    'principal.project == "defense"',
    "true",
    "false",
)
VALUES: dict[str, tuple[FactValue, ...]] = {
    "us_person.ear": ("yes", "no"),
    "us_person.itar": ("yes", "no"),
    "us_person.bulk": ("yes", "no"),
    "permanent_residence": (("CA", "US"), ("CA",), "none"),
    "employed_there": (True, False),
    "nationality": (("IR",), ("US",), ("IR", "US"), ()),
    "training": ((), ("cyber",)),
    "vetting": ("enhanced", "basic"),
    "residence": ("US", "IR"),
    "nationality.recent": ("FR", "US"),
}


@dataclass(frozen=True)
class Condition:
    """A condition as a tree; ``parts`` are conditions, a leaf has none."""

    kind: str
    text: str
    parts: tuple[Condition, ...] = ()

    def judge(self, organization: str, project: str, facts: Mapping[str, FactState]) -> bool | None:
        """True, False, or None where the known facts do not settle it."""
        given = [part.judge(organization, project, facts) for part in self.parts]
        match self.kind:
            case "not":
                return None if given[0] is None else not given[0]
            case "and":
                return False if False in given else None if None in given else True
            case "or":
                return True if True in given else None if None in given else False
            case "if":
                test, then, other = given
                if test is None:  # sure to be false where both ways are; never taken for true
                    return False if then is False and other is False else None
                return then if test else other
        return self._leaf(organization, project, facts)

    def _leaf(self, organization: str, project: str, facts: Mapping[str, FactState]) -> bool | None:
        if self.text in FACT_LEAVES:
            fact, holds = FACT_LEAVES[self.text]
            state = facts.get(fact)
            if state is None or state.status is not FactStatus.KNOWN:
                return None
            return bool(holds(state.value))  # type: ignore[operator]
        return {
            'principal.organization in Annex::"list"': organization in LISTED["list"],
            'principal.organization in Annex::"other"': organization in LISTED["other"],
            'principal.organization == Organization::"acme"': organization == "acme",
            'principal.project == "defense"': project == "defense",
            "true": True,
            "false": False,
        }[self.text]


def _joined(parts: tuple[Condition, ...], kind: str, sign: str) -> Condition:
    return Condition(kind, "(" + sign.join(part.text for part in parts) + ")", parts)


def _grow(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    few = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        inner.map(lambda part: Condition("not", f"!({part.text})", (part,))),
        few.map(lambda parts: _joined(parts, "and", " && ")),
        few.map(lambda parts: _joined(parts, "or", " || ")),
        st.tuples(inner, inner, inner).map(
            lambda parts: Condition("if", f"(if {parts[0].text} then {parts[1].text} else {parts[2].text})", parts)
        ),
    )


def conditions() -> st.SearchStrategy[Condition]:
    leaves = st.sampled_from([*FACT_LEAVES, *SURE_LEAVES]).map(lambda text: Condition("leaf", text))
    return st.recursive(leaves, _grow, max_leaves=8)


def fact_states() -> st.SearchStrategy[dict[str, FactState]]:
    """For each fact: a known value, or one of the ways of not knowing."""
    absent = [FactState(FactStatus.UNKNOWN), FactState(FactStatus.EXPIRED), FactState(FactStatus.CONTRADICTED)]
    return st.fixed_dictionaries(
        {
            fact: st.sampled_from([*(FactState(FactStatus.KNOWN, value) for value in values), *absent])
            for fact, values in VALUES.items()
        }
    )
