"""What would the registry be, had an act been done? Trial registries for previews; nothing here is ever performed.

Life cycle and approvals are the office's question. Here a letter is simply taken to be in force, or taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from safeconduct.registry.records import InstrumentRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment


def activated(registry: Registry, instrument: str, version: int, now: Moment) -> Registry:
    """The registry, had this version been activated at ``now``. Raises KeyError when there is no such version."""
    records = {record.version: record for record in registry.instrument_versions(instrument)}
    replaced = [each for each in records.values() if each.activated_at is not None and each.withdrawn_at is None]
    ended = [msgspec.structs.replace(each, status="superseded", withdrawn_at=now) for each in replaced if each.version != version]
    begun = msgspec.structs.replace(records[version], status="active", activated_at=now, withdrawn_at=None)
    return registry.supposing(*ended, begun)


def entered_and_activated(registry: Registry, instrument: str, text: str, annexes: Mapping[str, str], now: Moment) -> Registry:
    """The registry, had this text been entered as the next version and activated at ``now``."""
    version = max((record.version for record in registry.instrument_versions(instrument)), default=0) + 1
    digest = hashlib.sha256(text.encode()).hexdigest()
    record = InstrumentRecord(instrument, version, text, digest, dict(annexes), "draft", now, "")
    return activated(registry.supposing(record), instrument, version, now)


def withdrawn(registry: Registry, instrument: str, version: int, now: Moment) -> Registry:
    """The registry, had this version been withdrawn at ``now``. Raises KeyError when there is no such version."""
    records = {record.version: record for record in registry.instrument_versions(instrument)}
    return registry.supposing(msgspec.structs.replace(records[version], status="withdrawn", withdrawn_at=now))
