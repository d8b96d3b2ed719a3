"""Does a text bear a marking? Banners, portions, statements and legends where they stand as markings; not words about them.

A reader gets the bytes, the place where the pattern ended and the rule, and returns the span of the marking or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from safeconduct.detectors import runs
from safeconduct.detectors.table import Rule, either_case, escaped, read, rules

Span = tuple[int, int]

_LONGEST: Final = 120
_BANNER: Final = runs.table(runs.UPPER + runs.DIGITS + b" ,/-")
_LETTERS: Final = runs.CLASSES["alnum"] + b"_/"
_ASKING: Final = tuple(word.encode() for word in read("markings")["asking"]["words"])


def about(data: bytes, at: int) -> bool:
    """True if the words before it, in its line, ask or tell about markings instead of marking something."""
    before = data[runs.line_start(data, at, 240) : at].lower()
    return len(before.strip(b" \t>#*_\"'[(-=")) > 0 and any(word in before for word in _ASKING)


def _own(data: bytes, start: int) -> bool:
    """True if what stands before is no part of the same word."""
    before = data[start - 1]
    return (before not in _LETTERS and before < 128) or data[start - 2 : start] in (b"\\n", b"\\t", b"\\r")


def _run(data: bytes, start: int, at: int) -> int:
    end = runs.end_of(data, at, _BANNER, _LONGEST)
    if data[end : end + 1].islower():
        end = data.rfind(b" ", at, end) if b" " in data[at:end] else at
    while end > start and data[end - 1] in b" ,/-":
        end -= 1
    return end


def banner(data: bytes, at: int, rule: Rule) -> Span | None:
    """A level, two slashes, a control: the whole line of levels and controls."""
    slashes = data.rfind(b"//", max(0, at - 24), at)
    level = next((word for word in rule.words if data.endswith(word, 0, slashes) and _own(data, slashes - len(word))), b"")
    if not level or about(data, slashes - len(level)):
        return None
    return slashes - len(level), max(slashes + 3, _run(data, slashes, slashes + 2))


def controlled(data: bytes, at: int, rule: Rule) -> Span | None:
    """``CUI//CATEGORY``: any category in capitals."""
    return banner(data, at, rule) if data[at : at + 1].isupper() or data[at : at + 1] in b"-/ \n" else None


def portion(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A marking in parentheses before a paragraph, a heading or a sentence."""
    start = data.rfind(b"(", max(0, at - _LONGEST), at)
    before = data[max(0, start - 160) : start].rstrip(b" \t")
    opens = not before or before[-1:] in b"\n.:;!?|>#*-\"'(\x00)0123456789" or before.endswith((b"\\n", b"\\t", b'\\"'))
    return (start, at) if opens and not about(data, start) else None


def statement(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    return (at - 2, at) if not about(data, at - 24) else None


def export(data: bytes, at: int, rule: Rule) -> Span | None:
    """The last word of the legend, or the number in it."""
    if rule.behind:
        return (at - 5, at) if not data[at : at + 1].isalnum() and not about(data, at - 5) else None
    end = at - 1
    start = runs.solid_start(data, end, 32)
    return (start, end) if start < end and not about(data, start) else None


def spoken(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    start = runs.solid_start(data, at - 1, 32)
    return (start, at - 1) if not about(data, start) else None


def legend(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A line that says nothing else."""
    end = at - 1 if data[at - 1] in b"\n\x00" else at - 2
    start = runs.line_start(data, end, _LONGEST)
    while start < end and data[start] in b" \t>#*_\"'[(-=":
        start += 1
    while end > start and data[end - 1] in b" \t\r.*_\"'])!-=":
        end -= 1
    return (start, end) if start < end else None


READERS: Final[dict[str, Callable[[bytes, int, Rule], Span | None]]] = {
    "banner": banner,
    "controlled": controlled,
    "portion": portion,
    "statement": statement,
    "export": export,
    "spoken": spoken,
    "legend": legend,
}


def _any(words: Sequence[str]) -> bytes:
    return b"(?:" + b"|".join(escaped(word) for word in sorted(words, key=len, reverse=True)) + b")"


def load(own: Sequence[str] = ()) -> list[Rule]:
    """The rules of the table, with the organization's own legends (lines of text, in any case)."""
    data = read("markings")
    levels, cui, portions = data["banner"]["levels"], data["banner"]["cui"], data["banner"]["portions"]
    controls = _any(data["banner"]["controls"])
    sorted_levels = tuple(word.encode() for word in sorted(levels, key=len, reverse=True))

    def rule(kind: str, said: str, reader: str, *patterns: bytes, words: tuple[bytes, ...] = ()) -> Rule:
        return Rule(detector="markings", kind=kind, said=said, reader=reader, patterns=patterns, words=words)

    lines = tuple(dict.fromkeys(line.strip().lower() for line in (*data["legends"]["lines"], *own) if line.strip()))
    before, after = rb"(?:\n|\\n)[ \t>#*_\"'\[(=-]{0,8}", rb"[ \t.*_\"'\])!=-]{0,8}(?:\r?\n|\\n)"
    return [
        rule(
            "banner", "a classification banner", "banner", _any(levels) + b"//" + controls + rb"[^A-Za-z0-9]", words=sorted_levels
        ),
        rule(
            "cui",
            "a marking of controlled unclassified information",
            "controlled",
            _any(cui) + rb"//(?:SP-)?[A-Z]{2}",
            words=tuple(word.encode() for word in cui),
        ),
        rule(
            "portion",
            "a portion mark",
            "portion",
            rb"\(" + _any(portions) + b"//" + controls + rb"(?:[ ,/-][A-Z0-9 ,/-]{0,60})?\)",
            rb"\(CUI(?://[A-Z0-9 ,/-]{2,60})?\)",
        ),
        rule(data["legends"]["kind"], data["legends"]["said"], "legend", *(before + _spaced(line) + after for line in lines)),
        *rules("markings", data["rule"]),
    ]


def _spaced(line: str) -> bytes:
    """A legend in any case; between words any white space, and any kind of dash for a dash."""
    words = [b"(?:-|\xe2\x80\x93|\xe2\x80\x94)" if word == "-" else either_case(word) for word in line.split()]
    return rb"[ \t]{1,3}".join(words)
