"""Does an instrument stand up against the registry as it is? Asked before it is entered, and again before it is activated.

Reading and checking are the room ``instruments``; this module knows what the registry holds to check against.
"""

from __future__ import annotations

from collections.abc import Mapping

from safeconduct.instruments.check import Known, require_sound
from safeconduct.instruments.document import Instrument, read
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Refused


def known_of(registry: Registry, *, besides: str = "") -> Known:
    """What the registry knows: catalog, organizations, and the newest version of every instrument but ``besides``."""
    newest: dict[str, Instrument] = {}
    for record in registry.instruments():
        if record.id == besides:
            continue
        try:
            newest[record.id] = stored(record.text, record.annexes, f"{record.id}.toml")
        except Refused:
            continue  # entered by an older program that allowed it; its rules cannot be named
    return Known(tuple(registry.models()), frozenset(registry.organizations), tuple(newest.values()))


def stored(text: str, annexes: Mapping[str, str], name: str) -> Instrument:
    """Read an instrument from its text and annexes as the registry keeps them. Raises Refused."""
    return read(text, {file: content.encode() for file, content in annexes.items()}, name)


def sound(text: str, annexes: Mapping[str, str], name: str, registry: Registry) -> Instrument:
    """Read an instrument and hold it against the registry. Raises Refused with every fault."""
    instrument = stored(text, annexes, name)
    require_sound(instrument, known_of(registry, besides=instrument.id))
    return instrument
