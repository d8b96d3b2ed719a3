"""Which of a deed's targets and values come from untrusted texts, and not from the person or the caller's program?

1. *Foreign* is a target that only untrusted texts name, or that nobody names.
2. *Linked* are orders of untrusted texts that share a value with the deed.
3. *Traced* is a value that stands in the middle of what such a text says, as no entry of a record.

What follows from it is judged in ``intent``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from safeconduct.safeguards import tracing
from safeconduct.safeguards.deeds import Deed
from safeconduct.safeguards.orders import Order
from safeconduct.safeguards.taint import Taint
from safeconduct.safeguards.targets import Target

MOST_TARGETS: Final = 64  # of one deed, and values that could carry words out
MOST_SPANS: Final = 4_096  # of one deed
MOST_TRACED: Final = 48  # pieces of the values of one deed that are looked for
_SHORTEST: Final = 4  # characters of a value that can be told apart from ordinary words
_STEP: Final = 8
_LONGEST: Final = 4_096  # characters of a value that are compared
_SPAN: Final = 24  # characters of a text that are hardly there by chance
_SIGNS: Final = str.maketrans(dict.fromkeys("/=,;:?&#|(){}[]<>\"'`\n\t", " "))


def reviewable(deed: Deed) -> bool:
    """Whether all that a deed names can be compared. INVARIANT (P1): where it cannot, that is found."""
    if len({each.value for each in deed.targets if each.kind != "path"}) > MOST_TARGETS:
        return False
    return sum(min(len(each), _LONGEST) for each in deed.values if len(each) > _SPAN) <= MOST_SPANS * _STEP


def foreign(target: Target, taint: Taint) -> bool:
    """Whether neither the person nor the program names a target, not even in part, but an untrusted text does."""
    value = target.value.lower().strip()
    if len(value) < 3 or value in taint.trusted:
        return False
    if not taint.told(value) and not (target.kind == "account" and taint.told_apart(value)):
        return False
    if target.kind not in ("account", "name") or not any(part in taint.named for part in _parts(value)):
        return True
    return "@" in value and (stands_in(target, taint) or _is_double(value, taint))


def invented(target: Target, taint: Taint) -> bool:
    """Whether nobody at all names an address: it was put together, or decoded from something."""
    value = target.value.lower().strip()
    if target.kind != "account" or "@" not in value or value in taint.trusted or value in taint.called or taint.told(value):
        return False
    return not taint.told_apart(value) and not any(part in taint.words or part in taint.named for part in _parts(value))


def stands_in(target: Target, taint: Taint) -> bool:
    """Whether the person named another address of whom this one seems to belong to, or one that it would be taken for."""
    value = target.value.lower().strip()
    local, at, host = value.partition("@")
    if not at or value in taint.trusted or "@" not in taint.named:
        return False
    for word in taint.named.split():
        word = word.strip("<>()[],;:\"'.!?")
        name, at, place = word.partition("@")
        if at and place and (name == local or tracing.alike(place, host)) and place != host:
            return True
    return False


def _is_double(value: str, taint: Taint) -> bool:
    """Whether records name another address of whom this one, which no record names, seems to belong to."""
    if taint.is_recorded(value):
        return False
    local = value.partition("@")[0]
    others = {each for each in _addresses(taint) if each != value and each.partition("@")[0] == local}
    return any(taint.is_recorded(each) for each in others)


def _addresses(taint: Taint) -> Iterator[str]:
    for word in _records(taint, address=True):
        if "@" in word:
            yield word.strip("<>()[],;:\"'.")


def _parts(value: str) -> Iterator[str]:
    """The words of a name or of the local part of an address that a person would use for whom it belongs to."""
    local = value.partition("@")[0]
    for sign in "._-+":
        local = local.replace(sign, " ")
    for part in local.split():
        if len(part) >= 3 and not part.isdigit():
            yield part


def linked(deed: Deed, taint: Taint) -> Iterator[Order]:
    """The orders of untrusted texts that this deed shares a value with, one that the person did not write."""
    orders = taint.orders
    if not orders:
        return
    every = "\0".join(order.near for order in orders)
    words = frozenset(every.replace("\0", " ").split())
    shared = [value for value in _telling(deed, words) if value in every]
    values = [value for value in shared if value not in taint.trusted]
    if not values:
        return
    for order in orders:
        if any(value in order.near for value in values):
            yield order


def _telling(deed: Deed, words: frozenset[str]) -> set[str]:
    """What of the arguments would be recognized in another text: targets, short values, and spans of long ones.

    ``words`` are those of that text: a span with another word inside of it is not there.
    """
    found = {each.value.lower() for each in deed.targets if len(each.value) >= _SHORTEST}
    for value in deed.values:
        low = value.lower().strip()
        if _SHORTEST <= len(low) <= 120:
            found.add(low)
        if len(low) > _SPAN:
            for at in range(0, min(len(low), _LONGEST) - _SPAN + 1, _STEP):
                span = low[at : at + _SPAN]
                if words.issuperset(span.split()[1:-1]):
                    found.add(span)
    return {each for each in found if not each.isspace()}


def traced(values: Iterable[str], taint: Taint, *, anywhere: bool = False) -> bool:
    """Whether a piece of these values stands in what an untrusted text says, and in nothing that the person or program wrote.

    ``anywhere``: entries of records count, too.
    """
    for piece in islice(_pieces(values), MOST_TRACED):
        if piece not in taint.trusted and taint.told(piece) and (anywhere or not taint.is_recorded(piece)):
            return True
    return False


def _pieces(values: Iterable[str]) -> Iterator[str]:
    """The parts of values that can be told apart from ordinary ones, whole values first."""
    seen: set[str] = set()
    for value in values:
        low = value.lower()[:_LONGEST].strip()
        for piece in (low, *low.translate(_SIGNS).split()) if len(low) <= 120 else low.translate(_SIGNS).split():
            piece = piece.strip(".-_*+!$@")
            if piece not in seen and (len(piece) >= _SHORTEST or (len(piece) >= 2 and piece.isdigit()) or not piece.isascii()):
                seen.add(piece)
                yield piece


def overlaps(deed: Deed, taint: Taint) -> bool:
    """Whether the person spoke of what a deed is about: of the thing in the tool's name, or of a value that is no destination."""
    words = taint.words
    if any(sign >= "\u2e80" for sign in taint.named):  # words that are not set apart cannot be compared
        return True
    if tracing.meet(words, tracing.stems(" ".join(deed.nouns))):
        return True
    where = {each.value for each in deed.targets if each.kind != "path"}
    return any(tracing.meet(words, tracing.stems(value[:_LONGEST])) for value in deed.values if value not in where)


def spelled_out(deed: Deed, orders: Iterable[Order]) -> bool:
    """Whether an order holds the very command."""
    return any(len(value) >= 8 and any(value.lower() in order.near for order in orders) for value in deed.values)


def named_another(taint: Taint) -> bool:
    """Whether the person named an address, an account or a place of his own."""
    return "@" in taint.named or "://" in taint.named


def recorded_another(target: Target, orders: Iterable[Order], taint: Taint) -> bool:
    """Whether untrusted texts name, apart from the orders, another target of the same kind, as records do.

    Somebody who speaks for the same domain is no other.
    """
    value = target.value.lower()
    asked = " ".join(order.text if value in order.text else order.near for order in orders)
    host = value.partition("@")[2]
    for word in _records(taint, address="@" in value):
        word = word.strip("<>()[],;:\"'.")
        if word != value and word not in asked and _same_kind(word, target.value):
            if host and word.endswith(f"@{host}"):
                continue
            return True
    return False


def _records(taint: Taint, *, address: bool) -> Iterator[str]:
    """The words of untrusted texts that could be an address; or else, a number of some length."""
    for text in taint.untrusted:
        if address and "@" not in text:
            continue
        for line in text.splitlines():
            if ("@" in line) if address else any(digit in line for digit in "0123456789") or not line.isascii():
                yield from line.split()


def _same_kind(word: str, value: str) -> bool:
    if "@" in value:
        return "@" in word and "." in word
    digits = sum(each.isdigit() for each in value)
    if digits >= 6:
        return (
            abs(len(word) - len(value)) <= 4
            and sum(each.isdigit() for each in word) >= 6
            and word[:1].isalpha() == value[:1].isalpha()
        )
    return False
