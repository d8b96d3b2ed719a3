"""Who could at one time and could not at another, and what had changed for them?

Each time is answered as it was known then, by the rules in force then (P6). Beside the two reasons stands what differs for
the seat: rules that decided only once, facts whose state changed, and links that came or went.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from safeconduct.inquiry.census import Census, Pair, SeatClass
from safeconduct.inquiry.preview import Change, compare
from safeconduct.inquiry.rulings import Ruling, Rulings


class Different(msgspec.Struct, frozen=True):
    """``seats`` of one organization whose answer about a model changed. ``because`` lists what differs."""

    change: Change
    organization: str
    project: str
    model: str
    before: str
    after: str
    because: tuple[str, ...]
    seats: int
    names: tuple[str, ...] = ()


def differences(
    census: Census, first: Rulings, second: Rulings, *, organization: str = "", model: str = "", person: str = ""
) -> list[Different]:
    """The changes between the two sides of a census. With ``person``: of that one alone."""
    counts: Counter[tuple[Change, str, str, str, str, str, tuple[str, ...]]] = Counter()
    names: dict[tuple[object, ...], list[str]] = {}
    for pair, tally in census.pairs():
        seat = pair[0] if pair[0] is not None else pair[1]
        if seat is None or organization not in ("", seat.organization):
            continue
        found = [name for name in tally.ids if name == person] if person else tally.ids
        if person and not found:
            continue
        for name in sorted({*first.models, *second.models}) if not model else [model]:
            was, would = first.of(pair[0], tally.first, name), second.of(pair[1], tally.first, name)
            change = compare(was, would)
            if change is None:
                continue
            because = _because(pair, (was, would), (first, second), name)
            key = (change, seat.organization, seat.project, name, was.code, would.code, because)
            counts[key] += len(found) if person else tally.count
            names.setdefault(key, []).extend(found)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        Different(*key, seats, tuple(sorted(names[key])[: None if census.keep < 0 else census.keep])) for key, seats in ordered
    ]


def _because(pair: Pair, rulings: tuple[Ruling, Ruling], sides: tuple[Rulings, Rulings], model: str) -> tuple[str, ...]:
    before, after = pair[0], pair[1]
    if before is None or after is None:
        return ("joined",) if before is None else ("left",)
    told = [f"rule {rule} no longer decides" for rule in sorted(set(rulings[0].rules) - set(rulings[1].rules))]
    told += [f"rule {rule} decides now" for rule in sorted(set(rulings[1].rules) - set(rulings[0].rules))]
    told += _links(before, after)
    then = {name: (status, value) for name, status, value in sides[0].facts_read(before, model)}
    now = {name: (status, value) for name, status, value in sides[1].facts_read(after, model)}
    for name in sorted(then.keys() & now.keys()):
        if then[name] != now[name]:
            told.append(f"fact {name}: {_state(then[name])}, now {_state(now[name])}")
    return tuple(told)


def _links(before: SeatClass, after: SeatClass) -> list[str]:
    ended = [f"{kind} {why}" for kind, why in after.lapses if (kind, why) not in before.lapses]
    ended += [f"{kind} no longer {why}" for kind, why in before.lapses if (kind, why) not in after.lapses]
    if before.risk != after.risk:
        ended.append(f"risk: {before.risk}, now {after.risk}")
    ended += [f"measure {each[0]} is in force" for each in after.measures if each not in before.measures]
    return ended + [f"measure {each[0]} is over" for each in before.measures if each not in after.measures]


def _state(fact: tuple[str, object]) -> str:
    status, value = fact
    if value is None:
        return status
    return ";".join(value) if isinstance(value, tuple) else str(value)
