"""What if the end of a log is lost for good? Its head is given up, by name and on record, and the log goes on from what is left.

The last way out, for a person: whoever holds a later checkpoint (a witness, a bundle) can prove from then on that entries are
missing, and that is as it should be. The lost head stays beside the new one, as evidence.

INVARIANT: P9 - the acceptance is an entry before it takes effect, with the actor, the lost size and root, and the note's hash.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from safeconduct.assembly.home import Home, Shard
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.log import keeper_lock, shard_signer
from safeconduct.assembly.places import Places, places_of
from safeconduct.assembly.process import clock, settings_hash
from safeconduct.assembly.versions import versions
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from safeconduct.audit.entries import ActPerformed, WriterStarted
from safeconduct.audit.note import Signer, Verifier
from safeconduct.audit.tree import EMPTY_ROOT
from safeconduct.settings.load import Settings
from safeconduct.terms.faults import Fault, Refused
from safeconduct.workers.edge import Edge
from safeconduct.workers.ports import Store

ACT = "log.accept_head"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was given up: the tree that was signed (None: its head is gone too), and the one that the log goes on from."""

    origin: str
    lost: Checkpoint | None
    kept: Checkpoint


@dataclass(frozen=True, slots=True)
class _Unfit:
    """A tree whose head it does not extend. ``note`` is the head's, ``fresh`` the one to put in its place."""

    signer: Signer
    note: bytes | None
    fresh: bytes
    accepted: Accepted


def accept_head(home: Home, environ: Mapping[str, str], actor: str) -> list[Accepted]:
    """Accept the loss for every tree of this home that no keeper signs any more. The keeper must not run.

    Raises Refused when it runs, when every head fits, or when what is left is not whole; OSError.
    """
    settings = home.settings(environ)
    places = places_of(home, settings.log, environ)
    lock = keeper_lock(home.journal)
    try:
        found = [_unfit(home, shard, places) for shard in (*home.shards(), home.root_shard())]
        unfit = [each for each in found if each is not None]
        if not unfit:
            what = "every tree of this log extends its head; nothing is lost"
            raise Refused(Fault("head_fits", what, str(home.log), "start the keeper: safeconduct serve"))
        _record(home, settings, unfit, actor)
        for each in unfit:
            _replace(places, each)
        return [each.accepted for each in unfit]
    finally:
        lock.release()


def _unfit(home: Home, shard: Shard, places: Places) -> _Unfit | None:
    signer = shard_signer(home, shard, secrets.token_bytes)
    store = places.log(shard)
    note = places.heads(signer.verifier).load()
    head = _opened(note, signer.verifier) if note is not None else None
    left = _left(store, signer.verifier)
    if left is None and note is None:
        return None  # never signed
    if left is None:
        kept = Checkpoint(signer.verifier.name, 0, EMPTY_ROOT)
        return _Unfit(signer, note, sign_checkpoint(kept, signer), Accepted(kept.origin, head, kept))
    fresh, kept = left
    if head is not None and head.size <= kept.size and Edge(store, kept.size).root_at(head.size, kept.size) == head.root:
        return None
    if head is not None and _whole(store, head):
        return None  # a crash between head and checkpoint: the keeper goes on by itself
    if not _whole(store, kept):
        what = f"the tiles do not lead to the {kept.size} entries that its checkpoint says"
        raise Refused(Fault("log_incomplete", what, str(shard.log), "restore the log whole, then accept what is lost behind it"))
    return _Unfit(signer, note, fresh, Accepted(kept.origin, head, kept))


def _left(store: Store, verifier: Verifier) -> tuple[bytes, Checkpoint] | None:
    try:
        note = store.checkpoint()
        return note, open_checkpoint(note, verifier)
    except FileNotFoundError:
        return None
    except ValueError as wrong:
        mend = "restore the checkpoint that this log's own key signed"
        raise Refused(Fault("log_foreign", str(wrong), "the log", mend)) from wrong


def _whole(store: Store, checkpoint: Checkpoint) -> bool:
    try:
        return Edge(store, checkpoint.size).root() == checkpoint.root
    except (OSError, ValueError):
        return False


def _opened(note: bytes, verifier: Verifier) -> Checkpoint | None:
    try:
        return open_checkpoint(note, verifier)
    except ValueError:
        return None  # damaged, or of another key: kept as it is


def _record(home: Home, settings: Settings, unfit: list[_Unfit], actor: str) -> None:
    started = WriterStarted(at=clock(), role="desk", settings_hash=settings_hash(settings), versions=versions())
    journal = open_journal(home, settings.log.node, secrets.token_hex(6), start_entry=started, segment_bytes=64 * 1024)
    try:
        for each in unfit:
            lost = each.accepted.lost
            told = f"{lost.size} {lost.root.hex()}" if lost else "unknown"
            journal.append_sync(
                ActPerformed(
                    about=f"{each.accepted.origin} {told}",
                    act=ACT,
                    actor=actor,
                    at=clock(),
                    changes_digest=hashlib.sha256(each.note or b"").hexdigest(),
                )
            )
    finally:
        journal.close()


def _replace(places: Places, each: _Unfit) -> None:
    """Keep the lost head aside, then put the new one in its place."""
    verifier = each.signer.verifier
    if each.note is not None:
        aside = places.heads(verifier, f".lost-{clock()}")
        aside.swap(None, each.note)
    if not places.heads(verifier).swap(each.note, each.fresh):
        what = "the head was changed by somebody else meanwhile"
        raise Refused(Fault("log_two_keepers", what, "the head", "run one keeper for each log, and look again"))
