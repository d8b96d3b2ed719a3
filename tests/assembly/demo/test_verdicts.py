"""The verdicts against a list ticked off by hand."""

from __future__ import annotations

import pytest

from safeconduct.assembly.demo.population import Evidence, Organization, Origin, Someone, populate
from safeconduct.assembly.demo.verdicts import EXPIRED, FABLE, MODELS, MYTHOS, NAMED, UNKNOWN, YES, State, Verdict, verdict

LISTED, UNLISTED = Organization("l", listed=True), Organization("u", listed=False)
FIRM = Organization("f", listed=False, sponsor="l")


def _someone(place: Organization, origin: Origin, evidence: Evidence = Evidence.VALID, *, employed: bool = True) -> Someone:
    return Someone("p", place, origin, ("XX",), evidence, employed)


# who, then the reason code of the no in state 2 (both models) and in state 3 for each model; "" is a yes
BY_HAND = [
    (_someone(UNLISTED, Origin.CITIZEN), "", "", ""),
    (_someone(UNLISTED, Origin.GREEN_CARD), "", "", ""),
    (_someone(UNLISTED, Origin.DUAL_US), "", "", ""),
    (_someone(LISTED, Origin.CITIZEN, employed=False), "", "", ""),
    (_someone(LISTED, Origin.FOREIGN), NAMED, NAMED, ""),
    (_someone(LISTED, Origin.DUAL_FOREIGN), NAMED, NAMED, ""),
    (_someone(UNLISTED, Origin.FOREIGN), NAMED, NAMED, NAMED),
    (_someone(LISTED, Origin.FOREIGN, employed=False), NAMED, NAMED, NAMED),
    (_someone(FIRM, Origin.FOREIGN), NAMED, NAMED, NAMED),
    (_someone(LISTED, Origin.CITIZEN, Evidence.UNKNOWN), UNKNOWN, UNKNOWN, ""),
    (_someone(UNLISTED, Origin.CITIZEN, Evidence.UNKNOWN), UNKNOWN, UNKNOWN, UNKNOWN),
    (_someone(LISTED, Origin.GREEN_CARD, Evidence.EXPIRED), EXPIRED, EXPIRED, ""),
    (_someone(UNLISTED, Origin.GREEN_CARD, Evidence.EXPIRED), EXPIRED, EXPIRED, EXPIRED),
    (_someone(LISTED, Origin.FOREIGN, Evidence.EXPIRED, employed=False), EXPIRED, EXPIRED, EXPIRED),
]


@pytest.mark.parametrize(("someone", "letter", "fable", "mythos"), BY_HAND)
def test_each_kind_in_each_state(someone: Someone, letter: str, fable: str, mythos: str) -> None:
    def said(code: str) -> Verdict:
        return Verdict(False, code) if code else YES

    for state in (State.AUTHORIZED, State.LIFTED):
        assert [verdict(state, model, someone) for model in MODELS] == [YES, YES]
    assert [verdict(State.LETTER, model, someone) for model in MODELS] == [said(letter), said(letter)]
    assert verdict(State.EXEMPTION, FABLE, someone) == said(fable)
    assert verdict(State.EXEMPTION, MYTHOS, someone) == said(mythos)


def test_the_exemption_only_ever_adds_a_yes_for_one_model() -> None:
    for someone in populate(2_000, 30).people:
        before = verdict(State.LETTER, MYTHOS, someone)
        after = verdict(State.EXEMPTION, MYTHOS, someone)
        assert after == before or (after == YES and someone.organization.listed and someone.employed)
        assert verdict(State.EXEMPTION, FABLE, someone) == verdict(State.LETTER, FABLE, someone)
