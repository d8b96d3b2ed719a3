"""What does a rule's word about a safeguard mean? Reads ``DETECTOR[.KIND] DIRECTION ACTION[ at RATE]``.

Detectors of our own have plain names, listed here with what they read. One that somebody else wrote carries a hyphen in its
name (``acme-codewords``), so that the two never meet; whether it is enabled is known where the settings are.
"""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.terms.blocks import Direction
from safeconduct.terms.findings import Action

REDACT: Final = "redact"
"""The duty whose value is a detector's name, and which means ``NAME both redact``."""

RATE: Final = 0.001
"""A finding counts when at most this share of benign texts looks so, unless a rule names another rate."""

JUDGE: Final = "judge"
"""The judge model, as a detector: asked about texts that the models find doubtful (``judge``), or about everything that the user
says for the first time (``judge.all``). Its rate is what the judge is short of certainty."""

REUSE: Final = "reuse"
"""Restricted output that reappears, as a detector. In answers it remembers what was answered, so ``log`` is all it can be asked
there; in requests it looks for what others were answered."""

UNCERTAIN: Final = 0.5
"""A judgment counts when the judge is at least this sure, unless a rule names another rate."""

EVERYTHING: Final = "all"

BOTH: Final = frozenset(Direction)
_REQUEST: Final = frozenset({Direction.REQUEST})
_ANSWER: Final = frozenset({Direction.ANSWER})

DETECTORS: Final = {
    "secrets": BOTH,
    "markings": BOTH,
    "personal": BOTH,
    "canaries": BOTH,
    "provenance": _REQUEST,
    "injection": _REQUEST,
    "misuse": _REQUEST,
    JUDGE: _REQUEST,
    REUSE: BOTH,
    "tools": _ANSWER,
}
"""Our own detectors, and which directions each one reads."""

_DIRECTIONS: Final = {"request": _REQUEST, "answer": _ANSWER, "both": BOTH}
_ACTIONS: Final = {action.name.lower(): action for action in Action}
_WORDS: Final = 3
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_LONGEST: Final = 64


class Order(msgspec.Struct, frozen=True):
    """What one rule asks: ``kind`` is empty where every kind is meant; ``rate`` a share of benign texts, above 0, at most 1.

    ``everything``: the judge is to be asked about every text of the user, and not only about doubtful ones.
    """

    detector: str
    kind: str
    directions: frozenset[Direction]
    action: Action
    rate: float = RATE
    rule: str = ""
    everything: bool = False


def order(value: str, rule: str = "") -> Order:
    """The order that a ``safeguard`` duty's value stands for. Raises ValueError with a sentence that says what is wrong."""
    words = value.split(" ")
    rate = RATE
    if len(words) == _WORDS + 2 and words[_WORDS] == "at":
        rate = _rate(words[-1])
    elif len(words) != _WORDS:
        raise ValueError("it is not written as DETECTOR[.KIND] DIRECTION ACTION[ at RATE]")
    named, asked, done = words[:_WORDS]
    detector, dot, kind = named.partition(".")
    if not _plain(detector) or (dot and not _plain(kind)):
        raise ValueError(f'"{named[:_LONGEST]}" is no name of a detector, or of one and a kind of finding')
    if detector not in DETECTORS and "-" not in detector:
        raise ValueError(f'there is no detector "{detector}"; there are {", ".join(DETECTORS)}, and plugins with a hyphen')
    if asked not in _DIRECTIONS:
        raise ValueError(f'"{asked[:_LONGEST]}" is no direction; write request, answer or both')
    if done not in _ACTIONS:
        raise ValueError(f'"{done[:_LONGEST]}" is no action; write {", ".join(_ACTIONS)}')
    action, reads = _ACTIONS[done], DETECTORS.get(detector, _REQUEST)
    if asked != "both" and not _DIRECTIONS[asked] <= reads:
        raise ValueError(f'"{detector}" reads the {min(reads)} only, so write {detector} {min(reads)} {done}')
    if detector == "tools" and action in (Action.REDACT, Action.JUSTIFY):
        raise ValueError(f"a tool call cannot be answered with {done}; write log, warn, hold, block or cut")
    if detector == REUSE and action is not Action.LOG and Direction.ANSWER in _DIRECTIONS[asked]:
        raise ValueError(f"answers are remembered, not stopped; write {detector} answer log, and {detector} request {done}")
    if detector == REUSE and action is Action.REDACT:
        raise ValueError("what is repeated has no place that could be taken out; write log, warn, justify, hold or block")
    if detector == JUDGE and action is Action.REDACT:
        raise ValueError("the judge names no place that could be taken out; write log, warn, justify, hold or block")
    everything = detector == JUDGE and kind == EVERYTHING
    if detector == JUDGE and len(words) == _WORDS:
        rate = UNCERTAIN
    return Order(detector, "" if everything else kind, _DIRECTIONS[asked] & reads, action, rate, rule, everything)


def redacting(value: str, rule: str = "") -> Order:
    """The order that a ``redact`` duty stands for. Raises ValueError."""
    return order(f"{value} both redact", rule)


def _plain(name: str) -> bool:
    return 0 < len(name) <= _LONGEST and name[0] not in "-_" and _NAME.issuperset(name)


def _rate(word: str) -> float:
    digits = word.replace(".", "", 1)
    if len(word) > _LONGEST or not digits.isascii() or not digits.isdigit() or not 0 < float(word) <= 1:
        raise ValueError(f'"{word[:_LONGEST]}" is no rate; write a share of benign texts above 0, such as 0.001')
    return float(word)
