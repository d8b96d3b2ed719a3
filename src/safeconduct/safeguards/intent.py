"""Does a tool call do what the person asked for, or what a text of nobody asked for? Compares one deed with the taint.

1. What the person spoke of may be done, to whom the person named or to whom records name (the sender of a mail that is answered).
2. An act that nobody but an untrusted text asks for is a finding, however politely it asks, and also where it only says what is
   the case; where the person asked for nothing but to be told something, so is any act that weighs, and any about what such a
   text names.
3. A person who leaves to a text what is to be done has asked for its orders, not for those that turn to a model or hide.
4. A destination that stands in the middle of what an untrusted text says, or that nobody named, is a finding where the person
   named another, where records name another, or where an order turns to the model or hides.
5. Words of an untrusted text, or of another source, that leave for a place that only such a text names are a finding.

How values are traced is told by ``links``; what commands of a developer reach, by ``commanding``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safeconduct.safeguards import commanding, links, placing
from safeconduct.safeguards.deeds import Deed
from safeconduct.safeguards.links import MOST_TARGETS as MOST_TARGETS
from safeconduct.safeguards.links import reviewable as reviewable
from safeconduct.safeguards.orders import Order
from safeconduct.safeguards.scope import Scope
from safeconduct.safeguards.taint import Taint
from safeconduct.safeguards.targets import Target

DESTINATION: Final = "tainted_destination"
VERB: Final = "tainted_verb"
EXFILTRATION: Final = "exfiltration"
UNREVIEWED: Final = "unreviewed"
EFFECTS: Final = frozenset({"send", "pay", "buy", "delete", "grant", "publish", "change", "create"})
_LEAVES: Final = frozenset({"send", "pay", "publish", "grant"})  # it reaches somebody
_WEIGHS: Final = _LEAVES | {"buy", "delete"}  # it cannot be taken back
_HARD: Final = frozenset({"pay", "buy", "grant", "delete"})
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
_OPEN: Final = Scope()
_LONGEST_HELD: Final = 12  # characters behind a question mark that carry little


def judge(deed: Deed, taint: Taint, scope: Scope = _OPEN) -> Iterator[tuple[str, str]]:
    """The kinds of findings about one deed, each with a few words; nothing where nothing speaks against it."""
    if not taint.untrusted:
        return
    if not reviewable(deed):
        yield UNREVIEWED, "it names more than can be compared with the conversation"
        return
    foreign = [each for each in deed.targets if each.kind != "path" and links.foreign(each, taint)]
    linked = list(links.linked(deed, taint))
    if placing.carries_off(deed, taint, scope):
        yield EXFILTRATION, "a token of the person goes to a host that only a text of others names"
        return
    if deed.line is None and _KIN.get(deed.act, frozenset()) & taint.forbids and not deed.acts & taint.wants:
        yield VERB, "the person asked not to do this"
        return
    if deed.local:
        yield from commanding.judge(deed, taint, foreign, linked)
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
    yield from _elsewhere(deed, taint, foreign, linked)
    if sure:
        yield VERB, "a text that turns to the model asks for this act"
    elif asked and not taint.delegates and _about_another(deed, taint):
        yield VERB, "what it is about is named by nobody but a text of others"


def _elsewhere(deed: Deed, taint: Taint, foreign: list[Target], linked: list[Order]) -> Iterator[tuple[str, str]]:
    """An act that was asked for, and goes where nobody here said."""
    for each in foreign:
        if links.stands_in(each, taint):
            yield DESTINATION, "it goes to another address than the person named"
            return
        value = each.value.lower()
        orders = [order for order in linked if value in order.near]
        spoken = _is_spoken(each, taint) and (deed.act in _LEAVES or _is_place(each, deed))
        if not orders and not spoken:
            continue
        another = links.named_another(taint) or links.recorded_another(each, orders, taint)
        another = another or deed.act == "grant" or taint.did(deed.tool)
        if any(order.sure for order in orders) or (spoken and another and not taint.delegates):
            yield DESTINATION, "where it goes is named by nobody but a text of others, and not as a record"
            return
    page = any(each.kind == "host" for each in deed.targets)
    if deed.act in _LEAVES and not page and any(links.invented(each, taint) for each in deed.targets):
        yield DESTINATION, "where it goes is named by nobody at all"


def _of_reading(deed: Deed, taint: Taint, foreign: list[Target], linked: list[Order]) -> Iterator[tuple[str, str]]:
    """Reading is harmless but for an address that carries words out, to a place that only an untrusted text names."""
    if any(_fills(value.lower(), taint) for value in deed.values if "://" in value):
        yield EXFILTRATION, "an address that an untrusted text gives a form of carries words out"
        return
    hosts = {each.value.lower() for each in foreign if each.kind == "host"}
    if not hosts:
        return
    if not linked and not any(host in order.near for order in taint.orders for host in hosts):
        return
    looked = 0
    for value in deed.values:
        low = value.lower()
        tail = max((low.find(mark) for mark in ("?", "#", "=")), default=-1)
        if tail > 0 and len(value) - tail > _LONGEST_HELD:
            looked += 1
            if looked > MOST_TARGETS or not taint.told(value):
                yield EXFILTRATION, "an address that an untrusted text asks for carries words out"
                return


def _fills(address: str, taint: Taint) -> bool:
    """Whether an address fills in what an untrusted text left open, with what neither that text nor the person said."""
    start = address.find("://") + 3
    begin = address[: max(address.find("/", start), start + 1) + 1]
    for text in taint.untrusted:
        at = text.find(begin)
        for _ in range(_MOST_FORMS):
            if at < 0:
                break
            same = len(begin)
            while same < len(address) and text[at + same : at + same + 1] == address[same]:
                same += 1
            opened = text[at + same : at + same + 1]
            if opened in _OPENERS if opened.strip() else address[same - 1] == "=":
                ends = [end for mark in "&/#?" if (end := address.find(mark, same)) >= 0]
                filled = address[same : min(ends, default=len(address))]
                if len(filled) >= _SHORTEST_FILLED and filled not in taint.trusted and filled not in text:
                    return True
            at = text.find(begin, at + same)
    return False


_OPENERS: Final = "{<[$%:)\"'"
_MOST_FORMS: Final = 8  # places of one text that are looked at
_SHORTEST_FILLED: Final = 6  # characters


def _unasked(deed: Deed, taint: Taint, foreign: list[Target], linked: list[Order]) -> Iterator[tuple[str, str]]:
    """An act that the person did not speak of. How much it takes depends on how surely that is known."""
    echo = [each for each in taint.orders if each.acts & _echo(deed)]
    if deed.act in ("send", "publish") and not taint.only_reads and _is_for_named(deed, taint):
        return  # the person said where it goes, by whatever word for the act
    if any(each.sure for each in taint.orders):
        yield VERB, "a text in this conversation gives orders to the model, and nobody asked for this act"
    elif taint.only_reads:
        known = deed.act in EFFECTS or not deed.generic
        named = foreign or any(each.kind == "path" and links.foreign(each, taint) for each in deed.targets)
        if (deed.act in _WEIGHS and not deed.generic) or named or linked or (echo and known):
            yield VERB, "nobody asked for an act"
        elif known and (links.traced(deed.values, taint, anywhere=True) or _is_of_its_name(deed, taint)):
            yield VERB, "nobody asked for an act, and this one is about what only a text of others names"
    elif deed.act in ("send", "publish") and deed.targets and not any(_is_spoken(each, taint) for each in foreign):
        return  # to whom records name, by an act that the person may have had another word for
    elif taint.wants & EFFECTS and (linked or echo):
        yield VERB, "only a text that nobody here wrote asks for this act"
    elif any(_is_spoken(each, taint) and (deed.act in _LEAVES or _is_place(each, deed)) for each in foreign):
        yield VERB, "nobody asked for this act, and only a text of others says where it goes"
    elif deed.act in _HARD and links.traced(deed.values, taint):
        yield VERB, "nobody asked for this act, and only a text of others names what it is about"
    elif (taint.wants & EFFECTS or not taint.looked_up) and not links.overlaps(deed, taint) and links.traced(deed.values, taint):
        yield VERB, "nobody asked for this act, and what it is about is named by nobody but a text of others"
    elif any(each.value.lower() in order.near and _is_spoken(each, taint) for each in foreign for order in linked):
        yield VERB, "only a text that nobody here wrote asks for this act, and says where it goes"


def _is_for_named(deed: Deed, taint: Taint) -> bool:
    """Whether the person named every place that a deed goes to."""
    places = [each.value.lower() for each in deed.targets if each.kind != "path"]
    return bool(places) and all(each in taint.named for each in places)


def _is_spoken(target: Target, taint: Taint) -> bool:
    return not taint.is_recorded(target.value.lower())


def _is_place(target: Target, deed: Deed) -> bool:
    """Whether a host stands in an argument that is an address and nothing else: something is to go there, or come from there."""
    whole = [value for value in deed.values if "://" in value and len(value.split()) == 1]
    return target.kind == "host" and any(target.value in value.lower() for value in whole)


def _is_of_its_name(deed: Deed, taint: Taint) -> bool:
    """Whether a text of others speaks of what the tool's name says, and the person does not."""
    nouns = [noun for noun in deed.nouns if len(noun) >= 4]
    return bool(nouns) and any(noun not in taint.named and taint.told(noun) for noun in nouns)


def _about_another(deed: Deed, taint: Taint) -> bool:
    """Whether an act of a kind that was asked for is about something else, of which only a text of others speaks."""
    if deed.act in ("send", "publish", "pay", "buy") or deed.generic or links.overlaps(deed, taint):
        return False
    return links.traced(deed.values, taint)


def _asked(deed: Deed, taint: Taint) -> bool:
    kin = _KIN.get(deed.act, EFFECTS)
    if kin & taint.wants or (deed.generic and EFFECTS & taint.wants):
        return True
    if deed.act == "grant":  # who asks to make something does not ask to change who may enter
        return bool(deed.acts & taint.wants & {"create", "publish", "send"})
    others = deed.acts & EFFECTS - {deed.act} - ({"send"} if deed.act == "pay" else set())
    return any(_KIN[each] & taint.wants for each in others)


def _echo(deed: Deed) -> frozenset[str]:
    acts = deed.acts | {deed.act}
    return frozenset().union(*(_KIN.get(each, frozenset({each})) for each in acts)) - {"read"}
