"""Does a tool call do what the person asked for, or what a text of nobody asked for? Compares one deed with the taint.

1. What the person spoke of may be done, to whom the person named or to whom records name (the sender of a mail that is answered).
2. An act that nobody but an untrusted text asks for is a finding, however politely it asks; where the person asked for nothing
   but to be told something, so is any act about what only such a text names.
3. A person who leaves to a text what is to be done has asked for its orders, not for those that turn to a model or hide.
4. A destination that only an order of an untrusted text names is a finding where the person named another, where records
   name another, or where the order turns to a model or hides.
5. Words of an untrusted text that leave for a place that only such a text names are a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from safeconduct.safeguards.deeds import Deed, Target
from safeconduct.safeguards.orders import Order
from safeconduct.safeguards.taint import Taint

DESTINATION: Final = "tainted_destination"
VERB: Final = "tainted_verb"
EXFILTRATION: Final = "exfiltration"
UNREVIEWED: Final = "unreviewed"
EFFECTS: Final = frozenset({"send", "pay", "buy", "delete", "grant", "publish", "change", "create"})
# What a person who speaks of the one has asked for, too.
_KIN: Final = {
    "send": frozenset({"send", "publish"}),
    "publish": frozenset({"send", "publish"}),
    "pay": frozenset({"pay", "buy"}),
    "buy": frozenset({"pay", "buy"}),
    "delete": frozenset({"delete"}),
    "grant": frozenset({"grant"}),
    "change": frozenset({"change", "create"}),
    "create": frozenset({"change", "create"}),
}
_SHORTEST: Final = 4  # characters of a value that can be told apart from ordinary words
MOST_TARGETS: Final = 64  # of one deed, and values that could carry words out
MOST_SPANS: Final = 4_096  # of one deed
_STEP: Final = 8
_LONGEST: Final = 4_096  # characters of a value that are compared
_SPAN: Final = 24  # characters of a text that are hardly there by chance


def judge(deed: Deed, taint: Taint) -> Iterator[tuple[str, str]]:
    """The kinds of findings about one deed, each with a few words; nothing where nothing speaks against it."""
    if not taint.untrusted:
        return
    if not reviewable(deed):
        yield UNREVIEWED, "it names more than can be compared with the conversation"
        return
    foreign = [each for each in deed.targets if each.kind != "path" and _foreign(each, taint)]
    linked = list(_linked(deed, taint))
    if deed.local:
        yield from _of_developer(deed, taint, foreign, linked)
        return
    if deed.act == "read" or deed.act not in EFFECTS:
        yield from _of_reading(deed, taint, foreign, linked)
        if deed.act == "read":
            return
    asked = _asked(deed, taint)
    sure = [each for each in linked if each.sure]
    if not asked and not taint.delegates:
        yield from _unasked(deed, taint, foreign, linked)
        return
    if not asked and (sure or any(each.sure and each.acts & _echo(deed) for each in taint.orders)):
        yield VERB, "a text that turns to the model asks for this act"
        return
    ordered = [each for each in foreign if any(each.value.lower() in order.near for order in linked)]
    for each in ordered:
        orders = [order for order in linked if each.value.lower() in order.near]
        if any(order.sure for order in orders) or _named_another(taint) or _recorded_another(each, orders, taint):
            yield DESTINATION, "where it goes is named by nobody but a text that asks for it"
            return
    if sure:
        yield VERB, "a text that turns to the model asks for this act"


def reviewable(deed: Deed) -> bool:
    """Whether all that a deed names can be compared. INVARIANT (P1): where it cannot, that is found."""
    if len({each.value for each in deed.targets if each.kind != "path"}) > MOST_TARGETS:
        return False
    return sum(min(len(each), _LONGEST) for each in deed.values if len(each) > _SPAN) <= MOST_SPANS * _STEP


def _of_developer(deed: Deed, taint: Taint, foreign: list[Target], linked: list[Order]) -> Iterator[tuple[str, str]]:
    """Tools of a developer: commands and files at hand. Everyday work is not asked for word by word."""
    sure = any(each.sure for each in linked)
    if deed.carries and foreign and ({"send", "publish"}.isdisjoint(taint.wants) or sure or linked):
        yield DESTINATION, "something is carried to a host that nobody but an untrusted text names"
    elif sure and (deed.carries or deed.writes or foreign or _spelled_out(deed, [each for each in linked if each.sure])):
        yield VERB, "a text that turns to the model asks for this command"


def _of_reading(deed: Deed, taint: Taint, foreign: list[Target], linked: list[Order]) -> Iterator[tuple[str, str]]:
    """Reading is harmless but for an address that carries words out, to a place that an order names."""
    if not foreign:
        return
    hosts = {each.value.lower() for each in foreign if each.kind == "host"}
    if not linked and not any(host in order.near for order in taint.orders for host in hosts):
        return
    looked = 0
    for value in deed.values:
        low = value.lower()
        tail = max((low.find(mark) for mark in ("?", "#", "=")), default=-1)
        if tail > 0 and len(value) - tail > 12:
            looked += 1
            if looked > MOST_TARGETS or not taint.told(value):
                yield EXFILTRATION, "an address that an untrusted text asks for carries words out"
                return


def _unasked(deed: Deed, taint: Taint, foreign: list[Target], linked: list[Order]) -> Iterator[tuple[str, str]]:
    """An act that the person did not speak of. How much it takes depends on how surely that is known."""
    echo = [each for each in taint.orders if each.acts & _echo(deed)]
    if any(each.sure for each in taint.orders):
        yield VERB, "a text in this conversation gives orders to the model, and nobody asked for this act"
    elif taint.only_reads:
        named = foreign or any(each.kind == "path" and _foreign(each, taint) for each in deed.targets)
        if named or linked or echo:
            yield VERB, "nobody asked for an act, and this one is about what only a text of others names"
    elif taint.wants & EFFECTS and (linked or echo):
        yield VERB, "only a text that nobody here wrote asks for this act"
    elif any(each.value.lower() in order.near for each in foreign for order in linked):
        yield VERB, "only a text that nobody here wrote asks for this act, and says where it goes"


def _asked(deed: Deed, taint: Taint) -> bool:
    kin = _KIN.get(deed.act, EFFECTS)
    if kin & taint.wants or (deed.generic and EFFECTS & taint.wants):
        return True
    return any(_KIN[each] & taint.wants for each in deed.acts & EFFECTS if each != deed.act)


def _echo(deed: Deed) -> frozenset[str]:
    acts = deed.acts | {deed.act}
    return frozenset().union(*(_KIN.get(each, frozenset({each})) for each in acts)) - {"read"}


def _foreign(target: Target, taint: Taint) -> bool:
    """Whether only untrusted texts name a target: neither the person nor the program, not even in part."""
    value = target.value.lower().strip()
    if len(value) < 3 or value in taint.trusted or not taint.told(value):
        return False
    return not (target.kind in ("account", "name") and any(part in taint.named for part in _parts(value)))


def _parts(value: str) -> Iterator[str]:
    """The words of a name or of the local part of an address that a person would use for whom it belongs to."""
    local = value.partition("@")[0]
    for sign in "._-+":
        local = local.replace(sign, " ")
    for part in local.split():
        if len(part) >= 3 and not part.isdigit():
            yield part


def _linked(deed: Deed, taint: Taint) -> Iterator[Order]:
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


def _spelled_out(deed: Deed, orders: Iterable[Order]) -> bool:
    """Whether an order holds the very command."""
    return any(len(value) >= 8 and any(value.lower() in order.near for order in orders) for value in deed.values)


def _named_another(taint: Taint) -> bool:
    """Whether the person named an address, an account or a place of his own."""
    return "@" in taint.named or "://" in taint.named


def _recorded_another(target: Target, orders: Iterable[Order], taint: Taint) -> bool:
    """Whether untrusted texts name, apart from the orders, another target of the same kind, as records do."""
    value = target.value.lower()
    asked = " ".join(order.text if value in order.text else order.near for order in orders)
    for word in _records(taint, address="@" in value):
        word = word.strip("<>()[],;:\"'.")
        if word != value and word not in asked and _same_kind(word, target.value):
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
