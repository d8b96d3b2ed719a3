"""From where does a keeper go on? From its state, once tiles, checkpoint and head agree that nothing signed was lost.

The state is ahead of the head, the head ahead of the published checkpoint, after any crash of ours. Anything else is a log that
was restored, moved or touched, and is not signed.

INVARIANT: P7 - a tree that does not extend the head is not signed, and neither is one whose head is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.note import Verifier
from safeconduct.terms.faults import Fault, Refused
from safeconduct.workers.edge import Edge
from safeconduct.workers.heads import ACCEPT, Anchor
from safeconduct.workers.places import State, loaded, rebuilt
from safeconduct.workers.ports import StateFile, Store


@dataclass(frozen=True, slots=True)
class Recovered:
    """Where to go on. ``signed`` is what was signed last, None before the first checkpoint."""

    state: State
    edge: Edge
    signed: Checkpoint | None


def recover(store: Store, state_file: StateFile, anchor: Anchor, verifier: Verifier) -> Recovered:
    """Read what is there, and finish what a crash cut off between head and checkpoint. Raises Refused, OSError."""
    note, published = _published(store, verifier)
    head, state = anchor.head, loaded(state_file.load())
    if head is None and ((published is not None and state is None) or (state is not None and state.anchored)):
        what = "this log was signed before, and the head that was kept apart of it is not there"
        mend = f"bring the head back with SAFECONDUCT_APART or log.heads; when it is lost: {ACCEPT}"
        raise Refused(Fault("log_head_missing", what, "the head", mend))
    state, edge = _tree(store, state, published, head)
    if head is not None and (published is None or head.size > published.size):
        assert anchor.note is not None
        store.write_checkpoint(anchor.note)  # a crash between head and checkpoint
        published = head
    elif note is not None and published is not None and (head is None or published.size > head.size):
        anchor.advance(note)  # of a log from before there were heads, or a head that is older than the log
    state.anchored = anchor.head is not None
    return Recovered(state, edge, published)


def _tree(store: Store, state: State | None, published: Checkpoint | None, head: Checkpoint | None) -> tuple[State, Edge]:
    """State and edge of a tree that extends everything signed."""
    signed = [each for each in (published, head) if each is not None]
    least = max((each.size for each in signed), default=0)
    try:
        if state is None or state.size < least:
            state = rebuilt(store, least)
        store.begin(state.size)
        edge = Edge(store, state.size)
        roots = [edge.root_at(each.size, state.size) for each in signed]
    except (OSError, ValueError) as fault:
        if head is not None and (published is None or published.size < head.size):
            raise Refused(_rolled_back(head, max(state.size if state else 0, published.size if published else 0))) from fault
        what = f"the log cannot be read up to where it was ({fault})"
        raise Refused(_fault("log_incomplete", what, "run audit verify; restore the missing files")) from fault
    if any(root != each.root for root, each in zip(roots, signed, strict=True)):
        what = "the tiles do not extend the checkpoint that was signed"
        raise Refused(_fault("log_forked", what, "run audit verify; restore the log"))
    return state, edge


def _published(store: Store, verifier: Verifier) -> tuple[bytes | None, Checkpoint | None]:
    try:
        note = store.checkpoint()
        return note, open_checkpoint(note, verifier)
    except FileNotFoundError:
        return None, None
    except ValueError as fault:
        raise Refused(_fault("log_foreign", str(fault), "use the key that signed this log, or another folder")) from fault


def _rolled_back(head: Checkpoint, here: int) -> Fault:
    what = f"{head.size} entries were signed, and the log here ends at {here}: it was restored from before, or lost its end"
    mend = f"restore the newer log; when its end is lost for good: {ACCEPT}"
    return Fault("log_rolled_back", what, f"the log {head.origin}", mend)


def _fault(code: str, what: str, mend: str) -> Fault:
    return Fault(code, what, "the log", mend)
