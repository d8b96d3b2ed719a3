"""When a signal leaves: at once, with its score, or after three seconds without; and the worker's sign of life."""

from __future__ import annotations

from dataclasses import dataclass, field

from safeconduct.gateway.announcer import MOST_MARKS, SCORE_WAIT, Announcer, merged
from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import Beat, CallSignal, Features, Scored, Seen, Signal

SCORED = Scored(Features(b"s" * 64, (1,), "en", 5), 0.01, 0.5, (Seen("misuse", "cyber", "request", 1, 0.01),))


@dataclass
class Put:
    lost: int = 0
    signals: list[Signal] = field(default_factory=list)
    flushed: int = 0
    closed: bool = False

    def put(self, signal: Signal) -> None:
        self.signals.append(signal)

    def flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        self.closed = True

    @property
    def calls(self) -> list[CallSignal]:
        return [each for each in self.signals if isinstance(each, CallSignal)]

    @property
    def beats(self) -> list[Beat]:
        return [each for each in self.signals if isinstance(each, Beat)]


@dataclass
class Socket:
    address: object

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.address if name == "peername" else default


def made() -> tuple[Announcer, Put]:
    spool = Put()
    return Announcer(spool, "boot", b"k" * 32), spool


def test_a_call_that_nobody_scores_is_told_at_once() -> None:
    announcer, spool = made()
    announcer.announce(CallSignal(1, "a"))
    assert spool.calls == [CallSignal(1, "a")]


def test_a_scored_call_is_told_with_its_score_whichever_came_first() -> None:
    announcer, spool = made()
    for call in ("a", "b"):
        announcer.expect(call)
    announcer.announce(CallSignal(1, "a"))
    assert spool.calls == []
    announcer.scored("a", SCORED)
    announcer.scored("b", SCORED)
    announcer.announce(CallSignal(2, "b"))
    assert spool.calls == [merged(CallSignal(1, "a"), SCORED), merged(CallSignal(2, "b"), SCORED)]
    assert spool.calls[0].misuse == 0.01


def test_a_score_that_does_not_come_is_waited_for_three_seconds() -> None:
    announcer, spool = made()
    announcer.expect("a")
    announcer.announce(CallSignal(10 * SECOND, "a"))
    announcer.tick(10 * SECOND + SCORE_WAIT - 1)
    assert spool.calls == []
    announcer.tick(10 * SECOND + SCORE_WAIT)
    assert spool.calls == [CallSignal(10 * SECOND, "a")]
    announcer.scored("a", SCORED)
    assert len(spool.calls) == 1


def test_what_the_machine_knew_stays_where_the_score_is_silent() -> None:
    own = CallSignal(1, "a", text_bytes=100, misuse=0.001, seen=(Seen("secrets", "aws", "request", 1),))
    told = merged(own, Scored(misuse=0.5, seen=(Seen("misuse", "cyber", "request", 1),)))
    assert (told.text_bytes, told.misuse, len(told.seen)) == (100, 0.001, 2)


def test_a_worker_says_each_second_that_it_lives_and_what_it_lost() -> None:
    announcer, spool = made()
    announcer.blind = ("rules",)
    spool.lost = 3
    announcer.announce(CallSignal(1, "a"))
    for tenth in range(25):
        announcer.tick(100 * SECOND + tenth * SECOND // 10)
    assert [beat.at for beat in spool.beats] == [100 * SECOND, 101 * SECOND, 102 * SECOND]
    assert (spool.beats[-1].announced, spool.beats[-1].lost, spool.beats[-1].blind) == (1, 3, ("rules",))
    assert spool.flushed == 25


def test_a_worker_that_ends_says_what_is_left_and_goodbye() -> None:
    announcer, spool = made()
    announcer.expect("a")
    announcer.announce(CallSignal(1, "a"))
    announcer.close(5)
    assert spool.calls == [CallSignal(1, "a")]
    assert spool.beats[-1].ended
    assert spool.closed


def test_p8_marks_tell_apart_and_tell_nothing() -> None:
    announcer, _ = made()
    headers = ((b"user-agent", b"codex/1"), (b"accept", b"*/*"))
    client, net, session = announcer.marks(headers, b"own", Socket(("192.0.2.7", 1234)))
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in (client, net, session))
    assert announcer.marks(headers, b"own", Socket(("192.0.2.7", 99))) == (client, net, session)
    assert announcer.marks((), b"codex/1", None) != ("", "", client), "kinds are told apart"
    assert Announcer(Put(), "boot", b"j" * 32).marks(headers, b"own", None)[0] != client
    assert announcer.marks((), b"", Socket("")) == ("", "", "")


def test_remembered_marks_are_bounded() -> None:
    announcer, _ = made()
    for number in range(MOST_MARKS + 10):
        announcer.marks((), str(number).encode(), None)
    assert len(announcer._marks) <= MOST_MARKS


def test_without_a_spool_nothing_is_done() -> None:
    announcer = Announcer()
    announcer.expect("a")
    announcer.announce(CallSignal(1, "a"))
    announcer.tick(1)
    announcer.close(1)
    assert announcer.marks(((b"user-agent", b"x"),), b"s", None) == ("", "", "")
