"""INVARIANT of the hold-back, tried in every way in which a dialect can say something, cut into chunks and events anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.safeguards.channels import EAGER
from safeconduct.safeguards.holdback import Bounds, HoldBack, Stopped
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import DetectorFailed
from safeconduct.safeguards.redaction import Placeholders
from safeconduct.terms.blocks import ToolCall
from safeconduct.terms.call import Dialect
from safeconduct.terms.findings import Action, Finding
from safeconduct.terms.moments import SECOND
from safeconduct.terms.safeguards import order
from safeconduct.wire.dialect import of
from safeconduct.wire.sse import events_of, rewritten
from support.fake_detectors import TOKEN, FakeDetectors, saying
from support.telling_streams import SEALED, WAYS, read, strings
from support.wire_streams import STREAMS

TEXT = f"Now take {TOKEN} and go on."
PLACEHOLDER = "[redacted:canaries:1]"


def plan(*words: str) -> Plan:
    return Plan([order(word) for word in words])


class Listener:
    """What a client of one guarded stream has seen."""

    def __init__(self, dialect: Dialect, what: Plan, **more: object) -> None:
        self.detectors = FakeDetectors()
        self.hearing = of(dialect).hearing()
        self.guard = HoldBack(self.detectors, what, rewritten, **more)  # type: ignore[arg-type]
        self.reader = of(dialect).stream_reader()
        self.kept = b""
        self.seen = b""
        self.now = 0

    def feed(self, chunk: bytes) -> None:
        self.reader.feed(chunk)
        self.kept += chunk
        size = len(self.kept) - self.reader.tail
        ready, self.kept = self.kept[:size], self.kept[size:]
        self.seen += self.guard.take([(event, self.hearing.hear(event)) for event in events_of(ready)], self.now)

    def play(self, stream: bytes, chunks: list[int]) -> bytes:
        """The whole stream, in chunks that end where it is said."""
        places = [0, *sorted(at for at in chunks if at < len(stream)), len(stream)]
        for start, end in pairwise(places):
            self.feed(stream[start:end])
        return self.end()

    def each(self, events: Iterable[bytes]) -> None:
        """Event by event."""
        for event in events:
            self.feed(event)

    def end(self) -> bytes:
        self.seen += self.guard.finish(self.now)
        return self.seen


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = [0, *sorted(at for at in cuts if 0 < at < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(places) if end > start]


splits = st.lists(st.integers(1, len(TEXT) - 1), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted({**WAYS, **SEALED})), splits, st.lists(st.integers(0, 4_000), max_size=5))
def test_p4_nothing_of_a_finding_was_ever_sent(way: str, cuts: list[int], chunks: list[int]) -> None:
    dialect, make = {**WAYS, **SEALED}[way]
    stream = make(pieces(TEXT, cuts))
    listener = Listener(dialect, plan("canaries answer cut"))
    with pytest.raises(Stopped) as stopped:
        listener.play(stream, chunks)
    assert stopped.value.verdict.action is Action.CUT
    assert stopped.value.verdict.reason is not None
    told = read(dialect, listener.seen) + "\n".join(strings(listener.seen))
    if way == "messages two blocks":  # the end of a block lets go what it held; but never all of a finding
        assert TOKEN not in told.replace("\n", "")
    elif way == "chat chances":
        assert "tok_" not in "".join(each for each in strings(listener.seen) if each not in ("x", "assistant"))
    else:
        assert "tok_" not in told


@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"messages two blocks"}))
def test_p4_every_chunk_split_gives_the_same_redacted_stream(way: str) -> None:
    dialect, make = WAYS[way]
    stream = make(pieces(TEXT, [12, 15, 20]))
    expected = None
    for at in range(0, len(stream), 1 if len(stream) < 1_500 else 3):
        listener = Listener(dialect, plan("canaries answer redact"))
        listener.feed(stream[:at])
        listener.feed(stream[at:])
        seen = listener.end()
        expected = expected or seen
        assert seen == expected, at
    assert expected is not None
    assert TOKEN not in "".join(strings(expected))
    told = [*strings(expected), read(dialect, expected)]
    clean = TEXT.replace(TOKEN, PLACEHOLDER)
    assert any(clean in each for each in told)
    assert len(events_of(expected)) == len(events_of(stream))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WAYS.keys() - {"messages two blocks"})), splits, st.lists(st.integers(0, 4_000), max_size=5))
def test_a_redacted_answer_says_everything_else(way: str, cuts: list[int], chunks: list[int]) -> None:
    dialect, make = WAYS[way]
    stream = make(pieces(TEXT, cuts))
    listener = Listener(dialect, plan("canaries both redact"))
    told = [*strings(listener.play(stream, chunks)), read(dialect, listener.seen)]
    assert any(TEXT.replace(TOKEN, PLACEHOLDER) in each for each in told)
    assert not any("tok_" in each for each in told)
    assert not listener.guard.waits


@pytest.mark.parametrize("way", sorted(SEALED))
def test_a_text_under_a_seal_is_cut_and_never_altered(way: str) -> None:
    dialect, make = SEALED[way]
    listener = Listener(dialect, plan("canaries answer redact"))
    with pytest.raises(Stopped) as stopped:
        listener.feed(make(pieces(TEXT, [12])))
    assert stopped.value.verdict.stops


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STREAMS), st.sampled_from([b"\n", b"\r\n"]), st.lists(st.integers(0, 4_000), max_size=5))
def test_a_stream_without_findings_passes_byte_for_byte(recorded: tuple, line_end: bytes, chunks: list[int]) -> None:  # type: ignore[type-arg]
    _, dialect, stream, _ = recorded
    stream = stream.replace(b"\n", line_end)
    listener = Listener(dialect, plan("canaries answer cut"))
    assert listener.play(stream, chunks) == stream


def test_text_that_is_not_open_leaves_at_once() -> None:
    listener = Listener(Dialect.CHAT, plan("canaries answer cut"))
    first, second = saying(Dialect.CHAT, "plain words"), saying(Dialect.CHAT, " and tok_12")
    listener.feed(first + second)
    assert listener.seen == first
    assert listener.guard.waits
    third = saying(Dialect.CHAT, " no, nothing")
    listener.feed(third)
    assert listener.seen == first + second + third
    assert not listener.guard.waits


def test_what_is_not_open_waits_no_longer_than_its_bound_and_keep_alives_flow() -> None:
    listener = Listener(Dialect.MESSAGES, plan("canaries answer cut"))
    listener.feed(saying(Dialect.MESSAGES, "plain words and tok_12"))
    alive = of(Dialect.MESSAGES).keepalive()
    assert listener.guard.tick(399_999, alive) == b""
    assert listener.guard.tick(400_000, alive) == saying(Dialect.MESSAGES, "plain words and ")
    assert listener.guard.tick(500_000, alive) == b""
    assert listener.guard.tick(400_000 + SECOND, alive) == alive
    assert listener.guard.tick(400_001 + SECOND, alive) == b""
    with pytest.raises(Stopped):
        listener.feed(saying(Dialect.MESSAGES, "34567890 x"))
    assert b"tok_" not in listener.seen


def test_a_part_that_left_early_is_not_said_again() -> None:
    listener = Listener(Dialect.MESSAGES, plan("canaries answer redact"))
    listener.feed(saying(Dialect.MESSAGES, f"one {TOKEN} two tok_12"))
    listener.seen += listener.guard.tick(SECOND, b"")
    listener.feed(saying(Dialect.MESSAGES, "34567890 three"))
    assert read(Dialect.MESSAGES, listener.end()) == "one [redacted:canaries:1] two [redacted:canaries:2] three"


def test_what_never_ends_is_stopped_at_the_bound() -> None:
    listener = Listener(Dialect.CHAT, plan("canaries answer redact"), bounds=Bounds(hold_bytes=64))
    listener.feed(saying(Dialect.CHAT, "words tok_"))
    with pytest.raises(Stopped) as stopped:
        listener.each([saying(Dialect.CHAT, "1234567890")] * 100)
    assert stopped.value.verdict.findings[0].kind == "unfinished"
    assert "tok_" not in read(Dialect.CHAT, listener.seen)
    assert "1234" not in read(Dialect.CHAT, listener.seen)


def test_a_large_event_whose_end_is_open_is_split_at_the_bound() -> None:
    listener = Listener(Dialect.CHAT, plan("canaries answer cut"), bounds=Bounds(hold_bytes=64))
    listener.feed(saying(Dialect.CHAT, "many words " * 200 + "tok_1"))
    assert read(Dialect.CHAT, listener.seen) == "many words " * 200
    listener.feed(saying(Dialect.CHAT, " fine"))
    assert read(Dialect.CHAT, listener.end()) == "many words " * 200 + "tok_1 fine"


def test_a_finding_that_spans_many_events_is_found_whatever_lies_between() -> None:
    quiet = b": keep-alive\n\n"
    listener = Listener(Dialect.CHAT, plan("canaries answer cut"))
    with pytest.raises(Stopped):
        listener.each(saying(Dialect.CHAT, letter) + quiet for letter in TEXT)
    assert "tok_" not in read(Dialect.CHAT, listener.seen)
    assert read(Dialect.CHAT, listener.seen) == "Now take "


def test_a_long_answer_is_forgotten_as_it_passes() -> None:
    listener = Listener(Dialect.CHAT, plan("canaries answer redact"))
    for number in range(300):
        listener.feed(saying(Dialect.CHAT, f"words {number} " * 20 + (f"{TOKEN}{number} " if number % 50 == 0 else "")))
    channel = listener.guard._channels["0.content"]
    assert len(channel.window) < 2_000
    assert channel.spans == []
    assert read(Dialect.CHAT, listener.end()).count("[redacted:canaries:") == 6
    assert len(listener.guard.findings) == 6
    assert listener.guard.scanned_bytes >= channel.end


def test_placeholders_of_the_request_are_turned_back_also_over_events() -> None:
    placeholders = Placeholders()
    placeholder = placeholders.take("secrets", 'a "quoted" secret')
    for way, wanted in (("chat text", 'key: a "quoted" secret.'), ("chat tool", '{"k": "a \\"quoted\\" secret"}')):
        dialect, make = WAYS[way]
        text = f"key: {placeholder}." if way == "chat text" else f'{{"k": "{placeholder}"}}'
        for cut in range(1, len(text)):
            listener = Listener(dialect, Plan.EMPTY, placeholders=placeholders)
            listener.feed(make(pieces(text, [cut, cut + 3])))
            assert wanted in read(dialect, listener.end()), cut


def test_what_is_put_back_is_no_finding_and_what_is_taken_out_is_never_put_back() -> None:
    placeholders = Placeholders()
    placeholder = placeholders.take("canaries", TOKEN)
    listener = Listener(Dialect.RESPONSES, plan("canaries both redact"), placeholders=placeholders)
    _, make = WAYS["responses text"]
    listener.feed(make([f"yours is {placeholder}, ", "mine tok_aaaaaaaaaa."]))
    told = read(Dialect.RESPONSES, listener.end())
    assert told.startswith(f"yours is {TOKEN}, mine [redacted:canaries:1].")
    assert "tok_aaaaaaaaaa" not in "".join(strings(listener.seen))


def test_a_tool_call_is_reviewed_before_its_last_event_leaves() -> None:
    asked: list[ToolCall] = []

    def review(call: ToolCall) -> list[Finding]:
        asked.append(call)
        return [Finding("tools", "destructive", f"tool_call[{call.id}]", said="it deletes")]

    for way in ("messages tool", "chat tool", "responses arguments"):
        dialect, make = WAYS[way]
        stream = make(['{"command":', ' "rm -rf /"}'])
        listener = Listener(dialect, plan("tools answer hold"), review=review)
        with pytest.raises(Stopped) as stopped:
            listener.each(events_of(stream))
        assert stopped.value.verdict.action is Action.HOLD
        assert asked[-1].arguments == '{"command": "rm -rf /"}'
        last = {"messages tool": b"content_block_stop", "chat tool": b'"tool_calls"}]', "responses arguments": b".done"}[way]
        assert last not in listener.seen
        assert b"rm -rf" in listener.seen  # its text may pass: nothing acts on it before the end
        calm = Listener(dialect, plan("tools answer hold"), review=lambda call: [])
        calm.feed(stream)
        assert calm.end() == stream


def test_to_be_told_needs_no_waiting() -> None:
    assert not plan("canaries both log", "tools answer warn").holds
    assert plan("canaries both log", "tools answer hold").holds
    for way, (dialect, make) in WAYS.items():
        if way == "messages two blocks":
            continue
        listener = Listener(dialect, plan("canaries both log"))
        stream = make(pieces(TEXT, [12, 15]))
        listener.guard.note(listener.hearing.skim(stream))
        listener.end()
        assert {(found.kind, found.detector) for found in listener.guard.findings} == {("token", "canaries")}, way
        assert listener.seen == b""


def test_a_detector_that_fails_is_told() -> None:
    listener = Listener(Dialect.CHAT, plan("canaries both log"))
    listener.detectors.broken = True
    with pytest.raises(DetectorFailed):
        listener.feed(saying(Dialect.CHAT, "x"))


def test_a_token_over_two_blocks_is_found_and_its_end_never_leaves() -> None:
    dialect, make = WAYS["messages two blocks"]
    listener = Listener(dialect, plan("canaries answer redact"))
    told = "".join(each for each in strings(listener.play(make(["Take tok_12345", "67890 now"]), [])) if len(each) > 3)
    assert "67890" not in told
    assert " now" in told


def test_p5_a_long_open_run_costs_no_scan_of_all_of_it_for_each_event() -> None:
    detectors = FakeDetectors()
    guard = HoldBack(detectors, plan("canaries answer cut"), rewritten)
    hearing = of(Dialect.MESSAGES).hearing()
    detectors.open = lambda text, /: 0
    asked = detectors.asked
    for _ in range(2_000):
        guard.take([(event := saying(Dialect.MESSAGES, "-"), hearing.hear(event))], 0)
    assert EAGER - 10 <= detectors.asked - asked < EAGER + 100


def test_what_was_put_off_is_scanned_when_time_passes_and_before_the_bound_stops_a_stream() -> None:
    detectors = FakeDetectors()
    guard = HoldBack(detectors, plan("canaries answer cut"), rewritten, bounds=Bounds(hold_bytes=1_000, hold_ms=400))
    hearing = of(Dialect.MESSAGES).hearing()
    event = saying(Dialect.MESSAGES, "x" * 900)
    plain, detectors.open = detectors.open, lambda text, /: 0
    assert guard.take([(event, hearing.hear(event))], 0) == b""
    detectors.open = plain
    short = saying(Dialect.MESSAGES, "y")
    assert guard.take([(short, hearing.hear(short))], 0) == b""
    assert guard.tick(400_000, b": alive") == event + short
    detectors.open = lambda text, /: 0
    assert guard.take([(event, hearing.hear(event))], 400_000) == b""
    detectors.open = plain
    left = b"".join(guard.take([(short, hearing.hear(short))], 400_000) for _ in range(102))
    assert left.count(b'"y"') + left.count(b"xxxx") > 100


def test_p4_a_token_that_a_put_off_scan_finds_when_time_passes_is_cut() -> None:
    detectors = FakeDetectors()
    guard = HoldBack(detectors, plan("canaries answer cut"), rewritten)
    hearing = of(Dialect.MESSAGES).hearing()
    plain, detectors.open = detectors.open, lambda text, /: 0
    for piece in ("x" * 900 + " ", TOKEN + " "):
        event = saying(Dialect.MESSAGES, piece)
        assert guard.take([(event, hearing.hear(event))], 0) == b""
    detectors.open = plain
    with pytest.raises(Stopped):
        guard.tick(400_000, b": alive")
