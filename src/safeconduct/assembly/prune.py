"""How does the front of a log go, once two officers agreed? What may go at all, and in which order.

1. The whole log holds, and everything that is to go is older than the longest retention class, and no call in it is open.
2. ``log.pruned`` is durable, and a checkpoint signed by the keeper covers it.
3. Only then the minimum index is written, and whole bundles below it are taken away (``storage.files.pruning``).

INVARIANT: P7 - not one byte goes before the log itself says so under a signature; root and proofs of the rest still hold.
INVARIANT: P9 - nothing goes without a request that a second officer agreed to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.bundle import Tree
from safeconduct.assembly.exporting import Bar, trees
from safeconduct.assembly.home import Home
from safeconduct.assembly.recording import record
from safeconduct.assembly.vault import classes_of
from safeconduct.assembly.verifying import verify_trees
from safeconduct.audit.entries import LogPruned
from safeconduct.audit.tiles import WIDTH
from safeconduct.desk.desk import Desk
from safeconduct.office.pruning import DAYS, PruneLog
from safeconduct.registry.papers import Request
from safeconduct.storage.files.pruning import prune
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show
from safeconduct.vault.classes import DAY

WAIT_STEPS: Final = 300  # times a keeper is waited for, a fifth of a second each: it signs every second while it runs
STEP_SECONDS: Final = 0.2


class _Aged(msgspec.Struct, gc=False):
    at: Moment


_AGED = msgspec.json.Decoder(_Aged)


@dataclass(frozen=True, slots=True)
class Front:
    """What may go of one tree: the entries [minimum, below), the newest of them written at ``newest``."""

    origin: str
    minimum: int
    below: int
    newest: Moment


def front(home: Home, origin: str, below: int, older_than: Moment, now: Moment, bar: Bar) -> Front:
    """Judge what is asked for: entries below an index, or with ``below`` 0 all bundles that are older than a moment.

    ``origin`` is empty for the first tree. Raises Refused with every reason why something has to stay.
    """
    if home.settings().log.store:
        mend = "let the storage's own life cycle rules keep them, and prune a log in files"
        raise Refused(Fault("not_in_files", "only a log in files is pruned; this one is on object storage", "log.store", mend))
    tree = _tree(home, origin)
    report = verify_trees(home.log, trees(home)[0].verifier, None, bar)
    if not report.holds:
        mend = "run audit verify, and keep everything until it is known why"
        raise Refused(Fault("log_damaged", "the log does not hold as it is", tree.head.origin, mend))
    keep_until = now - _longest(home) * DAY
    if below % WIDTH or (below and below <= tree.minimum):
        what = f"whole bundles of {WIDTH} entries go, and those below {tree.minimum} are gone already"
        raise Refused(Fault("nothing_to_prune", what, f"--below {below}", f"name a multiple of {WIDTH}"))
    limit, newest = _aged(tree, min(older_than or keep_until, keep_until), below or tree.head.size)
    wanted = below or limit
    faults = []
    if wanted > limit:
        what = f"entry {limit} and later ones may still be asked about until their retention class is over"
        faults.append(Fault("too_young", what, f"--below {wanted}", f"at most {limit} entries may go"))
    mine = next(each for each in report.reports.values() if each.origin == tree.head.origin)
    open_calls = [index for index in mine.open_calls if index < wanted]
    if open_calls:
        mend = "let the keeper close it, or end the writer it belongs to"
        faults.append(Fault("call_open", f"call {open_calls[0]} has no outcome yet", f"--below {wanted}", mend))
    if wanted <= tree.minimum:
        what = f"no whole bundle of {WIDTH} entries is old enough; those below {tree.minimum} are gone already"
        faults.append(Fault("nothing_to_prune", what, tree.head.origin, "nothing needs to be done"))
    if faults:
        raise Refused(*faults)
    return Front(tree.head.origin, tree.minimum, wanted, newest)


def carry_out(home: Home, desk: Desk, request: str, bar: Bar, sleep: Callable[[float], None]) -> tuple[Front, int]:
    """Do what ``request`` agreed to. Returns what went, and how many files. Raises Refused, OSError; may then be done again."""
    found = _agreed(desk, request)
    act = msgspec.convert(found.body, PruneLog)
    told = front(home, act.id, act.below, 0, desk.now(), bar)
    second = next(iter(found.approvals), "")
    tree = _tree(home, told.origin)
    current = home.shard(desk.now())
    entry = LogPruned(
        actor=desk.actor_pseudonym(found.asker),
        at=desk.now(),
        minimum_index=told.below,
        origin="" if current.origin == told.origin else told.origin,
        second=desk.actor_pseudonym(second),
    )
    before = Tree.open(current.log, newest=True)
    record(home, entry)
    _await_signed(current.log, before.head.size if before else 0, entry, sleep)
    return told, prune(tree.folder, told.below)


def _tree(home: Home, origin: str) -> Tree:
    found = trees(home)
    for tree in found:
        if not origin or tree.head.origin == origin:
            return tree
    mend = f"name one of {', '.join(tree.head.origin for tree in found)}"
    raise Refused(Fault("unknown_shard", f"no tree of the log is called {origin[:80]!r}", "--shard", mend))


def _longest(home: Home) -> int:
    """Days of the longest retention class."""
    classes = classes_of(home.settings())
    return max(classes.days(name) for name in classes.names())


def _aged(tree: Tree, before: Moment, until: int) -> tuple[int, Moment]:
    """How many entries from the front on, in whole bundles, are all older than ``before``; and the newest time among them."""
    limit, newest, passed = tree.minimum, 0, 0
    for index, data in tree.entries(tree.minimum, until):
        passed = max(passed, _AGED.decode(data).at)
        if passed >= before:
            break
        if (index + 1) % WIDTH == 0:
            limit, newest = index + 1, passed
    return limit, newest


def _agreed(desk: Desk, name: str) -> Request:
    found = desk.registry.requests.get(name)
    if found is None or found.act != PruneLog.act:
        mend = "ask first: safeconduct audit prune --below INDEX --why TEXT"
        raise Refused(Fault("unknown_request", f"{name[:40]!r} is no request to prune the log", "--request", mend))
    if found.status != "done" or found.closed_at is None:
        mend = f"another officer agrees with: safeconduct request approve {name}"
        raise Refused(Fault("not_agreed", f"request {name} is {found.state_at(desk.now())}", "--request", mend))
    if desk.now() - found.closed_at > DAYS * DAY:
        what = f"request {name} was agreed to at {show(found.closed_at)}, more than {DAYS} days ago"
        raise Refused(Fault("expired_request", what, "--request", "ask for it again"))
    return found


def _await_signed(folder: Path, since: int, entry: LogPruned, sleep: Callable[[float], None]) -> None:
    """Until a signed checkpoint covers the entry. Raises Refused when no keeper signs."""
    for _ in range(WAIT_STEPS):
        tree = Tree.open(folder, newest=True)
        if tree is not None and tree.head.size > since:
            for _, data in tree.entries(since, tree.head.size):
                if b'"type":"log.pruned"' in data and msgspec.json.decode(data, type=LogPruned).at == entry.at:
                    return
        sleep(STEP_SECONDS)
    mend = "start it (safeconduct serve), then carry the request out again"
    raise Refused(Fault("not_signed", "no keeper signed the entry about it within a minute; nothing went", "the log", mend))
