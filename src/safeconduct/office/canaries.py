"""May this list of canaries be added, replaced or removed?

1. A list belongs to an organization that has not ended, has a name that can be shown, and something to look for.
2. All lists together stay within what every worker can hold.
3. To add one needs nobody else: more is looked for. To replace or remove one, a second officer agrees.

INVARIANT (P9): nobody alone takes out of sight what an organization watches.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from safeconduct.office.asking import Asking
from safeconduct.office.canary_acts import ListCanaries, RemoveCanaries
from safeconduct.registry.bodies import canaries as c
from safeconduct.registry.canaries import PRINT_BYTES

MOST_LISTS: Final = 1_000
MOST_OF_ONE: Final = 20_000  # fingerprints of one list: a change of some 320 KB
MOST_PRINTS: Final = 200_000  # of all lists: they are held by every worker
MOST_NAME: Final = 100
_DIGITS: Final = 2 * PRINT_BYTES
_HEX: Final = frozenset("0123456789abcdef")


def add(act: ListCanaries, ask: Asking) -> None:
    _wants_home(act, ask)
    ask.wants_text("reason", act.why)
    if not act.name or len(act.name) > MOST_NAME or not act.name.isprintable():
        ask.refuse("bad_name", "a list has a name of one printable line", f"give it a name of at most {MOST_NAME} characters")
    if not _are_prints(act.strings) or not _are_prints(act.documents):
        ask.refuse("bad_prints", "the fingerprints are none, or are not ascending", "see: safeconduct canary add --help")
    size = (len(act.strings) + len(act.documents)) // _DIGITS
    if not size:
        mend = "give strings one a line, or a document of eight words and more"
        ask.refuse("nothing_watched", "the list holds nothing to look for", mend)
    known = ask.registry.canaries.get(act.id)
    if known is not None and not act.replace:
        mend = "take another name, or replace it: --replace"
        ask.refuse("list_exists", f"{act.organization} has a list {act.name}", mend)
    others = [each.size for name, each in ask.registry.canaries.items() if name != act.id]
    if size > MOST_OF_ONE or sum(others) + size > MOST_PRINTS or len(others) >= MOST_LISTS:
        mend = f"at most {MOST_OF_ONE:,} of one list and {MOST_PRINTS:,} of {MOST_LISTS:,} lists; split it, or remove others"
        ask.refuse("too_many_canaries", "this is more than can be looked for", mend)
    if known is not None:
        ask.wants_second(f"what stands in {act.name} of {act.organization} and not in the new list is not looked for any more")
    ask.change("canaries.listed", act.id, c.CanariesListed(act.organization, act.strings, act.documents))


def remove(act: RemoveCanaries, ask: Asking) -> None:
    ask.wants_text("reason", act.why)
    if act.id not in ask.registry.canaries:
        what = f"{act.organization[:80]!r} has no list {act.name[:80]!r}"
        ask.refuse("unknown_list", what, "see: safeconduct canary list")
    ask.wants_second(f"what stands in {act.name} of {act.organization} is not looked for any more")
    ask.change("canaries.removed", act.id, c.CanariesRemoved(act.organization, act.why))


def _wants_home(act: ListCanaries, ask: Asking) -> None:
    ask.wants_organization(act.organization)
    found = ask.registry.organizations.get(act.organization)
    if found is not None and found.ends <= ask.now:
        what = f"{act.organization} has ended, and its lists with it"
        ask.refuse("organization_ended", what, "name an organization that has not ended")


def _are_prints(text: str) -> bool:
    """Whether the text is fingerprints in ascending order, each once."""
    if len(text) % _DIGITS or not _HEX.issuperset(text):
        return False
    each = [text[at : at + _DIGITS] for at in range(0, len(text), _DIGITS)]
    return all(before < after for before, after in pairwise(each))
