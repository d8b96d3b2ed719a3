"""U.S. person status: each regime by its own rule, from evidence, and what each state means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.registry import derive
from safeconduct.registry.derive import DERIVED, us_person_bulk, us_person_ear, us_person_itar
from safeconduct.registry.facts import CATALOG, states_at
from safeconduct.registry.records import FactRecord
from safeconduct.terms.standing import FactState, FactStatus, FactValue
from support.evidence import ABROAD, STATUS, quarrels, rec, records
from support.evidence import FOREIGN as NOT_US

EAR, ITAR, BULK = "us_person.ear", "us_person.itar", "us_person.bulk"
REGIMES = (EAR, ITAR, BULK)
FOREIGN = (*NOT_US, ABROAD)
NOW = 50


def status(*records: FactRecord, now: int = NOW) -> dict[str, FactState]:
    states, _ = states_at(records, "acme", now)
    return {name: states[name] for name in REGIMES}


def answers(*records: FactRecord, now: int = NOW) -> tuple[str, ...]:
    """For EAR, ITAR and bulk: the value where it is known, else the state."""
    return tuple(str(each.value or each.status.value) for each in status(*records, now=now).values())


def facts(*pairs: tuple[str, FactValue]) -> list[FactRecord]:
    return [rec(*pair) for pair in pairs]


class Watched(Mapping[str, Sequence[FactRecord]]):
    """Evidence that is empty and remembers what was asked for."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Sequence[FactRecord]:
        self.seen.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([("us_citizen", "yes")], ("yes", "yes", "yes")),
        ([("nationality", ("US",))], ("yes", "yes", "yes")),
        ([("nationality", ("CN", "US"))], ("yes", "yes", "yes")),
        ([("permanent_residence", ("US",))], ("yes", "yes", "yes")),
        ([("permanent_residence", ("CA", "US"))], ("yes", "yes", "yes")),
        ([("protected_individual", "national")], ("yes", "yes", "yes")),
        ([("protected_individual", "refugee")], ("yes", "yes", "yes")),
        ([("protected_individual", "asylee")], ("yes", "yes", "yes")),
        ([("protected_individual", "temporary_resident")], ("yes", "yes", "unknown")),
        ([("location", "US")], ("unknown", "unknown", "yes")),
        ([("nationality", ("FR",))], ("unknown", "unknown", "unknown")),
        ([("residence", "US")], ("unknown", "unknown", "unknown")),
        ([("nationality.recent", "US")], ("unknown", "unknown", "unknown")),
        (FOREIGN[:3], ("no", "no", "unknown")),
        (FOREIGN, ("no", "no", "no")),
        ([("nationality", ("FR",)), *FOREIGN[1:]], ("no", "no", "no")),
        ([*FOREIGN[:3], ("location", "US")], ("no", "no", "yes")),
        ([*FOREIGN[:2], ("protected_individual", "temporary_resident"), ("location", "DE")], ("yes", "yes", "no")),
        (FOREIGN[1:], ("unknown", "unknown", "unknown")),
    ],
)
def test_what_each_regime_says(evidence: list[tuple[str, FactValue]], expected: tuple[str, ...]) -> None:
    assert answers(*facts(*evidence)) == expected


def test_each_regime_names_its_own_source() -> None:
    assert [DERIVED[name].source for name in REGIMES] == ["15 CFR 772.1", "22 CFR 120.62", "28 CFR 202.256"]
    for name in REGIMES:
        assert DERIVED[name].source in (DERIVED[name].judge.__doc__ or "")


def test_p10_no_regime_shares_an_answer_with_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each regime has a function of its own; were one of them wrong, the others would not hear of it."""
    functions = (us_person_ear, us_person_itar, us_person_bulk)
    assert [DERIVED[name].judge for name in REGIMES] == list(functions)
    for function in functions:
        called = set(function.__code__.co_names)
        assert not called & {other.__name__ for other in functions}
        assert not called & set(REGIMES)
    present = answers(*facts(("location", "US"), *FOREIGN[:3]))
    assert present == ("no", "no", "yes")  # in the United States: a U.S. person for bulk data, not for exports
    temporary = answers(*facts(("protected_individual", "temporary_resident"), *FOREIGN[:2], ("location", "DE")))
    assert temporary == ("yes", "yes", "no")
    for broken in functions:
        with monkeypatch.context() as patch:
            patch.setattr(derive, broken.__name__, lambda *_: FactState(FactStatus.KNOWN, "yes"))
            assert answers(*facts(*FOREIGN)) == ("no", "no", "no")  # nobody calls a regime by way of another


def test_p10_status_rests_on_the_listed_evidence_and_on_nothing_else() -> None:
    for name in REGIMES:
        watched = Watched()
        DERIVED[name].judge(watched, NOW)
        assert watched.seen == set(DERIVED[name].reads)
        assert watched.seen <= set(CATALOG)


def test_a_second_nationality_takes_nothing_away() -> None:
    first = rec("nationality", ("US",))
    for second in (rec("nationality", ("CN", "US"), 10), rec("nationality.recent", "CN", 10), rec("residence", "CN", 10)):
        assert answers(first, second) == ("yes", "yes", "yes")
    states, _ = states_at([first, rec("nationality", ("CN", "US"), 10)], "acme", NOW)
    assert states["nationality"].status is FactStatus.CONTRADICTED  # as lists they differ; as citizenship they agree


def test_one_basis_in_force_is_enough() -> None:
    contradicted = [rec("permanent_residence", ("US",)), rec("permanent_residence", "none", 10)]
    expired = rec("protected_individual", "asylee", 0, 20)
    assert answers(rec("us_citizen", "yes"), *contradicted, expired) == ("yes", "yes", "yes")


def test_an_expired_card_is_expired_although_the_status_may_outlive_it() -> None:
    card = rec("permanent_residence", ("US",), 0, 20)
    assert answers(card, now=19) == ("yes", "yes", "yes")
    assert answers(card, now=20) == ("expired", "expired", "expired")
    assert answers(card, *facts(("us_citizen", "no"), ("protected_individual", "none"), ("location", "DE")), now=20) == (
        "expired",
        "expired",
        "expired",
    )


def test_a_negative_that_expired_is_unknown_never_a_yes_or_a_no() -> None:
    gone = rec("us_citizen", "no", 0, 20)
    assert answers(gone, *facts(*FOREIGN[1:]), now=20) == ("unknown", "unknown", "unknown")


def test_presence_is_short_lived() -> None:
    here = rec("location", "US", 0, 20)
    assert status(here, *facts(*FOREIGN[:3]), now=19)[BULK] == FactState(FactStatus.KNOWN, "yes", 20)
    assert status(here, *facts(*FOREIGN[:3]), now=20)[BULK].status is FactStatus.EXPIRED


def test_contradicting_evidence_of_citizenship_is_contradicted() -> None:
    both = [rec("us_citizen", "no"), rec("nationality", ("US",), 10)]
    assert answers(*both) == ("contradicted",) * 3
    assert answers(*both, *facts(*FOREIGN[1:])) == ("contradicted",) * 3
    assert answers(both[1]) == ("yes", "yes", "yes")  # ended by a correction: the wrong record is withdrawn


def test_until_is_when_the_answer_stops_to_be_known() -> None:
    two = [rec("us_citizen", "yes", 0, 60), rec("permanent_residence", ("US",), 0, 80)]
    assert status(*two)[EAR].until == 80
    negatives = [rec(name, value, 0, until) for (name, value), until in zip(FOREIGN, (60, 70, 80, 90), strict=True)]
    assert status(*negatives)[EAR] == FactState(FactStatus.KNOWN, "no", 60)


def test_values_of_another_shape_say_nothing() -> None:
    odd = [rec("us_citizen", True), rec("nationality", "US"), rec("permanent_residence", "US"), rec("location", ("US",))]
    assert answers(*odd, rec("protected_individual", "citizen")) == ("unknown",) * 3


@settings(max_examples=300)
@given(records(STATUS), st.integers(0, 35))
def test_p1_taking_evidence_away_makes_no_status_known_or_another(held: list[FactRecord], now: int) -> None:
    before = status(*held, now=now)
    for gone in held:
        if quarrels(gone, held):
            continue
        after = status(*(each for each in held if each is not gone), now=now)
        for name in REGIMES:
            assert after[name].status is not FactStatus.KNOWN or after[name].value == before[name].value


@settings(max_examples=300)
@given(records(STATUS), st.integers(1, 35))
def test_p1_letting_evidence_expire_makes_no_status_known_or_another(held: list[FactRecord], now: int) -> None:
    if now in {each.verified_at for each in held}:
        return  # nothing may be cut off before the moment the last piece was verified: that would rewrite, not expire
    before = status(*held, now=now)
    for at, old in enumerate(held):
        if not old.verified_at < now < old.expires_at:
            continue
        cut = [*held[:at], rec(old.name, old.value, old.verified_at, now), *held[at + 1 :]]
        after = status(*cut, now=now)
        for name in REGIMES:
            assert after[name].status is not FactStatus.KNOWN or after[name].value == before[name].value


@settings(max_examples=200)
@given(records(STATUS), st.integers(0, 35))
def test_time_alone_makes_no_status_known_but_evidence_verified_by_then(held: list[FactRecord], now: int) -> None:
    if now + 1 in {each.verified_at for each in held}:
        return
    before, after = status(*held, now=now), status(*held, now=now + 1)
    for name in REGIMES:
        assert after[name].status is not FactStatus.KNOWN or after[name].value == before[name].value


@settings(max_examples=200)
@given(records(STATUS), st.integers(0, 35))
def test_nothing_turns_before_the_next_change(held: list[FactRecord], now: int) -> None:
    states, turn = states_at(held, "acme", now, REGIMES)
    for moment in range(now, min(turn, 36)):
        assert states_at(held, "acme", moment, REGIMES)[0] == states
