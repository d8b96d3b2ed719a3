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
_CONTROLS: Final = tuple(sorted((word.encode() for word in read("markings")["banner"]["controls"]), key=len, reverse=True))
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
    if not level or about(data, slashes - len(level)) or not (rule.kind == "cui" or _control(data, slashes + 2)):
        return None
    return slashes - len(level), max(slashes + 3, _run(data, slashes, slashes + 2))


def _control(data: bytes, at: int) -> int:
    """The length of the control that stands here, or 0."""
    ahead = data[at : at + 32]
    return next((len(word) for word in _CONTROLS if ahead.startswith(word) and not ahead[len(word) : len(word) + 1].isalnum()), 0)


def controlled(data: bytes, at: int, rule: Rule) -> Span | None:
    """``CUI//CATEGORY``: any category in capitals."""
    return banner(data, at, rule) if data[at : at + 1].isupper() or data[at : at + 1] in b"-/ \n" else None


def portion(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A marking in parentheses before a paragraph, a heading or a sentence."""
    start = data.rfind(b"(", max(0, at - 16), at)
    inner = at if data[at - 1] != 41 else at - 1
    close = runs.end_of(data, inner, _BANNER, 64)
    if start < 0 or data[close : close + 1] != b")":
        return None
    if data[start + 1 : start + 4] == b"CUI":
        if close > start + 4 and (data[start + 4 : start + 6] != b"//" or close < start + 8):
            return None
    elif not _control(data, at - 1):
        return None
    at = close + 1
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


def spoken(data: bytes, at: int, rule: Rule) -> Span | None:
    start = runs.solid_start(data, at - 1, 32)
    if rule.words:
        before = data[max(0, at - 72) : at].lower()
        sentence = before[max(before.rfind(sign) for sign in (b". ", b"?", b"!", b"\n", b"\x00")) + 1 :]
        if not any(word in sentence for word in rule.words):
            return None
    return (start, at - 1) if not about(data, start) else None


def legend(data: bytes, at: int, rule: Rule) -> Span | None:
    """A line that says nothing else."""
    end = at - 1 if data[at - 1] in b"\n\x00" else at - 2
    start = runs.line_start(data, end, _LONGEST)
    line = data[start:end].rstrip(b" \t\r.*_\"'])!-=")
    end = start + len(line)
    start = end - len(line.lstrip(b" \t>#*_\"'[(-="))
    return (start, end) if _plain(data[start:end].decode("utf-8", "replace")) in rule.words else None


def _plain(line: str) -> bytes:
    """A line in small letters, with one space between words and one kind of dash."""
    return " ".join("-" if word in ("\N{EN DASH}", "\N{EM DASH}") else word for word in line.lower().split()).encode()


def subject(data: bytes, at: int, rule: Rule) -> Span | None:
    """What is subject to an export law, if it is named before: "these data are subject to the EAR"."""
    low = max(0, at - 128)
    before = data[low:at].lower()
    verb = max(before.rfind(word) for word in (b"subject to", b"controlled by", b"controlled under"))
    named = before[: max(verb, 0)].endswith(rule.words)
    return export(data, at, rule) if named else None


READERS: Final[dict[str, Callable[[bytes, int, Rule], Span | None]]] = {
    "banner": banner,
    "controlled": controlled,
    "portion": portion,
    "statement": statement,
    "export": export,
    "spoken": spoken,
    "legend": legend,
    "subject": subject,
}


def _any(words: Sequence[str]) -> bytes:
    return b"(?:" + b"|".join(escaped(word) for word in sorted(words, key=len, reverse=True)) + b")"


def load(own: Sequence[str] = ()) -> list[Rule]:
    """The rules of the table, with the organization's own legends (lines of text, in any case)."""
    data = read("markings")
    levels, cui, portions = data["banner"]["levels"], data["banner"]["cui"], data["banner"]["portions"]
    sorted_levels = tuple(word.encode() for word in sorted(levels, key=len, reverse=True))

    def rule(kind: str, said: str, reader: str, *patterns: bytes, words: tuple[bytes, ...] = ()) -> Rule:
        return Rule(detector="markings", kind=kind, said=said, reader=reader, patterns=patterns, words=words)

    lines = tuple(dict.fromkeys(line.strip().lower() for line in (*data["legends"]["lines"], *own) if line.strip()))
    last = dict.fromkeys(line.split()[-1] for line in lines)  # few words, and only at the end of a line
    return [
        rule("banner", "a classification banner", "banner", _any(levels) + b"//[A-Z]", words=sorted_levels),
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
            rb"\(" + _any(portions) + b"//[A-Z]",
            rb"\(CUI[/)]",
        ),
        rule(
            data["legends"]["kind"],
            data["legends"]["said"],
            "legend",
            b"(?:" + b"|".join(either_case(word) for word in last) + rb")[ \t.*_\"'\])!=-]{0,8}(?:\r?\n|\\n)",
            words=tuple(_plain(line) for line in lines),
        ),
        *rules("markings", data["rule"]),
    ]
