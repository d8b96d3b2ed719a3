"""What flows upward: an organization's risk lasts while it is justified and no longer; a model's comes from many."""

from __future__ import annotations

from safeconduct.risk.score import FLOW_CAP
from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import CallSignal, IdentitySignal
from safeconduct.watch import upward as module
from safeconduct.watch.commands import MoveRisk
from safeconduct.watch.machine import Watch
from safeconduct.watch.upward import LEAST_PEOPLE, MOST_PEOPLE, ORDINARY, Upward
from support.watching import DAY, HOUR, MONDAY, call, moves, told, watch

ACME, FABLE = "organization/acme", "model/fable"


def leaked(person: str, at: int) -> IdentitySignal:
    return IdentitySignal(at, person, "credential_leaked")


def at_risk(over: Watch, people: int, at: int = MONDAY) -> list[MoveRisk]:
    """Many people of acme at risk for two reasons."""
    asked = []
    for number in range(people):
        name = f"p{number}"
        tries = [call(at + each, person=name, requested=f"?{each}", code="model_not_found") for each in range(9)]
        asked += moves(told(over, [call(at, person=name), *tries, leaked(name, at + 20)]))
    return asked


def passing(over: Watch, start: int, days: int) -> list[MoveRisk]:
    """What is asked for while time passes and nobody calls."""
    return [each for hour in range(days * 24) for each in moves(over.tick(start + hour * HOUR))]


def of(commands: list[MoveRisk], who: str) -> list[MoveRisk]:
    return [each for each in commands if each.who == who]


def standing(said: list[MoveRisk], at: int) -> str:
    """The band that the registry has at a moment, by what it was told until then."""
    last = [each for each in said if each.until > at]
    return last[-1].band if last else "none"


def refused(number: int, at: int, **fields: object) -> CallSignal:
    return call(at, call=f"call_{number}", person=f"q{number}", model="fable", outcome="refused", **fields)


def test_an_organization_s_risk_is_renewed_while_it_is_justified_and_fades_when_it_is_not() -> None:
    over = watch()
    first = of(at_risk(over, 30), ACME)
    assert first[-1].band != "none"
    told_until = first[-1].until
    later: list[MoveRisk] = []
    for day in range(6):
        later += of(at_risk(over, 30, MONDAY + (day + 1) * DAY), ACME)
        later += of(passing(over, MONDAY + (day + 1) * DAY + HOUR, 1), ACME)
    assert any(each.until > told_until and each.band == first[-1].band for each in later), "the same band is told to last longer"
    assert max(each.until for each in later) > MONDAY + 7 * DAY
    for hour in range(7 * 24):
        at = MONDAY + hour * HOUR
        assert any(each.until > at for each in (*first, *later)), "there is no gap in what is told"
    after = of(passing(over, MONDAY + 8 * DAY, 50), ACME)
    assert after[-1].band == "none"
    assert ACME not in over.upward.groups


def test_risk_that_stands_is_told_also_where_nobody_calls_any_more() -> None:
    over = watch()
    said = of(at_risk(over, 30), ACME)
    said += of(passing(over, MONDAY + HOUR, 3), ACME)
    at = MONDAY + 60 * HOUR
    assert over.upward.risk(ACME, at, 30).band != "none", "it is still justified"
    assert said[-1].until > at


def test_a_person_whose_risk_fades_goes_down_by_steps_and_not_at_once() -> None:
    over = watch()
    own = of(at_risk(over, 1), "person/p0")
    assert own[-1].band == "high"
    later = of(passing(over, MONDAY + HOUR, 20), "person/p0")
    assert [each.band for each in later if each.band != "high"][-1] == "none"
    assert {"elevated", "low"} <= {each.band for each in later}


def test_who_left_an_organization_does_not_carry_its_risk() -> None:
    over = watch()
    at_risk(over, 3)
    told(over, [call(MONDAY + 2 * HOUR, person="p0", organization="other")])
    passing(over, MONDAY + 3 * HOUR, 1)
    assert "person/p0" not in over.upward.groups[ACME].people


def test_many_who_try_an_ungranted_model_bring_it_to_risk_in_a_sentence_with_its_calls() -> None:
    over = watch()
    said = of(moves(told(over, [refused(number, MONDAY + number, code="not_covered") for number in range(40)])), FABLE)
    assert said
    assert "never granted it tried it within a day" in said[-1].parts[0]
    assert "call_" in said[-1].parts[0]
    assert of(passing(over, MONDAY + HOUR, 4), FABLE)[-1].band == "none"


def test_a_few_who_try_it_and_one_who_tries_it_often_bring_it_to_none() -> None:
    over = watch()
    few = [refused(number % ORDINARY, MONDAY + number, code="not_covered") for number in range(400)]
    assert of(moves(told(over, few)), FABLE) == []


def test_a_model_that_a_letter_takes_from_everybody_is_not_probed() -> None:
    over = watch()
    codes = ("forbidden", "authorization_ended", "model_withdrawn")
    said = [refused(number, MONDAY + number, code=codes[number % 3]) for number in range(300)]
    assert of(moves(told(over, said)), FABLE) == []


def test_a_large_house_may_have_more_who_try() -> None:
    over = watch()
    told(over, [call(MONDAY, person=f"p{number}") for number in range(4_000)])
    said = [refused(number, MONDAY + number, code="not_covered") for number in range(40)]
    assert of(moves(told(over, said)), FABLE) == []


def test_a_model_at_which_far_more_is_turned_down_than_elsewhere_is_at_risk() -> None:
    over = watch()
    said: list[MoveRisk] = []
    for number in range(600):
        at = MONDAY + number * 60 * SECOND
        told(over, [call(at, person=f"o{number % 50}", model="opus")])
        down = number % 3 == 0
        said += moves(told(over, [call(at, person=f"q{number % 60}", model="fable", action="block" if down else "")]))
    assert of(said, "model/opus") == []
    assert "of its calls, of" in of(said, FABLE)[-1].parts[0]


def test_one_person_alone_brings_no_model_to_risk() -> None:
    over = watch()
    said = at_risk(over, 1)
    for number in range(300):
        at = MONDAY + number * 700 * SECOND
        told(over, [call(at, person=f"o{number % 50}", model="opus")])
        said += moves(told(over, [call(at, person="p0", model="fable", action="block", refused=True)]))
    assert of(said, FABLE) == []


def test_those_at_risk_who_turn_to_a_model_flow_to_it_with_a_cap_and_from_three_on() -> None:
    up = Upward()
    for number in range(LEAST_PEOPLE - 1):
        up.rests_on(FABLE, f"person/{number}", 9.0)
    assert up.told(FABLE, MONDAY, 10) is None
    for number in range(200):
        up.rests_on(FABLE, f"person/{number}", 90.0)
    found = up.told(FABLE, MONDAY, 10)
    assert found is not None
    assert found.score <= FLOW_CAP
    assert f"{MOST_PEOPLE} people and agents who turn to it are at risk" in found.parts[0]
    assert len(up.groups[FABLE].people) == MOST_PEOPLE


def test_p8_nothing_is_left_of_whom_is_forgotten() -> None:
    over = watch()
    at_risk(over, 2)
    told(over, [call(MONDAY + DAY, person="p0", model="fable", code="not_covered")])
    told(over, [call(MONDAY + DAY, person="p0", model="fable", action="block")])
    assert "person/p0" in str(over.upward.groups)
    over.forget("person/p0")
    assert "person/p0" not in str(over.upward.groups)


def test_groups_are_bounded_and_one_that_is_at_no_risk_makes_room() -> None:
    up = Upward()
    up.of("organization/first").band = "low"
    for number in range(module.MOST_GROUPS + 10):
        up.of(f"model/{number}")
    assert len(up.groups) == module.MOST_GROUPS
    assert "organization/first" in up.groups
