"""Evidence as an officer records it: what makes somebody a U.S. person or a foreign one, and random records of it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from safeconduct.registry.records import FactRecord
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactValue

CITIZEN: tuple[tuple[str, FactValue], ...] = (("us_citizen", "yes"),)
FOREIGN: tuple[tuple[str, FactValue], ...] = (
    ("us_citizen", "no"),
    ("permanent_residence", "none"),
    ("protected_individual", "none"),
)
ABROAD: tuple[str, FactValue] = ("location", "DE")

STATUS: dict[str, Sequence[FactValue]] = {
    "us_citizen": ["yes", "no"],
    "nationality": [("US",), ("FR",), ("FR", "US"), ("IR",)],
    "permanent_residence": [("US",), ("CA",), "none"],
    "protected_individual": ["national", "refugee", "asylee", "temporary_resident", "none"],
    "location": ["US", "DE"],
}
OTHERS: dict[str, Sequence[FactValue]] = {
    "nationality.recent": ["FR", "US"],
    "residence": ["US", "IR"],
    "vetting": ["enhanced", "basic"],
    "training": [("cyber",), ("other",)],
    "employed_there": [True, False],
}
_ONE_PROPOSITION = frozenset({"us_citizen", "nationality"})  # both say whether the person is a citizen of the United States


def rec(name: str, value: FactValue, since: Moment = 0, until: Moment = FOREVER) -> FactRecord:
    return FactRecord(1, name, value, "passport", "verifier", "document", since, until)


def records(values: dict[str, Sequence[FactValue]], most: int = 7) -> st.SearchStrategy[list[FactRecord]]:
    """Records of these facts; verified between 0 and 20, expiring within 11 or never."""

    def some(name: str) -> st.SearchStrategy[FactRecord]:
        return st.builds(
            lambda value, since, length: rec(name, value, since, FOREVER if length == 12 else since + length),
            st.sampled_from(values[name]),
            st.integers(0, 20),
            st.integers(1, 12),
        )

    return st.lists(st.sampled_from(sorted(values)).flatmap(some), max_size=most)


def people() -> st.SearchStrategy[list[FactRecord]]:
    """People about whom most is known: for each fact of status nothing, one record (often without an end), or two."""

    def about(name: str) -> st.SearchStrategy[list[FactRecord]]:
        lasting = st.builds(lambda value, since: [rec(name, value, since)], st.sampled_from(STATUS[name]), st.integers(0, 10))
        return st.one_of(lasting, lasting, lasting, records({name: STATUS[name]}, 2))

    return st.tuples(*(about(name) for name in STATUS)).map(lambda parts: [each for part in parts for each in part])


def quarrels(record: FactRecord, others: Sequence[FactRecord]) -> bool:
    """Whether a record may stand against another one: then withdrawing it is a correction, and may settle the matter."""
    group = _ONE_PROPOSITION if record.name in _ONE_PROPOSITION else {record.name}
    return any(
        other.value != record.value and other.verified_at < record.expires_at and record.verified_at < other.expires_at
        for other in others
        if other.name in group
    )
