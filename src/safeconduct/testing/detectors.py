"""Does a detector keep the contract of ``safeconduct.detectors.contract``? For the tests of whoever writes one.

def test_my_detector_conforms() -> None:
    conforms(MyDetector(), examples=["a text in which it finds something"])
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from safeconduct.detectors.contract import Inline, Manifest
from safeconduct.terms.blocks import Block, Direction, Origin
from safeconduct.terms.findings import Finding

QUOTED: Final = 6
"""Characters in a row that a description may share with what was found; more would be content."""

_ALPHABET: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-.")
_ODD: Final = (
    "",
    "\x00",
    "\ud800 lone \udfff",
    "a\x00b" * 100,
    "\u202e\u200b\ufeff" * 50,
    "İßﬁ𝔘\U0010ffff" * 40,
    "e\u0301" * 200,
    "\r\n\t\v\f" * 40,
    '{"a": "\\u0000\\n"}',
    "%%%00%zz%4",
    "=" * 500,
    '"' * 501,
    "\\" * 501,
    "-----BEGIN PRIVATE KEY-----",
    "://a:b@" * 100,
)
_FLOODS: Final = (
    "A",
    "(",
    "0 ",
    "AKIA\n",
    "QUtJ",
    "a@b.c ",
    "\u200b",
    '"+"',
    "%41",
    "password is ",
    "-----BEGIN PRIVATE KEY-----\n",
)
_MEGABYTE: Final = 1_000_000
_GROWTH: Final = 3.0  # of the time for each character when the text is eight times as long; 8 would be quadratic
_FLOOR_S: Final = 0.02  # times below it are noise
_TRIES: Final = 3


class Broken(AssertionError):
    """A detector does not keep the contract; the sentence says where."""


def _hold(good: bool, what: str) -> None:
    if not good:
        raise Broken(what)


def conforms(detector: Inline, *, examples: Sequence[str] = (), clock: Callable[[], float] = time.process_time) -> None:
    """Try a detector against everything that the contract says. Raises :class:`Broken` with the first fault found.

    In each of ``examples`` it has to find something. ``clock`` gives seconds of processor time. Takes some seconds.
    """
    manifest(detector.manifest)
    texts = (*examples, *_ODD, *(flood * (2_000 // len(flood)) for flood in _FLOODS))
    for text in texts:
        findings(detector, text)
    for example in examples:
        _hold(bool(detector.scan([_block(example)])), "it finds nothing in one of the examples")
    together = [_block(text, place) for place, text in enumerate(texts)]
    _spans(detector, together, detector.scan(together))
    _hold(detector.scan([]) == [], "it finds something where there is nothing")
    for flood in (*_FLOODS, *examples):
        linear(detector, flood, clock)


def manifest(told: Manifest) -> None:
    """The manifest says what it has to, in a form that fits into rules and entries."""
    _hold(
        bool(told.name) and _ALPHABET.issuperset(told.name) and "." not in told.name,
        "its name has other signs than a-z, 0-9, _ and -",
    )
    _hold(
        bool(told.version) and len(told.version) <= 64 and told.version.isprintable(), "its version is empty, long or unprintable"
    )
    _hold(bool(told.reads) and told.reads <= frozenset(Direction), "it reads neither requests nor answers")
    _hold(bool(told.origins) and told.origins <= frozenset(Origin), "it reads what nobody wrote")
    _hold(0 < told.deadline_ms <= 60_000, "its deadline is not within a minute")
    _hold(told.on_failure in ("refuse", "pass"), "it does not say what its failure means")


def findings(detector: Inline, text: str) -> list[Finding]:
    """One text: no exception, the same again, spans within it, and nothing of it in the descriptions."""
    blocks = [_block(text)]
    try:
        found = detector.scan(blocks)
        again = detector.scan(blocks)
    except Exception as error:
        raise Broken(f"it raised {type(error).__name__} on {text[:40]!a}") from error
    _hold(found == again, f"it finds something else the second time in {text[:40]!a}")
    _spans(detector, blocks, found)
    return found


def linear(detector: Inline, flood: str, clock: Callable[[], float] = time.process_time) -> None:
    """A megabyte of one thing takes no more than some times as long for each character as an eighth of it, nor the deadline
    for each 10 KB of it. What is too slow is timed again, up to three times: a machine that does other things is no fault.
    """
    small, large = (_block(flood * (size // len(flood) + 1)) for size in (_MEGABYTE // 8, _MEGABYTE))
    for tries in range(_TRIES, 0, -1):
        brief, long = _spent(detector, small, clock), _spent(detector, large, clock)
        grows, late = long > brief * 8 * _GROWTH, long > detector.manifest.deadline_ms / 1e3 * 100
        if not (grows or late):
            return
        shown = ascii(flood[:20])
        _hold(tries > 1 or not grows, f"its time grows faster than the text, with {shown}")
        _hold(tries > 1, f"it misses its deadline, with {shown}")


def _spent(detector: Inline, block: Block, clock: Callable[[], float]) -> float:
    """Seconds of one scan."""
    start = clock()
    found = detector.scan([block])
    spent = max(clock() - start, _FLOOR_S)
    _spans(detector, [block], found)
    return spent


def _block(text: str, place: int = 0) -> Block:
    return Block(f"$.messages[{place}].content", text, Origin.USER, place)


def _spans(detector: Inline, blocks: Sequence[Block], found: Sequence[Finding]) -> None:
    texts = {block.path: block.text for block in blocks}
    for one in found:
        _hold(one.detector == detector.manifest.name, "a finding is in another detector's name")
        _hold(bool(one.kind) and _ALPHABET.issuperset(one.kind), "a finding's kind has other signs than a-z, 0-9, _, - and .")
        _hold(one.path in texts, "a finding is in no text that it was given")
        text = texts[one.path]
        whole = one.start == one.end == 0
        _hold(whole or 0 <= one.start < one.end <= len(text), "a finding's span lies outside of the text")
        _hold(0.0 <= one.chance <= 1.0, "a finding's chance is none")
        _hold(not _quotes(one.said, text[one.start : one.end] if not whole else ""), "a description quotes what was found")


def _quotes(said: str, content: str) -> bool:
    pieces = (content[start : start + QUOTED] for start in range(min(len(content), 4_096) - QUOTED + 1))
    return any(piece in said and not piece.isspace() for piece in pieces)
