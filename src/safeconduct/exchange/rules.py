"""Which policy follows from the registry at a moment? Ties the rooms that hold instruments, compile them and decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.document import Instrument, read
from safeconduct.instruments.force import Held
from safeconduct.instruments.matching import matched
from safeconduct.instruments.packs import Pack, read_pack
from safeconduct.policy.decide import Policy
from safeconduct.registry.measures import in_force, shown
from safeconduct.registry.papers import InstrumentRecord, PackRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.content import CLASS_DAYS
from safeconduct.terms.moments import FOREVER, Moment


class Rules:
    """Makes policies. Documents are read once: a text that was entered never changes.

    ``classes`` are the retention classes there are, in days; ``unrestricted`` the tiers that some measures leave alone.
    """

    def __init__(self, classes: Mapping[str, int] = CLASS_DAYS, unrestricted: Collection[str] = ()) -> None:
        self._classes = classes
        self._unrestricted = tuple(unrestricted)
        self._read: dict[tuple[str, int], Instrument] = {}
        self._packs: dict[str, Pack] = {}

    def __call__(self, registry: Registry, now: Moment) -> Policy:
        """The policy in force at ``now``. Raises Refused when an activated document cannot be read."""
        held = [self._held(record) for record in registry.instruments() if record.activated_at is not None]
        packs = {record.id: self._pack(record) for record in registry.packs()}
        models, withdrawn = registry.models(), registry.withdrawn_models()
        marked = {each.id: [shown(one) for one in in_force(registry.marks(f"model/{each.id}"), now)] for each in models}
        marked = {name: measures for name, measures in marked.items() if measures}
        return Policy(compile_rules(held, now, packs), models, withdrawn, self._classes, self._unrestricted, marked)

    def _held(self, record: InstrumentRecord) -> Held:
        key = (record.id, record.version)
        instrument = self._read.get(key)
        if instrument is None:
            files = {name: text.encode() for name, text in record.annexes.items()}
            instrument = matched(read(record.text, files, f"{record.id}.toml"), record.chosen())
            self._read[key] = instrument
        activated = record.activated_at if record.activated_at is not None else FOREVER
        withdrawn = record.withdrawn_at if record.withdrawn_at is not None else FOREVER
        return Held(instrument, record.version, activated, withdrawn, record.status == "superseded")

    def _pack(self, record: PackRecord) -> Pack:
        if record.sha256 not in self._packs:
            self._packs[record.sha256] = read_pack(record.text, f"{record.id}.toml")
        return self._packs[record.sha256]
