"""Canaries and parts of documents are found by keyed hashes, and the lists tell neither."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.detectors import canaries
from safeconduct.detectors.rules import Rules
from safeconduct.terms.blocks import Origin
from support import detecting

_KEY = b"k" * 16
_TEXT = (
    "The qualification programme for the northern manufacturing line begins in the third quarter, and the supplier of the "
    "composite housings will deliver seventeen prototypes before the environmental chamber becomes available again."
)


def test_a_canary_is_found_in_any_form() -> None:
    assert detecting.seen(f"see {detecting.CANARY}, please", "canaries") == [("canary", detecting.CANARY)]
    assert detecting.seen(f"see {detecting.CANARY.encode().hex()} please", "canaries") != []
    assert detecting.seen("see zebra-crossing-canary-78, please", "canaries") == []


def test_a_part_of_a_document_is_found_whatever_its_layout() -> None:
    rules = Rules(canaries=canaries.of(_KEY, documents=[_TEXT]))
    part = _TEXT[60:190].replace(" ", "\n  ").upper()
    found = rules.scan_text("$", f"summarize: {part}", Origin.USER)
    assert {one.kind for one in found} == {"document"}
    assert rules.scan_text("$", "The qualification of nurses in northern hospitals begins in spring.", Origin.USER) == []


def test_p8_the_lists_hold_no_word_of_what_they_know() -> None:
    told = msgspec.json.encode(canaries.of(_KEY, [detecting.CANARY], [_TEXT]))
    assert b"zebra" not in told
    assert b"qualification" not in told
    assert canaries.fingerprint(_KEY, detecting.CANARY) != canaries.fingerprint(b"other-key-16-by.", detecting.CANARY)


@pytest.mark.parametrize("word", ["short", "two words are none", "x" * 65])
def test_what_is_no_canary_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="a canary has"):
        canaries.fingerprint(_KEY, word)
