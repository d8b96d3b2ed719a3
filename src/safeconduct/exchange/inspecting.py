"""What do the detectors see in a request? Asks the inline ones, and says which texts have to go to those in other processes.

What was heard of a text before is remembered (``safeguards.seen``) and not asked again. What the findings come to is the
panel's; what follows is the machine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from safeconduct.exchange import doubt
from safeconduct.safeguards import provenance, seen
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import About, Enabled, Process, Wanted
from safeconduct.safeguards.seen import Heard, Naming, Seen
from safeconduct.terms.blocks import UNTRUSTED, Block, Direction, Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.safeguards import JUDGE, RATE, REUSE, UNCERTAIN
from safeconduct.terms.signals import Features, Scored
from safeconduct.terms.signals import Seen as Told

MISUSE: Final = "misuse"
INJECTION: Final = "injection"
CONTEXTUAL: Final = frozenset({provenance.DETECTOR})  # what a text means to them depends on the tools of the request, too
NOBODY: Final = About()
FEW: Final = 4  # texts; and
MOST_REPEATED: Final = 8  # calls that one call is said to repeat
SHORT: Final = 32_768  # characters: below either, reading all again costs less than remembering


class Inspection:
    """What was seen. ``waits`` are texts that have to be heard about before there is a verdict, ``later`` those that are scored
    while the call is on its way; ``heard`` is of texts that were new with this call, and of the newest one in any case.
    """

    __slots__ = ("blocks", "detectors", "findings", "heard", "later", "waits")

    def __init__(self, detectors: tuple[str, ...], blocks: Sequence[Block], findings: list[Finding]) -> None:
        self.detectors = detectors
        self.blocks = blocks
        self.findings = findings
        self.waits: tuple[Wanted, ...] = ()
        self.later: tuple[Wanted, ...] = ()
        self.heard: tuple[Heard, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all texts in UTF-8."""
        size = 0
        for each in self.blocks:
            size += len(each.text) if each.text.isascii() else _bytes(each.text)
        return size


def inspect(
    blocks: Sequence[Block],
    plan: Plan,
    enabled: Enabled,
    known: Seen,
    fresh: Mapping[bytes, Heard],
    subject: bytes,
    about: About = NOBODY,
) -> Inspection:
    """Look at the blocks of one request. ``fresh`` is what was heard for this very call. Raises DetectorFailed.

    ``subject`` is the caller's own 32-byte key. A text that a process failed on, where that may pass, is in ``fresh`` as clean.
    """
    wanted = plan.detectors(Direction.REQUEST)
    inline = wanted - enabled.remote
    looked = Inspection(enabled.asked(wanted), blocks, _inline(blocks, inline, enabled, known, subject) if inline else [])
    if enabled.processes:
        acting = plan.acting(Direction.REQUEST) | doubt.awaited(plan)
        for process in enabled.processes:
            if process.placed:
                if about.place is not None and process.name in wanted:
                    _ask(looked, process, acting, known, fresh, subject, about)
            elif process.name != JUDGE:
                _ask(looked, process, acting, known, fresh, subject)
        if not looked.waits and JUDGE in wanted:
            judged = doubt.doubts(blocks, plan, enabled, known, fresh, subject, about)
            looked.findings += judged.findings
            looked.waits = tuple({each.key: each for each in judged.waits}.values())
            looked.later += tuple({each.key: each for each in judged.later}.values())
    return looked


def _inline(blocks: Sequence[Block], wanted: frozenset[str], enabled: Enabled, known: Seen, subject: bytes) -> list[Finding]:
    """What the inline detectors find."""
    alone = wanted - CONTEXTUAL
    found = _alone(blocks, alone, enabled, known, subject) if alone else []
    return found if alone == wanted else found + _of_others(blocks, wanted & CONTEXTUAL, enabled, known, subject)


def _of_others(blocks: Sequence[Block], wanted: frozenset[str], enabled: Enabled, known: Seen, subject: bytes) -> list[Finding]:
    """What is found in texts of nobody who is party to the call, each read once for the same tools of a request."""
    theirs = [block for block in blocks if block.origin in UNTRUSTED]
    if not theirs:
        return []
    beside = provenance.context(blocks)
    tools = "\0".join(sorted({block.text for block in beside}))
    version = f"{provenance.DETECTOR}\0{provenance.VERSION}\0{enabled.inline.version}\0{tools}"
    naming = Naming(subject, version)
    found: list[Finding] = []
    for block in theirs:
        name = naming.name(block)
        heard = known.get(name)
        if heard is None:
            said = enabled.inline.scan([*beside, block], wanted)
            heard = Heard(tuple(msgspec.structs.replace(each, path="") for each in said)) if said else seen.CLEAN
            known.put(name, heard)
        found += [msgspec.structs.replace(each, path=block.path) for each in heard.findings]
    return found


def _alone(blocks: Sequence[Block], alone: frozenset[str], enabled: Enabled, known: Seen, subject: bytes) -> list[Finding]:
    """What the others find. Of a long history only what is new is read again, and what stands before it.

    INVARIANT (P4): a text is known as clean together with the text before it and the last one of its origin before it, for a
    finding can be split over two texts: two halves that were clean elsewhere are read again where they meet.
    """
    if len(blocks) < FEW or sum(len(block.text) for block in blocks) < SHORT:
        return enabled.inline.scan(blocks, alone)
    version = f"inline\0{enabled.inline.version}\0{','.join(sorted(alone))}"
    naming = Naming(subject, version)
    names, before = _placed([naming.name(block) for block in blocks], blocks)
    new = [at for at, name in enumerate(names) if known.get(name) is None]
    left = sorted({*new, *(other for at in new for other in before[at])})
    found = enabled.inline.scan([blocks[at] for at in left], alone) if left else []
    objected = {finding.path for finding in found}
    for at in new:
        if blocks[at].path not in objected:
            known.put(names[at], seen.CLEAN)
    return found


def _placed(keys: Sequence[bytes], blocks: Sequence[Block]) -> tuple[list[bytes], list[tuple[int, ...]]]:
    """The name of each text where it stands, and the texts before it that it can be a continuation of."""
    names: list[bytes] = []
    before: list[tuple[int, ...]] = []
    last: dict[Origin, int] = {}
    for at, block in enumerate(blocks):
        others = (last.get(block.origin, -1), at - 1)
        names.append(b"".join((keys[at], *(keys[other] if other >= 0 else b"" for other in others))))
        before.append(tuple(other for other in others if other >= 0))
        last[block.origin] = at
    return names, before


def scored(heard: Iterable[Heard], findings: Iterable[Finding]) -> Scored:
    """What the watch hears of texts and findings: features, chances and counts."""
    chances = {MISUSE: 1.0, INJECTION: 1.0}
    features = Features()
    repeats: tuple[str, ...] = ()
    for each in heard:
        features = each.features if each.features.text_bytes else features
        repeats += each.repeats
        for found in each.findings:
            if found.detector in chances:
                chances[found.detector] = min(chances[found.detector], found.chance)
    return Scored(features, chances[MISUSE], chances[INJECTION], told(findings, Direction.REQUEST), _few(repeats))


def counts(finding: Finding) -> bool:
    """Whether the watch is told of a finding that came after the call had left, as one that counts."""
    return (finding.detector == JUDGE and finding.chance <= UNCERTAIN) or (finding.detector == REUSE and finding.chance <= RATE)


def told(findings: Iterable[Finding], direction: Direction) -> tuple[Told, ...]:
    """Findings of one direction as the watch counts them."""
    found: dict[tuple[str, str], Told] = {}
    for each in findings:
        before = found.get((each.detector, each.kind))
        count, chance = (1, each.chance) if before is None else (before.count + 1, min(before.chance, each.chance))
        found[each.detector, each.kind] = Told(each.detector, each.kind, str(direction), count, chance)
    return tuple(found.values())


def _ask(
    looked: Inspection,
    process: Process,
    acting: frozenset[str],
    known: Seen,
    fresh: Mapping[bytes, Heard],
    subject: bytes,
    about: About | None = None,
) -> None:
    """Take what is known of each text that the process reads, and note what has to be asked."""
    version = f"{process.name}\0{process.version}"
    if about is not None and (place := about.place) is not None:  # the same text means something else elsewhere
        version = f"{version}\0{place.organization}\0{place.project}\0{place.model}"
    naming = Naming(subject, version)
    reads: frozenset[Origin] = frozenset().union(*(each.origins for each in process.detectors))
    awaited: frozenset[Origin] = frozenset().union(*(each.origins for each in process.detectors if each.name in acting))
    waits: list[Wanted] = []
    later: list[Wanted] = []
    new: list[Heard] = []
    last: Heard | None = None
    for block in looked.blocks:
        if block.origin not in reads or len(block.text) < process.shortest or block.text.isspace():
            continue
        name = naming.name(block)
        heard = fresh.get(name)
        if heard is not None:
            new.append(heard)
        else:
            heard = known.get(name)
        if heard is None:
            asked = Wanted(name, process.name, block.origin, block.text, about)
            (waits if block.origin in awaited else later).append(asked)
            continue
        if block.origin is Origin.USER:
            last = heard
        for found in heard.findings:
            if any(each.name == found.detector and block.origin in each.origins for each in process.detectors):
                looked.findings.append(msgspec.structs.replace(found, path=block.path))
    looked.waits += tuple({each.key: each for each in waits}.values())
    looked.later += tuple({each.key: each for each in later}.values())
    looked.heard += tuple(new) if new or last is None else (last,)


def _few(repeats: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(repeats))[:MOST_REPEATED] if repeats else repeats


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
