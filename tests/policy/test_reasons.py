"""A no has a stable code, a sentence that names rule and state, and a next step."""

from __future__ import annotations

import pytest

from safeconduct.policy.reasons import FAILED, NOT_FOUND, base_reasons, forbidden, missing, uncovered, unpermitted
from safeconduct.policy.schema import BASE
from safeconduct.terms.moments import FOREVER, parse
from safeconduct.terms.rules import CompiledExemption, CompiledRule, Reach, Selectors
from safeconduct.terms.standing import FactStatus, Lapse
from support.policy_june import CONTRADICTED, EXPIRED, standing

ALL = Selectors(tiers=frozenset({"restricted"}))
EAR = frozenset({"us_person.ear"})
RULE = CompiledRule("letter/foreign", "letter", "forbid", ALL, "", "", EAR, EAR, "A license is required.")
OPEN = CompiledExemption("other/partners", ALL, frozenset({"employed_there"}), frozenset(), "")


@pytest.mark.parametrize("rule", sorted(set(BASE) - {"safeconduct/alive"}))
def test_every_base_rule_has_its_words(rule: str) -> None:
    [reason] = base_reasons(rule, ())
    assert reason.rule == rule
    assert reason.say.endswith(".")
    assert reason.mend.endswith(".")


def test_lapses_are_told_once_each_and_without_names() -> None:
    reasons = base_reasons(
        "safeconduct/alive", [Lapse("agent", "a1", "ended"), Lapse("agent", "a2", "ended"), Lapse("key", "k", "x")]
    )
    assert [reason.code for reason in reasons] == ["agent_ended", "key_x"]
    assert all("a1" not in reason.say + reason.mend for reason in reasons)
    assert reasons[1].say == "This key is not in order."


def test_named_and_not_known_are_told_apart() -> None:
    now = 10
    assert forbidden(RULE, standing(), now, certain=True, open_exemptions=()).code == "forbidden"
    for state, code in ((None, "fact_unknown"), (EXPIRED, "fact_expired"), (CONTRADICTED, "fact_contradicted")):
        caller = standing(us_person__ear=state) if state else standing()
        reason = forbidden(RULE, caller, now, certain=False, open_exemptions=())
        assert reason.code == code
        assert reason.say.startswith("A license is required. (Rule letter/foreign.) Your U.S. person status under the EAR ")
        assert reason.mend == (
            "Ask your organization's access officer to record evidence for U.S. person status under the EAR "
            "(citizenship, permanent residence or protected status)."
        )


def test_an_open_exemption_is_a_next_step() -> None:
    mend = forbidden(RULE, standing(), 10, certain=True, open_exemptions=[OPEN]).mend
    assert mend == "The exemption other/partners applies once there is valid evidence for employment with the organization."


def test_missing_lists_only_what_cannot_be_relied_on() -> None:
    caller = standing(us_person__ear=EXPIRED)
    assert missing(caller, ["employed_there", "us_person.ear"], 10) == [
        ("employed_there", FactStatus.UNKNOWN),
        ("us_person.ear", FactStatus.EXPIRED),
    ]


def test_permissions_that_do_not_count_say_why() -> None:
    assert unpermitted(RULE, standing(), 10).code == "fact_unknown"
    current = Reach("terms/all@1", "terms", "", ALL, "", True, 0, FOREVER)
    ended = Reach("terms/all@1", "terms", "", ALL, "", False, 0, parse("2026-06-20T00:00:00Z"))
    assert uncovered(current).code == "not_covered"
    assert "2026-06-20T00:00:00Z" in uncovered(ended).say
    assert uncovered(ended).rule == "terms/all"


def test_the_hiding_answer_repeats_nothing() -> None:
    assert '"' not in NOT_FOUND.say
    assert FAILED.rule == NOT_FOUND.rule == ""
