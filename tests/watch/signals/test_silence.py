"""Monitors that fall silent are said once, and said again when they are back."""

from __future__ import annotations

from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import Beat
from safeconduct.watch.signals.silence import FORGET, MOST_WRITERS, QUIET, Silence
from support.watching import MONDAY


def heard(silence: Silence, beat: Beat) -> list[tuple[str, str, bool]]:
    return [(each.monitor, each.why, each.back) for each in silence.heard(beat, beat.at)]


def looked(silence: Silence, at: int) -> list[tuple[str, str, bool]]:
    return [(each.monitor, each.why, each.back) for each in silence.look(at)]


def test_a_writer_that_falls_silent_is_said_once_and_again_when_it_is_back() -> None:
    silence = Silence()
    heard(silence, Beat(MONDAY, "boot"))
    assert looked(silence, MONDAY + QUIET) == []
    assert looked(silence, MONDAY + QUIET + 1) == [("signals of boot", "silent", False)]
    assert looked(silence, MONDAY + 2 * QUIET) == []
    assert heard(silence, Beat(MONDAY + 3 * QUIET, "boot")) == [("signals of boot", "heard", True)]


def test_a_writer_that_ended_in_order_is_let_go() -> None:
    silence = Silence()
    heard(silence, Beat(MONDAY, "boot"))
    heard(silence, Beat(MONDAY + SECOND, "boot", ended=True))
    assert looked(silence, MONDAY + 10 * QUIET) == []


def test_a_writer_that_stays_silent_is_let_go_after_an_hour() -> None:
    silence = Silence()
    heard(silence, Beat(MONDAY, "boot"))
    looked(silence, MONDAY + 2 * QUIET)
    assert looked(silence, MONDAY + FORGET + SECOND) == []
    assert heard(silence, Beat(MONDAY + FORGET + 2 * SECOND, "boot")) == []


def test_signals_that_were_lost_are_said() -> None:
    silence = Silence()
    assert heard(silence, Beat(MONDAY, "boot", lost=3)) == [("signals of boot", "lost", False)]
    assert heard(silence, Beat(MONDAY + SECOND, "boot", lost=3)) == []


def test_a_detector_that_does_not_find_its_own_sample_is_said_until_it_does() -> None:
    silence = Silence()
    assert heard(silence, Beat(MONDAY, "boot", blind=("rules",))) == [("rules", "canary", False)]
    assert heard(silence, Beat(MONDAY + 1, "boot", blind=("rules",))) == []
    assert heard(silence, Beat(MONDAY + 2, "boot")) == [("rules", "canary", True)]


def test_the_watch_says_of_itself_that_it_is_behind() -> None:
    silence = Silence()
    assert list(silence.lag(0, MONDAY, QUIET)) == []
    (late,) = silence.lag(2 * QUIET, MONDAY, QUIET)
    assert (late.monitor, late.why, late.back, late.since) == ("watch", "behind", False, MONDAY - 2 * QUIET)
    assert list(silence.lag(2 * QUIET, MONDAY, QUIET)) == []
    (back,) = silence.lag(0, MONDAY, QUIET)
    assert back.back


def test_writers_are_bounded() -> None:
    silence = Silence()
    for number in range(MOST_WRITERS + 10):
        heard(silence, Beat(MONDAY, f"boot-{number}"))
    assert len(looked(silence, MONDAY + 2 * QUIET)) == MOST_WRITERS
