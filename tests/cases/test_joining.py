"""Which case a signal joins."""

from __future__ import annotations

from safeconduct.cases.joining import CAMPAIGN, COMMON, FRESH, LARGEST, Open, joined

NOW = 10**15


def case(name: str, about: str = "person/ada", marks: tuple[str, ...] = (), age: int = 0, signals: int = 1) -> Open:
    return Open(name, frozenset({about}), frozenset(marks), NOW - age, signals)


def test_the_same_subject_joins_while_the_case_is_fresh() -> None:
    assert joined("person/ada", (), [case("one")], NOW).case == "one"
    assert joined("person/ada", (), [case("one", age=FRESH + 1)], NOW).case == ""
    assert joined("person/bea", (), [case("one")], NOW).case == ""


def test_a_shared_mark_is_a_campaign_whoever_it_is_about() -> None:
    found = joined("person/bea", ("template-7",), [case("own", "person/bea"), case("campaign", marks=("template-7",))], NOW)
    assert found.case == "campaign"
    assert "template-7" in found.why
    old = [case("campaign", marks=("template-7",), age=CAMPAIGN + 1)]
    assert joined("person/bea", ("template-7",), old, NOW).case == ""


def test_what_many_cases_share_ties_nothing_together() -> None:
    many = [case(f"c{number}", f"person/p{number}", ("office-net",)) for number in range(COMMON + 1)]
    assert joined("person/new", ("office-net",), many, NOW).case == ""
    assert joined("person/new", ("office-net",), many[:COMMON], NOW).case == f"c{COMMON - 1}"


def test_of_several_the_one_with_most_in_common_then_the_latest() -> None:
    cases = [case("a", marks=("x", "y"), age=50), case("b", marks=("x",)), case("c", marks=("x", "y"), age=10)]
    assert joined("person/zoe", ("x", "y"), cases, NOW).case == "c"


def test_a_case_that_grew_too_large_takes_no_more() -> None:
    assert joined("person/ada", (), [case("big", signals=LARGEST)], NOW).case == ""
