"""Which detectors does this installation have? The inline ones put together, the processes of the others, and the base plan.

Rules and provenance are asked within a worker. The models need the extra ``models`` and live in processes of their own, and so
does every plugin: what others wrote never runs in an event loop that calls wait for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import metadata, util
from pathlib import Path
from typing import Final

from blake3 import blake3

from safeconduct.assembly.home import Home
from safeconduct.detectors.canaries import Canaries
from safeconduct.detectors.contract import GROUP, Manifest
from safeconduct.detectors.rules import Rules
from safeconduct.exchange import doubt
from safeconduct.safeguards import provenance, toolcalls
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import Bounds, DetectorFailed, Enabled, Process, Remote
from safeconduct.settings.load import Settings
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.decision import Duty
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.findings import SAFEGUARD, Finding
from safeconduct.terms.safeguards import JUDGE, REUSE

SORTER: Final = "sorter"
REUSE_VERSION: Final = "1"  # of what makes a fingerprint, and of what makes a finding
SHORTEST: Final = 64  # characters of a text that is looked up in answers
JUDGE_VERSION: Final = "1"  # of the question and of how its answer is read
RULES: Final = ("secrets", "markings", "personal", "canaries")
BASE: Final = (*(f"{name} both log" for name in RULES), "provenance request log")
_MODELS: Final = ("numpy", "onnxruntime")
_SHIPPED: Final = Path("detectors") / "models" / "shipped" / "manifest.json"
_INSTALL: Final = "The operator has to install the extra: pip install 'safeconduct[models]', then restart the gateway."
_SWITCHED_OFF: Final = "The operator has to set safeguards.scorers to 1 or more in the settings, then restart the gateway."
_FORGETFUL: Final = "The operator has to set safeguards.reuse.on in the settings, then restart the gateway."
_JUDGELESS: Final = "The operator has to set safeguards.judge.model in the settings, then restart the gateway."
_MISUSE_READS: Final = frozenset({Origin.SYSTEM, Origin.USER, Origin.ASSISTANT, Origin.TOOL_RESULT, Origin.DOCUMENT})
_INJECTION_READS: Final = frozenset({Origin.USER, Origin.TOOL_RESULT, Origin.DOCUMENT})
_LONGEST_ADDRESS: Final = 100  # bytes of a path that a unix socket can have, with some to spare (unix(7): 108)


class Inlines:
    """The rules and the provenance of texts, as one.

    INVARIANT: P1 - a detector that errs has not looked, and what it has not looked at does not leave.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.version = rules.version
        self.blind = False  # what is to be looked for could not be had, so nothing passes for looked at

    def renew(self, rules: Rules) -> None:
        """Look by these rules from now on, in streams that are under way, too."""
        self.rules, self.version, self.blind = rules, rules.version, False

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str], /) -> list[Finding]:
        """What the wanted ones find. Raises DetectorFailed."""
        self._want_sight()
        asked = "rules"
        try:
            found = self.rules.scan(blocks, wanted)
            if provenance.DETECTOR in wanted:
                asked = provenance.DETECTOR
                found += provenance.scan(blocks)
        except Exception as fault:
            raise DetectorFailed(asked) from fault
        return found

    def scan_text(self, path: str, text: str, origin: Origin, /) -> list[Finding]:
        """What the rules find in one text. Raises DetectorFailed."""
        self._want_sight()
        try:
            return self.rules.scan_text(path, text, origin)
        except Exception as fault:
            raise DetectorFailed("rules") from fault

    def open(self, text: str, /) -> int:
        """Where the text could still grow into a finding. Raises DetectorFailed."""
        try:
            return self.rules.open(text)
        except Exception as fault:
            raise DetectorFailed("rules") from fault

    def _want_sight(self) -> None:
        if self.blind:
            raise DetectorFailed("rules")


def enabled(settings: Settings, canaries: Canaries | None = None) -> Enabled:
    """The detectors that the settings enable, with what organizations watch. They look for the latter as long as nobody renews
    the inline ones (``assembly.canaries.Following``).

    Raises Refused for a plugin that is not installed or has no sane manifest.
    """
    chosen = settings.safeguards
    rules = Rules(canaries=canaries, legends=chosen.legends)
    versions = dict.fromkeys(RULES, rules.version)
    own = metadata.version("safeconduct")
    versions |= {provenance.DETECTOR: own, toolcalls.DETECTOR: own}
    processes = [_plugin(each, chosen.deadline_ms) for each in manifests(chosen.plugins)]
    missing = {}
    version = models_version()
    if version and chosen.scorers:
        reads = {"misuse": _MISUSE_READS, "injection": _INJECTION_READS}
        remotes = tuple(Remote(name, version, origins) for name, origins in reads.items())
        processes.insert(0, Process(SORTER, remotes, chosen.deadline_ms))
    else:
        mend = _SWITCHED_OFF if version else _INSTALL
        missing = {"misuse": mend, "injection": mend}
    if chosen.reuse.on and util.find_spec("numpy") is not None:
        remote = Remote(REUSE, REUSE_VERSION, frozenset(Origin))
        processes.append(Process(REUSE, (remote,), chosen.deadline_ms, SHORTEST, placed=True))
    else:
        missing[REUSE] = _INSTALL if chosen.reuse.on else _FORGETFUL
    if chosen.judge.model:
        remote = Remote(JUDGE, f"{JUDGE_VERSION}+{chosen.judge.model}", doubt.READS)
        processes.append(Process(JUDGE, (remote,), round(chosen.judge.deadline_seconds * 1000)))
    else:
        missing[JUDGE] = _JUDGELESS
    base = Plan.of([Duty(SAFEGUARD, value, "") for value in BASE], Plan.EMPTY) if chosen.base else Plan.EMPTY
    bounds = Bounds(chosen.hold_bytes, chosen.hold_ms)
    return Enabled(
        Inlines(rules), versions, processes=processes, base=base, missing=missing, bounds=bounds, gray=chosen.judge.gray
    )


def models_version() -> str:
    """The version of the models that are installed here; empty where they, or what they need, are not."""
    if any(util.find_spec(name) is None for name in _MODELS):
        return ""
    try:
        found = Path(__file__).parent.parent / _SHIPPED
        return _hashed(found.read_bytes())
    except OSError:
        return ""


def manifests(names: Sequence[str]) -> list[Manifest]:
    """What the enabled plugins say of themselves. Raises Refused with every fault."""
    points = {point.name: point for point in metadata.entry_points(group=GROUP)}
    found, faults = [], []
    for name in names:
        where = f"safeguards.plugins: {name}"
        if name not in points:
            faults.append(Fault("plugin_missing", f"no plugin {name} is installed", where, "install it, or take it out"))
            continue
        try:
            manifest = points[name].load()().manifest
        except Exception as fault:  # noqa: BLE001 - a door: what others wrote may do anything
            what = f"the plugin cannot be loaded: {type(fault).__name__}"
            faults.append(Fault("plugin_broken", what, where, "ask whoever wrote it"))
            continue
        if not isinstance(manifest, Manifest) or manifest.name != name or not manifest.version:
            what = "the plugin has no manifest of its own name and version"
            faults.append(Fault("plugin_broken", what, where, "ask whoever wrote it"))
            continue
        found.append(manifest)
    if faults:
        raise Refused(*faults)
    return found


def places(home: Home, settings: Settings, processes: Sequence[Process]) -> Mapping[str, Sequence[Path]]:
    """The sockets of each process: as many of the sorter as there are scorers, one of every other; the judge has none."""
    count = {SORTER: settings.safeguards.scorers}
    return {
        each.name: [socket(home, each.name, at) for at in range(count.get(each.name, 1))]
        for each in processes
        if each.name != JUDGE
    }


def socket(home: Home, process: str, place: int) -> Path:
    """Where a process listens. A home that lies too deep for a socket's address is reached through a descriptor of its folder."""
    plain = home.run / f"scorer-{process}-{place}.sock"
    if len(os.fsencode(plain)) <= _LONGEST_ADDRESS:
        return plain
    folder = os.open(home.run, os.O_PATH | os.O_DIRECTORY)  # stays open as long as this process lives
    return Path(f"/proc/self/fd/{folder}") / plain.name


def _plugin(manifest: Manifest, deadline_ms: int) -> Process:
    remote = Remote(manifest.name, manifest.version, manifest.origins, manifest.on_failure)
    return Process(manifest.name, (remote,), max(deadline_ms, manifest.deadline_ms))


def _hashed(data: bytes) -> str:
    return blake3(data).hexdigest()[:12]
