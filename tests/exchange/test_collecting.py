"""What a model wrote, put together from any pieces, within bounds; and what its caller had sent."""

from __future__ import annotations

import pytest

from safeconduct.exchange import collecting
from safeconduct.exchange.collecting import PIECE, Collected, asked
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.scans import Part, Place
from safeconduct.wire.dialect import of
from safeconduct.wire.sse import events_of
from support.telling_streams import SEALED, WAYS

PLACE = Place("call_1", "acme", "weld", "mythos", "leaf")
WRITTEN = {name: way for name, way in (WAYS | SEALED).items() if name != "messages citation"}  # a quote of what was sent
SAID = "the passage that was answered"


def told(collected: Collected) -> list[tuple[Origin, str]]:
    return [(each.origin, each.text) for each in collected.questions()]


@pytest.mark.parametrize("skimmed", [True, False])
@pytest.mark.parametrize("way", WRITTEN)
def test_what_a_model_writes_is_put_together_whatever_the_events_are(way: str, skimmed: bool) -> None:
    """Every way in which a dialect's stream can say a text, cut into pieces: read event by event, or many at once."""
    dialect, make = WRITTEN[way]
    stream = make([SAID[start : start + 5] for start in range(0, len(SAID), 5)])
    hearing, collected = of(dialect).hearing(), Collected(PLACE)
    for heard in [hearing.skim(stream)] if skimmed else [hearing.hear(event) for event in events_of(stream)]:
        collected.hear(heard)
    assert any(SAID in text for _, text in told(collected))


def test_what_came_whole_counts_and_what_the_model_did_not_write_does_not() -> None:
    collected = Collected(PLACE)
    blocks = [Block("$", "own", Origin.ASSISTANT), Block("$", "{}", Origin.TOOL_CALL), Block("$", "msg_1", Origin.OTHER)]
    collected.read(blocks * 2)
    assert told(collected) == [(Origin.ASSISTANT, "own"), (Origin.TOOL_CALL, "{}"), (Origin.ASSISTANT, "")]
    assert {each.part for each in collected.questions()} == {Part.ANSWER}


def test_the_end_is_told_even_where_nothing_was_said() -> None:
    assert told(Collected(PLACE)) == [(Origin.ASSISTANT, "")]


def test_an_answer_is_collected_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST", 10)
    collected = Collected(PLACE)
    collected.read([Block("$", text * 6, Origin.ASSISTANT) for text in "abc"])
    assert [text for _, text in told(collected)] == ["aaaaaa", "bbbb", ""]


def test_a_long_request_is_told_in_pieces_that_overlap() -> None:
    text = "".join(chr(97 + number % 26) for number in range(PIECE * 2))
    pieces = [each.text for each in asked(PLACE, [Block("$", text, Origin.USER)])]
    assert all(len(each) <= PIECE for each in pieces)
    whole = pieces[0] + "".join(each[collecting.OVERLAP :] for each in pieces[1:])
    assert whole == text
    (only,) = asked(PLACE, [])
    assert (only.text, only.part) == ("", Part.PROMPT), "that nothing was sent is known, too"
