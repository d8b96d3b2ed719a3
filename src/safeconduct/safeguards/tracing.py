"""How does a value stand in the texts of others: as an entry of a record, or in the middle of what somebody says?

A sender, a row of a list and a labeled account are what agents work with; an address in the middle of a sentence is where its
writer wants something to go. Texts and values are in lower case. What follows for a tool call is asked in ``intent``.
"""

# ruff: noqa: RUF001 - the marks that set things apart in other scripts

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from safeconduct.safeguards import orders, verbs
from safeconduct.safeguards.tables import listed

MOST_PLACES: Final = 16  # occurrences of one value that are looked at in one text
_BEFORE: Final = 200  # characters before a value that say how it stands
_LONGEST_LABEL: Final = 3  # words
_MOST_BEHIND: Final = 2  # words behind a value that an entry of a record may have before its next cell
_SHORTEST_ALIKE: Final = 6  # signs of names in which one more or less is hardly seen
_LEAST_SHARED: Final = 4  # letters by which two words may be the same
_LONGEST_NAMED: Final = 6  # words before an address in angle brackets
_CELLS: Final = (",", ";", "|", "\t")
_BULLETS: Final = " \t-*#>•\"'`[({"
_LEADS: Final = listed(  # words after which a place is where something goes
    "to at an via under bei à a al naar op in is are on für for mit gets nach zu unter auf na do para por over "
    "ist est es är jest sono são into onto toward towards through per and or und et y e en aan ad da chez vers via:"
)
_SCHEME: Final = "abcdefghijklmnopqrstuvwxyz0123456789+"
_SIGNS: Final = "".join(chr(at) for at in range(128) if not chr(at).isalnum()).encode()
_DOTTED: Final = (("(at)", "@"), ("[at]", "@"), (" at ", "@"), ("(dot)", "."), ("[dot]", "."), (" dot ", "."))
_CONFUSED: Final = str.maketrans("013578|", "olestbl")


def recorded(value: str, texts: Iterable[str]) -> bool:
    """Whether a value stands anywhere as an entry of a record: a header, a cell, a labeled line, a name with its address."""
    return any(_is_entry(before, after) and not _is_ordered(before, value, after) for before, after in _places(value, texts))


def _places(value: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What stands before a value and behind it, on its line."""
    for text in texts:
        at = text.find(value)
        for _ in range(MOST_PLACES):
            if at < 0:
                break
            literal = text.rfind("\\n", max(0, at - _BEFORE), at)  # JSON in a result of a tool
            start = max(text.rfind("\n", max(0, at - _BEFORE), at) + 1, literal + 2 if literal >= 0 else 0, at - _BEFORE)
            end = at + len(value)
            stop = min(each for each in (text.find("\n", end), text.find("\\n", end), end + _BEFORE) if each >= 0)
            yield text[start:at], text[end:stop]
            at = text.find(value, end)


def _is_ordered(before: str, value: str, after: str) -> bool:
    """Whether a sentence that asks for something holds the value; what a sender is asked behind its name does not count."""
    if before.rstrip(" \"'<").endswith((":", "=")) or not before.strip(_BULLETS) or after[:1] in (":", ">"):
        return False
    return any(value in order.text for order in orders.orders_in(f"{before}{value}{after}"))


def _is_entry(before: str, after: str) -> bool:
    before = before.rstrip()
    if before.endswith("://"):
        before = before[:-3].rstrip(_SCHEME)
    named = before.rstrip(" \"'").endswith("<")
    before = before.strip(_BULLETS)
    if not before:
        return True
    last = before[-1]
    if last in ":=":
        return _is_label(before[:-1])
    if last in _CELLS:
        return _count(_piece(before[:-1])) <= _LONGEST_LABEL
    words = _piece(before).split()
    if not words or _count(" ".join(words)) > (_LONGEST_NAMED if named else _LONGEST_LABEL):
        return False
    return named or (words[-1] not in _LEADS and (after[:1] == ":" or _count(_head(after)) <= _MOST_BEHIND))


def _is_label(label: str) -> bool:
    piece = _piece(label.rstrip("\"' "))
    words = piece.split()
    if len(words) == 1:
        return words[0] != "reply-to" and _count(piece) <= _LONGEST_LABEL
    return _count(piece) <= _LONGEST_LABEL and not any(verbs.acts_of(word) - {"read"} for word in words)


def _count(text: str) -> int:
    """How many words a text has; in scripts that do not set them apart, by their signs."""
    if text.isascii():
        return len(text.split())
    return len(text.split()) + sum(sign >= "\u2e80" and not "\uac00" <= sign <= "\ud7a3" for sign in text) // 2


def _head(text: str) -> str:
    """What stands before the first sign that sets things apart."""
    ends = [at for sign in (*_CELLS, ". ", ")", "(", "}") if (at := text.find(sign)) >= 0]
    return text[: min(ends, default=len(text))].strip(_BULLETS + ".")


def _piece(text: str) -> str:
    """What stands after the last sign that sets things apart."""
    start = max(text.rfind(sign) for sign in (*_CELLS, ":", ". ", "{", "(", "=", "? ", "! ", "。", "，", "、"))
    return text[start + 1 :].strip(_BULLETS)


def squashed(text: str) -> bytes:
    """Letters and digits alone, so that a value is found however it was taken apart."""
    for said, sign in _DOTTED:
        if said in text:
            text = text.replace(said, sign)
    return text.encode("utf-8", "surrogatepass").translate(None, _SIGNS)


def runs(text: str) -> list[str]:
    """The stretches of letters and digits of a text."""
    return "".join(sign if sign.isalnum() else " " for sign in text).split()


def stem(word: str) -> str:
    """What one word has in common with its other forms, roughly."""
    return word[:5] if len(word) >= 5 else word.removesuffix("s")


def stems(text: str) -> frozenset[str]:
    """The stems of the words of a text, numbers as they are, words that are joined by signs also apart."""
    low = verbs.parted(text.lower())
    words = low.replace("_", " ").replace("-", " ").replace("@", " ").replace("'", " ").split()
    return frozenset(stem(word) for word in words if len(word) > 1 or word.isdigit() or not word.isascii())


def meet(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of stems share one, or one that begins like another (``conf``, ``confe``)."""
    if not some.isdisjoint(others):
        return True
    return any(_begin(one, other) for one, other in ((some, others), (others, some)))


def _begin(shorter: frozenset[str], longer: frozenset[str]) -> bool:
    whole = {each for each in shorter if len(each) == _LEAST_SHARED}
    return not whole.isdisjoint({each[:_LEAST_SHARED] for each in longer})


def alike(one: str, other: str) -> bool:
    """Whether two different names of hosts would be taken for each other: signs swapped, or one sign more or less."""
    ones, others = one.split("."), other.split(".")
    while len(ones) > 1 and len(others) > 1 and ones[-1] == others[-1]:
        ones.pop()
        others.pop()
    one, other = _skeleton(".".join(ones)), _skeleton(".".join(others))
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < _SHORTEST_ALIKE:
        return False
    at = next((at for at in range(min(len(one), len(other))) if one[at] != other[at]), min(len(one), len(other)))
    return one[at + 1 :] == other[at + 1 :] or one[at + 1 :] == other[at:] or one[at:] == other[at + 1 :]


def _skeleton(host: str) -> str:
    return host.translate(_CONFUSED).replace("rn", "m").replace("vv", "w").replace("i", "l")
