"""What is remembered of one person stays within 8 KB, whatever is seen."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.signals import CallSignal, IdentitySignal, Seen, Signal
from safeconduct.watch.subject import MOST_BYTES, fresh, note, pack, remember, unpack
from support.watching import DAY, HOUR, MONDAY, told, watch

LONG = "x" * 300
names = st.sampled_from([LONG, *(f"{number}{'y' * 90}" for number in range(40))])
calls = st.builds(
    CallSignal,
    at=st.integers(MONDAY, MONDAY + 40 * DAY),
    call=names,
    person=st.just("ann"),
    organization=names,
    project=names,
    purpose=names,
    requested=names,
    code=st.sampled_from(["", "model_not_found", "safeguard_secrets"]),
    refused=st.booleans(),
    client=names,
    net=names,
    session=names,
    tools=st.lists(names, max_size=32).map(tuple),
    language=names,
    sketch=st.binary(min_size=64, max_size=64),
    shingles=st.lists(st.integers(0, 2**64 - 1), max_size=64).map(tuple),
    misuse=st.floats(0, 1),
    seen=st.just((Seen("tools", LONG, "answer", 3),)),
)
logins = st.builds(
    IdentitySignal,
    at=st.integers(MONDAY, MONDAY + 40 * DAY),
    person=st.just("ann"),
    kind=st.sampled_from(["login", "credential_leaked"]),
    device=names,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    country=names,
    source=names,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(calls, logins), min_size=20, max_size=120))
def test_a_person_takes_at_most_8_kb(signals: list[Signal]) -> None:
    over = watch()
    told(over, sorted(signals, key=lambda each: each.at))
    subject = over.memory.peek("person/ann")
    assert subject is not None
    assert len(pack(subject)) <= MOST_BYTES
    assert unpack(pack(subject)) == subject


def test_somebody_seen_everywhere_for_months_takes_at_most_8_kb() -> None:
    over = watch()
    for number in range(6_000):
        told(
            over,
            [
                CallSignal(
                    at=MONDAY + number * HOUR // 2,
                    call=f"call_{'0' * 30}_{number}",
                    person="ann",
                    organization="organization-" * 5,
                    purpose="purpose-" * 8,
                    project="project-" * 8,
                    code="model_not_found",
                    requested=f"?{number:064x}",
                    refused=number % 2 == 0,
                    client=f"{number % 50:016x}",
                    net=f"{number % 70:016x}",
                    session=f"{number:016x}",
                    tools=tuple(f"tool-{number}-{place}" for place in range(8)),
                    language=f"{number % 20:03}",
                    sketch=bytes((number * place) % 256 for place in range(1, 65)),
                    shingles=tuple(range(number, number + 64)),
                    misuse=1e-5,
                    seen=(Seen("tools", "k", "answer", 9),),
                )
            ],
        )
    subject = over.memory.peek("person/ann")
    assert subject is not None
    assert len(pack(subject)) <= MOST_BYTES


def test_a_bounded_table_lets_the_oldest_go() -> None:
    table: dict[str, int] = {}
    assert remember(table, "a", 1, 2)
    assert remember(table, "b", 1, 2)
    assert not remember(table, "a", 2, 2)
    assert remember(table, "c", 1, 2)
    assert table == {"a": 2, "c": 1}


def test_few_calls_are_noted_and_they_are_cut() -> None:
    calls: list[str] = []
    for number in range(9):
        note(calls, f"{number}{LONG}")
    assert [call[0] for call in calls] == ["5", "6", "7", "8"]
    assert max(len(call) for call in calls) == 40


def test_bytes_of_another_version_are_no_subject() -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack(b"\x92\x01\x02")
    assert unpack(pack(fresh("person/ann", 7))).first == 7
