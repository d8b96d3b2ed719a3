"""The hold-back with the rules that ship: real secrets, cut anywhere, in every way in which a dialect says something."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors.rules import Rules
from safeconduct.safeguards.holdback import HoldBack, Stopped
from safeconduct.safeguards.plan import Plan
from safeconduct.terms.call import Dialect
from safeconduct.terms.safeguards import order
from safeconduct.wire.dialect import of
from safeconduct.wire.sse import events_of, rewritten
from support.telling_streams import WAYS, read
from support.wire_streams import messages_event

RULES = Rules()
SECRETS = {  # put together here, so that no scanner of repositories takes them for real ones
    "aws": "AKIA" + "Q3EGRNT5ZKWP7XYA",
    "github": "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "url": "postgres://ada:" + "v7Qp2xLm9Tzk@db.internal.net/main",
}
SPLIT = sorted(WAYS.keys() - {"messages two blocks", "messages citation"})
BEFORE, AFTER = "You can use it like this: ", " and then go on with the rest of the work."


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(at for at in cuts if at < len(text))})
    return [text[start:end] for start, end in pairwise(places)]


def sent(way: str, said: list[str], action: str) -> str:
    """What a client could read of a guarded stream, whether it was cut or not."""
    dialect, make = WAYS[way]
    hearing = of(dialect).hearing()
    guard = HoldBack(RULES, Plan([order(f"secrets answer {action}")]), rewritten)
    seen = b""
    try:
        for event in events_of(make(said)):
            seen += guard.take([(event, hearing.hear(event))], 0)
        seen += guard.finish(0)
    except Stopped:
        seen += b'data: {"delta":"(cut)"}\n\n'
    return read(dialect, seen)


@pytest.mark.parametrize("kind", sorted(SECRETS))
@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(WAYS.keys() - {"messages two blocks", "messages citation"})), st.lists(st.integers(1, 100), max_size=8)
)
def test_p4_no_part_of_a_secret_that_counts_was_sent(kind: str, way: str, cuts: list[int]) -> None:
    secret = SECRETS[kind]
    text = BEFORE + secret + AFTER
    told = sent(way, pieces(text, cuts), "cut")
    assert "(cut)" in told
    core = secret.split("@", maxsplit=1)[0][-12:]
    assert not any(core[at : at + 6] in told for at in range(len(core) - 5))
    redacted = sent(way, pieces(text, cuts), "redact")
    assert core not in redacted
    assert "[redacted:secrets:" in redacted


@pytest.mark.parametrize("way", sorted(WAYS))
def test_ordinary_words_pass(way: str) -> None:
    text = BEFORE + "no secrets here, only ordinary words; e = mc2, see page 12." + AFTER
    assert text.replace(" ", "") in sent(way, pieces(text, list(range(4, 100, 4))), "cut").replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("action", ["cut", "redact"])
@pytest.mark.parametrize("cuts", [[], [9], list(range(1, 40))])
def test_p4_a_secret_that_begins_a_block_is_found_whatever_word_the_block_before_ended_with(action: str, cuts: list[int]) -> None:
    """Clients show two blocks apart; joined, the last word of the first one would hide where the secret begins."""
    secret = SECRETS["github"]

    def block(index: int, said: list[str]) -> bytes:
        start = messages_event("content_block_start", index=index, content_block={"type": "text", "text": ""})
        deltas = [{"type": "text_delta", "text": each} for each in said]
        told = b"".join(messages_event("content_block_delta", index=index, delta=delta) for delta in deltas)
        return start + told + messages_event("content_block_stop", index=index)

    hearing = of(Dialect.MESSAGES).hearing()
    guard = HoldBack(RULES, Plan([order(f"secrets answer {action}")]), rewritten)
    seen = b""
    stopped = False
    try:
        for event in events_of(block(0, ["Here it is: hi"]) + block(1, pieces(secret, cuts)) + block(2, ["and on"])):
            seen += guard.take([(event, hearing.hear(event))], 0)
        seen += guard.finish(0)
    except Stopped:
        stopped = True
    told = read(Dialect.MESSAGES, seen)
    assert secret[4:] not in told
    assert stopped is (action == "cut")
    assert action == "cut" or "[redacted:secrets:1]" in told
