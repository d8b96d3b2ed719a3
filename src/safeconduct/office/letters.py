"""Does an instrument stand up against the registry as it is? Asked when it is entered, checked and activated.

Reading and checking are the room ``instruments``; this module knows what the registry holds to check against.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from safeconduct.instruments import check as checks
from safeconduct.instruments.check import Known
from safeconduct.instruments.document import Instrument, RuleEffect, read
from safeconduct.instruments.force import Held, intervals
from safeconduct.instruments.matching import matched, unmatched
from safeconduct.instruments.packs import Pack, read_pack
from safeconduct.instruments.signature import read_key, read_signature, require_signed
from safeconduct.instruments.transcription import Transcription, compare
from safeconduct.office.asking import Asking
from safeconduct.office.holders import Held as Holding
from safeconduct.office.holders import held_of
from safeconduct.registry.papers import InstrumentRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, Moment


def known_of(registry: Registry, *, besides: str = "", now: Moment | None = None) -> Known:
    """What the registry knows: catalog, parties, packs, and every instrument but ``besides``: the active version, whatever drafts
    there are, or else the newest.
    """
    newest: dict[str, Instrument] = {}
    active: set[str] = set()
    for record in registry.instruments():
        if record.id == besides or record.status == "withdrawn" or (record.id in active and record.status != "active"):
            continue
        try:
            newest[record.id] = of_record(record)
        except Refused:
            continue  # entered by an older program that allowed it; its rules cannot be named
        if record.status == "active":
            active.add(record.id)
    return Known(
        models=tuple(registry.models()),
        organizations=frozenset(registry.organizations),
        instruments=tuple(newest.values()),
        packs=packs_of(registry),
        authorities=frozenset(registry.authorities),
        active=frozenset(active),
        now=now,
    )


def packs_of(registry: Registry) -> dict[str, Pack]:
    """The rule packs in force, by id. One that an older program let in and this one cannot read is left out."""
    found: dict[str, Pack] = {}
    for record in registry.packs():
        try:
            found[record.id] = read_pack(record.text, f"{record.id}.toml")
        except Refused:
            continue
    return found


def stored(text: str, annexes: Mapping[str, str], name: str) -> Instrument:
    """Read an instrument from its text and annexes as the registry keeps them. Raises Refused."""
    return read(text, {file: content.encode() for file, content in annexes.items()}, name)


def of_record(record: InstrumentRecord) -> Instrument:
    """Read one version as it counts: names in its annexes are those organizations that two officers matched. Raises Refused."""
    return matched(stored(record.text, record.annexes, f"{record.id}.toml"), record.chosen())


def held(registry: Registry, only: Collection[str] | None = None) -> list[Held]:
    """Every version that was ever activated, or of ``only`` these instruments, read. Raises Refused when one cannot be read."""
    return [
        _held(record)
        for record in registry.instruments()
        if record.activated_at is not None and (only is None or record.id in only)
    ]


def _held(record: InstrumentRecord) -> Held:
    activated = record.activated_at if record.activated_at is not None else FOREVER
    withdrawn = record.withdrawn_at if record.withdrawn_at is not None else FOREVER
    return Held(of_record(record), record.version, activated, withdrawn, record.status == "superseded")


def statuses(registry: Registry, now: Moment) -> dict[tuple[str, int], str]:
    """Where every version stands at ``now``, by id and version: the steps before activation by their names, what was activated
    as ``scheduled``, ``in force``, ``lifted``, ``ended``, ``superseded`` or ``withdrawn``.

    ``lifted``: it is in force, and every one of its rules is ended by a lift in force.
    """
    found = {(each.id, each.version): each.status for each in registry.instruments()}
    spans: dict[tuple[str, int], tuple[Instrument, Moment, Moment]] = {}
    activated = [each for each in registry.instruments() if each.activated_at is not None]
    for name in {each.id for each in activated}:
        with contextlib.suppress(Refused):
            versions = [_held(each) for each in activated if each.id == name]
            spans |= {(name, one.version): (one.instrument, since, end) for one, since, end in intervals(versions)}
    current = {place: letter for place, (letter, since, end) in spans.items() if since <= now < end}
    lifted = {rule.target for letter in current.values() for rule in letter.rules if rule.effect is RuleEffect.LIFT}
    for place, status in found.items():
        if place in current:
            rules = current[place].rules
            gone = bool(rules) and all(f"{place[0]}/{rule.id}" in lifted for rule in rules)
            found[place] = "lifted" if gone else "in force"
        elif place in spans and now < spans[place][1]:
            found[place] = "scheduled"
        elif status == "active":
            found[place] = "ended"
    return found


def sound(text: str, annexes: Mapping[str, str], name: str, registry: Registry) -> Instrument:
    """Read an instrument and hold it against the registry. Raises Refused with every fault."""
    instrument = stored(text, annexes, name)
    known = known_of(registry, besides=instrument.id)
    faults = [*unregistered(instrument, registry), *_taken_over(instrument, registry), *checks.check(instrument, known)]
    if faults:
        raise Refused(*faults)
    return instrument


def unregistered(instrument: Instrument, registry: Registry) -> list[Fault]:
    """A fault when nobody registered the authority that issued the instrument."""
    if instrument.authority in registry.authorities:
        return []
    mend = f"run: safeconduct authority add {instrument.authority} --name NAME, or correct the id"
    what = f"no authority {instrument.authority!r} is registered"
    return [Fault("unknown_authority", what, instrument.where(1), mend)]


def _taken_over(instrument: Instrument, registry: Registry) -> list[Fault]:
    """A fault when a version of this letter that was ever activated is another authority's.

    INVARIANT (P9): nobody amends another's letter; else a paper that nobody signed takes the place of a signed one.
    """
    for record in registry.instrument_versions(instrument.id):
        if record.activated_at is None:
            continue
        with contextlib.suppress(Refused):
            before = of_record(record).authority
            if before != instrument.authority:
                what = f"{instrument.id} is a letter of {before}, and {instrument.authority} cannot amend it"
                return [Fault("other_authority", what, instrument.where(1), "give the document an id of its own")]
    return []


def held_for(instrument: Instrument, registry: Registry, now: Moment, tell: Callable[[int], None] = lambda _: None) -> Holding:
    """Which of the facts that the instrument asks for anybody holds. ``tell`` hears how many people were looked at."""
    known = known_of(registry, besides=instrument.id)
    return held_of(registry, checks.facts_asked(instrument, known), now, tell)


def warnings(instrument: Instrument, registry: Registry, now: Moment, held: Holding | None = None) -> tuple[str, ...]:
    """What an officer should have read before going on: each warning as a sentence. Without ``held`` nobody's facts count."""
    known = known_of(registry, besides=instrument.id, now=now)
    if held is not None:
        known = replace(known, held=held.facts, people=held.people)
    return tuple(str(each) for each in checks.warnings(instrument, known))


def wants_signature(instrument: Instrument, text: str, signature: str, ask: Asking) -> None:
    """An authority with a key signs every text; a signature that nobody can verify is not kept as if it proved anything."""
    authority = ask.registry.authorities.get(instrument.authority)
    if authority is None:
        return
    if not authority.key:
        if signature:
            what = f"{authority.id} has no key with us, so its signature cannot be verified"
            mend = f"run: safeconduct authority rotate {authority.id} --key FILE, or enter it without the signature"
            ask.refuse("no_key", what, mend)
        return
    if not signature:
        mend = "enter it with --signature FILE.sig; without it nobody can tell that it is the authority's"
        ask.refuse("not_signed", f"{authority.id} signs its letters, and this text came without a signature", mend)
        return
    try:
        require_signed(text.encode(), read_signature(signature), [read_key(authority.key)], instrument.where(1))
    except Refused as refused:
        ask.faults.extend(refused.faults)


def differences(record: InstrumentRecord, text: str, annexes: Mapping[str, str]) -> tuple[Fault, ...]:
    """What a second transcription says otherwise than the first, or why it cannot be read."""
    files = {file: content.encode() for file, content in annexes.items()}
    kept = {file: content.encode() for file, content in record.annexes.items()}
    try:
        second = Transcription.of(text, files, "transcription.toml")
        first = Transcription.of(record.text, kept, f"{record.id}.toml")
    except Refused as refused:
        return refused.faults
    return tuple(each.fault for each in compare(first, second))


def names_in(record: InstrumentRecord) -> frozenset[tuple[str, str]]:
    """Every (annex, name) that people have to match. Raises Refused."""
    read_ = stored(record.text, record.annexes, f"{record.id}.toml")
    return frozenset((annex.id, line.name) for annex, line in unmatched(read_))
