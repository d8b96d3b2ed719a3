"""A stop is measured: from its moment to the last byte of the last cut call; and told when it is worth telling."""

from __future__ import annotations

from safeconduct.audit.entries import EnforcementApplied
from safeconduct.gateway.stops import BOUNDARY, CLOCK, LAST_WORDS, MAX_CAUSES, Stops, causes_of
from safeconduct.registry.changes import Change, News

NOW = 1_800_000_000_000_000


class Slow:
    """A connection whose caller takes its last words when told."""

    def __init__(self, left: int = 0) -> None:
        self.left = left
        self.aborted = False

    def unsent(self) -> int:
        return self.left

    def abort(self) -> None:
        self.aborted, self.left = True, 0


def stops() -> tuple[Stops, list[EnforcementApplied]]:
    told: list[EnforcementApplied] = []
    return Stops(told.append), told


def test_p5_a_stop_is_told_with_what_it_did() -> None:
    at, told = stops()
    stop = at.begin({"instrument.activated"}, 9, NOW - 1_000, NOW)
    stop.checked = 5
    slow = Slow(100)
    at.cut(Slow(), 9, NOW + 10)
    at.cut(slow, 9, NOW + 20)
    at.settle()
    at.look(NOW + 30)
    assert not told, "one caller has not taken the last words yet"
    assert at.busy
    slow.left = 0
    at.look(NOW + 40)
    [entry] = told
    assert (entry.activated_at, entry.applied_at, entry.at) == (NOW - 1_000, NOW, NOW + 40)
    assert (entry.checked, entry.cut, entry.kept, entry.registry_version) == (5, 2, 3, 9)
    assert (entry.last_byte_us, entry.last_byte_p50_us) == (1_040, 1_040)
    assert entry.causes == ("instrument.activated",)
    assert not at.busy


def test_p5_who_does_not_take_the_last_words_is_hung_up_on() -> None:
    at, told = stops()
    at.begin({BOUNDARY}, 9, NOW, NOW)
    slow = Slow(100)
    at.cut(slow, 9, NOW)
    at.settle()
    at.look(NOW + LAST_WORDS - 1)
    assert not slow.aborted
    at.look(NOW + LAST_WORDS)
    assert slow.aborted
    assert told[0].last_byte_us == LAST_WORDS


def test_nothing_is_told_before_everyone_was_looked_at() -> None:
    at, told = stops()
    at.begin({BOUNDARY}, 9, NOW, NOW)
    at.look(NOW)
    assert not told
    at.settle()
    at.look(NOW)
    assert [entry.cut for entry in told] == [0]


def test_daily_work_that_cut_nobody_is_not_told() -> None:
    at, told = stops()
    at.begin({"fact.recorded", "instrument.entered"}, 9, NOW, NOW)
    at.begin({"person.suspended"}, 9, NOW, NOW)
    at.settle()
    at.look(NOW)
    assert [entry.causes for entry in told] == [("person.suspended",)]


def test_a_right_that_lapses_by_the_clock_is_a_stop_of_its_own() -> None:
    at, told = stops()
    at.cut(Slow(), 9, NOW)
    at.look(NOW)
    assert [(entry.causes, entry.cut, entry.checked) for entry in told] == [((CLOCK,), 1, 1)]


def test_p5_what_falls_while_an_earlier_stop_waits_for_last_words_is_not_its_work() -> None:
    at, told = stops()
    at.begin({"instrument.activated"}, 9, NOW, NOW)
    at.cut(Slow(100), 9, NOW)
    at.settle()
    at.look(NOW)
    at.cut(Slow(), 9, NOW + 100)  # by the clock
    at.cut(Slow(), 9, NOW + 150)
    at.look(NOW + 200)
    at.begin({"key.revoked"}, 10, NOW + 300, NOW + 300)
    at.cut(Slow(), 10, NOW + 310)
    at.settle()
    at.look(NOW + LAST_WORDS)
    assert [(each.causes, each.cut) for each in told] == [((CLOCK,), 2), (("instrument.activated",), 1), (("key.revoked",), 1)]


def test_stops_under_way_are_told_when_the_worker_ends() -> None:
    at, told = stops()
    at.begin({BOUNDARY}, 9, NOW, NOW)
    at.cut(Slow(100), 9, NOW)
    at.finish(NOW + 10)
    assert [(each.cut, each.last_byte_us) for each in told] == [(1, 10)]
    assert not at.busy


def test_causes_are_bounded_and_name_nobody() -> None:
    at, _ = stops()
    assert len(at.begin({f"kind.{number}" for number in range(99)}, 1, 0, NOW).causes) == MAX_CAUSES
    changes = [Change(1, NOW, "o", "organization.suspended", "acme", {"reason": ""})]
    assert causes_of(News(0, 2, NOW, tuple(changes), frozenset({"person/ada", "key/k"}))) == {
        "organization.suspended",
        "person.changed",
        "key.changed",
    }
    assert causes_of(News(0, 2, NOW, (), None)) == {"population.changed"}
    assert causes_of(News(0, 2, NOW, (), frozenset({"key/k"}), frozenset({"key.revoked"}))) == {"key.changed", "key.revoked"}
