"""Signals kept as Parquet, hunted through day by day: every indicator, crashes in between, erasure, and hostile words."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from safeconduct.inquiry.hunt import Condition, Example, Fingerprint, Hunt, Pattern, Seen, Shape, checked, sentence
from safeconduct.storage.duckdb.history import SignalHistory, day_of
from safeconduct.storage.duckdb.hunting import Hunting
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import CallSignal
from safeconduct.terms.signals import Seen as SeenThere

DAY = 86_400 * SECOND
START = 20_000 * DAY
BIG = 2**64 - 5


def signal(number: int, person: str = "ada", *, day: int = 0, hour: int = 10, **more: object) -> CallSignal:
    at = START + day * DAY + hour * 3600 * SECOND + number
    return CallSignal(
        at=at, call=f"call_{number}", person=person, organization="acme", outcome="served", **{"model": "m-1", **more}
    )  # type: ignore[arg-type]


def kept(folder: Path, signals: list[CallSignal]) -> Path:
    history = SignalHistory(folder / "signals")
    for each in signals:
        history.add([each], each.at)
    history.flush(START)
    return folder / "signals"


def found(folder: Path, history: Path, indicator: object, **more: object) -> dict[str, int]:
    hunt = checked(Hunt("h-1", indicator, 0, **more))  # type: ignore[arg-type]
    hunting = Hunting(history, folder / f"partials-{random.random()}", hunt)
    list(hunting.run())
    result = {each.who: each.hits for each in hunting.found()}
    hunting.close()
    return result


def test_a_fingerprint_is_found_where_enough_is_shared(tmp_path: Path) -> None:
    history = kept(
        tmp_path,
        [
            signal(1, shingles=(1, 2, 3, BIG)),
            signal(2, "bea", shingles=(1, 9, 10)),
            signal(3, "bea", day=2, shingles=(2, 3, BIG)),
            signal(4, agent="bot", shingles=(1, 2, BIG)),
        ],
    )
    assert found(tmp_path, history, Fingerprint((1, 2, 3, BIG), 3)) == {"person/ada": 1, "person/bea": 1, "agent/bot": 1}
    assert found(tmp_path, history, Fingerprint((1, 2, 3, BIG), 4)) == {"person/ada": 1}


def test_an_example_finds_what_is_about_the_same(tmp_path: Path) -> None:
    chance = random.Random(1)
    here = bytes(chance.randrange(256) for _ in range(64))
    near = bytes((each + 1) % 256 if each not in (127, 255) else each for each in here)
    history = kept(
        tmp_path,
        [signal(1, sketch=near), signal(2, "bea", sketch=bytes(64)), signal(3, "cid"), signal(4, "dan", sketch=here[::-1])],
    )
    assert found(tmp_path, history, Example(here, 0.9)) == {"person/ada": 1}


def test_what_a_detector_saw_is_found_by_kind_and_direction(tmp_path: Path) -> None:
    saw = (SeenThere("secrets", "aws_access_key", "request", 1), SeenThere("markings", "cui", "answer", 2))
    history = kept(tmp_path, [signal(1, seen=saw), signal(2, "bea")])
    assert found(tmp_path, history, Seen("secrets")) == {"person/ada": 1}
    assert found(tmp_path, history, Seen("secrets", "aws_access_key", "request")) == {"person/ada": 1}
    assert found(tmp_path, history, Seen("secrets", direction="answer")) == {}
    assert found(tmp_path, history, Seen("markings", "secret")) == {}


def test_a_shape_of_behavior_is_put_together_over_days(tmp_path: Path) -> None:
    signals = [signal(n, day=n % 3, hour=2, model=f"m-{n % 4}", refused=n % 2 == 0) for n in range(24)]
    signals += [signal(100 + n, "bea", day=n % 3) for n in range(24)]
    history = kept(tmp_path, signals)
    night = Shape((Condition("calls", 24), Condition("days", 3, 3), Condition("night_share", 0.9), Condition("models", 4)))
    assert set(found(tmp_path, history, night)) == {"person/ada"}
    assert set(found(tmp_path, history, Shape((Condition("refusal_share", at_most=0.1),)))) == {"person/bea"}
    assert set(found(tmp_path, history, Shape((Condition("busiest_hour", 8),)))) == {"person/ada", "person/bea"}


def test_time_organization_and_model_bound_a_hunt(tmp_path: Path) -> None:
    history = kept(tmp_path, [signal(1, day=0), signal(2, "bea", day=5)])
    every = Shape((Condition("calls", 1),))
    assert set(found(tmp_path, history, every, until=START + DAY)) == {"person/ada"}
    assert found(tmp_path, history, every, organizations=("globex",)) == {}
    assert set(found(tmp_path, history, every, models=("m-1", "m-2"))) == {"person/ada", "person/bea"}


def test_a_hunt_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    history = kept(tmp_path, [signal(n, day=n % 5, shingles=(1, 2)) for n in range(50)])
    hunt = Hunt("h-1", Fingerprint((1, 2), 2), 0)
    first = Hunting(history, tmp_path / "p", hunt)
    walk = first.run()
    done = [next(walk), next(walk)]
    first.close()
    (tmp_path / "p" / f"{first.days()[2]}.new").write_bytes(b"half a file")  # struck while writing
    again = Hunting(history, tmp_path / "p", hunt)
    rest = list(again.run())
    assert done + rest == again.days()
    (one,) = again.found()
    assert (one.who, one.hits, len(one.calls)) == ("person/ada", 50, 20)
    again.close()


@pytest.mark.parametrize("word", ["'; DROP TABLE found; --", "$files", "\x00", "x' OR 1=1 --", "\N{ROMAN NUMERAL ONE}"])
def test_words_of_a_hunt_are_never_part_of_a_statement(tmp_path: Path, word: str) -> None:
    history = kept(tmp_path, [signal(1, seen=(SeenThere("secrets", "k", "request", 1),))])
    assert found(tmp_path, history, Seen(word, word)) == {}
    assert found(tmp_path, history, Seen("secrets"), organizations=(word,)) == {}


def test_p8_of_an_erased_person_nothing_is_left_in_any_file(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    history.add([signal(1, "telltale-person"), signal(2, "bea"), signal(3, agent="telltale-bot", person="")], START)
    history.flush(START)
    history.add([signal(4, "telltale-person", day=1)], START + 1)
    assert history.forget("telltale-person", ["telltale-bot"]) == 3
    history.flush(START)
    files = list((tmp_path / "signals").rglob("*"))
    assert files
    assert not any(b"telltale" in path.read_bytes() for path in files if path.is_file())
    assert set(found(tmp_path, tmp_path / "signals", Shape((Condition("calls", 1),)))) == {"person/bea"}


def test_p8_whoever_is_not_known_any_more_is_taken_out_on_disk_and_before(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    history.add([signal(1, "gone"), signal(2, "bea"), signal(3, agent="left", person="")], START)
    history.flush(START)
    history.add([signal(4, "gone"), signal(5, "bea")], START + 1)
    assert history.forget_unknown(lambda who: who == "person/bea") == 3
    history.flush(START)
    assert found(tmp_path, tmp_path / "signals", Shape((Condition("calls", 1),))) == {"person/bea": 2}


def test_days_that_are_over_become_one_file_and_old_ones_go(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    for number in range(6):
        history.add([signal(number, day=number % 2)], START)
        history.flush(START)
    history.tidy(START + DAY, days=30)
    first, second = sorted(path for path in (tmp_path / "signals").iterdir() if path.is_dir())
    assert (len(list(first.glob("*.parquet"))), len(list(second.glob("*.parquet")))) == (1, 3)
    history.tidy(START + 40 * DAY, days=30)
    assert [path for path in (tmp_path / "signals").iterdir() if path.is_dir()] == []


def test_a_crash_between_merging_and_removing_doubles_nothing(tmp_path: Path) -> None:
    history = SignalHistory(tmp_path / "signals")
    for number in range(3):
        history.add([signal(number)], START)
        history.flush(START)
    day = tmp_path / "signals" / day_of(START)
    parts = {path.name: path.read_bytes() for path in day.glob("*.parquet")}
    history.tidy(START + DAY, days=30)
    (whole,) = day.glob("*.parquet")
    for name, data in parts.items():  # struck before the parts were removed
        (day / name).write_bytes(data)
    whole.with_suffix(".replaces").write_text("\n".join(parts))
    assert found(tmp_path, tmp_path / "signals", Shape((Condition("calls", 1),))) == {"person/ada": 3}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": ""}, "id"),
        ({"id": "Über"}, "id"),
        ({"since": 5, "until": 5}, "until"),
        ({"v": 2}, "v"),
        ({"indicator": Fingerprint((1, 2), 3)}, "indicator.shingles"),
        ({"indicator": Example(b"x", 0.5)}, "indicator.sketch"),
        ({"indicator": Example(b"x" * 64, 0.0)}, "indicator.similarity"),
        ({"indicator": Seen("")}, "indicator.detector"),
        ({"indicator": Shape(())}, "indicator.conditions"),
        ({"indicator": Shape((Condition("1; --", 1),))}, "indicator.conditions[0]"),
        ({"indicator": Shape((Condition("calls"),))}, "indicator.conditions[0]"),
        ({"indicator": Pattern("ab")}, "indicator.text"),
    ],
)
def test_what_is_no_hunt_is_refused_with_its_place(change: dict[str, object], where: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(msgspec.structs.replace(Hunt("h-1", Seen("secrets"), 0), **change))
    assert [fault.where for fault in refused.value.faults] == [where]


def test_every_indicator_has_a_sentence_without_its_content() -> None:
    for indicator in (
        Fingerprint((1,), 1),
        Example(bytes(64)),
        Seen("secrets", "k", "answer"),
        Shape((Condition("calls", 1, 2),)),
    ):
        assert sentence(Hunt("h", indicator, 0))
    assert "telltale" not in sentence(Hunt("h", Pattern("telltale"), 0))


def test_many_days_give_the_same_as_counting_by_hand(tmp_path: Path) -> None:
    chance = random.Random(7)
    signals = [
        signal(n, f"p{chance.randrange(6)}", day=chance.randrange(7), shingles=tuple(chance.sample(range(12), 4)))
        for n in range(400)
    ]
    wanted = {1, 3, 5, 7}
    by_hand = Counter(f"person/{each.person}" for each in signals if len(wanted & set(each.shingles)) >= 2)
    assert found(tmp_path, kept(tmp_path, signals), Fingerprint(tuple(wanted), 2)) == dict(by_hand)
