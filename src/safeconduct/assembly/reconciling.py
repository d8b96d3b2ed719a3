"""How are registry, vault and log of one home compared? What is read when, so that what happens meanwhile is no difference.

1. What lies in the vault is listed. Content comes before its entry, so all of it has an entry by the time the log is read.
2. With the registry's lock, while no act is under way: its file from here on as it is now, the entries that wait in journals, and
   then each shard's checkpoint. An act of that registry is in a journal or under a checkpoint.
3. The entries under each checkpoint are read once and have to lead to its root; only what is signed is believed. What is needed
   of them is put down on the disk (``Meeting``); memory stays flat.
4. The three comparisons: acts and rows, content, what guards the registry's tables. Then the log learns that it was done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import msgspec

from safeconduct.assembly.home import Home, Shard
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.process import clock, settings_hash
from safeconduct.assembly.versions import versions
from safeconduct.assembly.walking import Signed, Tell, signed_shards, walk
from safeconduct.audit.entries import (
    ActFailed,
    ActPerformed,
    CallDecided,
    CallEnded,
    ContentErased,
    LogReconciled,
    WriterStarted,
    decode,
)
from safeconduct.inquiry.reconciling import RESTORE, Comparison, Difference, Performed
from safeconduct.office.content_acts import FlagContent
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.failures import JournalDamaged
from safeconduct.storage.files.locks import Held
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.sqlite.comparing import KeptThere, Meeting, RegistryFile
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment
from safeconduct.vault.classes import month_of
from safeconduct.vault.places import read_place

LOCK: Final = "reconcile.lock"
RESULT: Final = "reconcile.json"
ROLE: Final = "reconciler"
MOST_TOLD: Final = 200  # differences that are told one by one; the others are counted
LOCK_SECONDS: Final = 120.0  # a roster of a million is imported in less
SEGMENT_BYTES: Final = 64 * 1024
_WANTED: Final = (b'"type":"act.', b'"type":"content.erased"', b'"type":"writer.started"', b'"kept_place":"')
_ERASERS: Final = ("desk", "reconciler")  # as both verifiers have it: no gateway excuses what is gone


class Outcome(msgspec.Struct, kw_only=True):
    """What a comparison found. ``size`` entries of all shards, ``registry_version`` and counts say how much was compared."""

    at: Moment
    done_at: Moment = 0
    size: int = 0
    registry_version: int = 0
    acts: int = 0
    changes: int = 0
    contents: int = 0
    in_flight: int = 0
    differences: list[Difference] = []
    codes: dict[str, int] = {}
    notes: list[str] = []

    @property
    def found(self) -> int:
        """How many differences there are, told or not."""
        return sum(self.codes.values())

    def add(self, each: Difference) -> None:
        """Take in one difference."""
        self.codes[each.code] = self.codes.get(each.code, 0) + 1
        if len(self.differences) < MOST_TOLD:
            self.differences.append(each)


def reconcile(
    home: Home, environ: Mapping[str, str], *, trust_log: bool = False, tell: Tell = lambda *_: None, keep: bool = True
) -> Outcome:
    """Compare everything once. With ``trust_log`` entries are not hashed against the signed root; ``keep``: tell log and run/.

    Raises Refused when another comparison runs, or registry or log cannot be read at all.
    """
    lock = Held(home.run / LOCK, "a reconciliation of this home")
    try:
        outcome = Outcome(at=clock(), differences=[], codes={}, notes=[])
        with Meeting() as meeting:
            vault = VaultStore(home.path / "vault")
            meeting.found(vault.places())
            with ChangeStore.open(home.registry) as store, store.exclusive(LOCK_SECONDS):
                registry = RegistryFile.open(home.registry)
                signed = _snapshot(home, environ, meeting, outcome)
            with registry:
                outcome.registry_version = registry.head
                for each in signed:
                    take = partial(_take, meeting, each.shard.name, outcome=outcome)
                    if why := walk(each, take, tell, trust=trust_log):
                        outcome.add(_log_broken(each.shard, why))
                    outcome.size += each.size
                _compare_registry(registry, meeting, outcome, pruned=any(each.minimum for each in signed))
            _compare_vault(home, vault, meeting, outcome)
        outcome.done_at = clock()
        if keep:
            _record(home, outcome)
        return outcome
    finally:
        lock.release()


def last(home: Home) -> Outcome | None:
    """What the last comparison found; None when there was none or its file is damaged."""
    try:
        return msgspec.json.decode((home.run / RESULT).read_bytes(), type=Outcome)
    except (OSError, msgspec.DecodeError):
        return None


def tell_failure(home: Home, wrong: Refused | OSError) -> None:
    """Leave word that nothing could be compared, for whoever asks what the last comparison found."""
    at = clock()
    faults = wrong.faults if isinstance(wrong, Refused) else (Fault("io", str(wrong), str(home.path), "check the disk"),)
    outcome = Outcome(at=at, done_at=at, differences=[], codes={}, notes=[])
    for each in faults:
        outcome.add(Difference(code=each.code, what=f"nothing was compared: {each.what}", mend=each.mend))
    _leave_word(home, outcome)


# Reading ------------------------------------------------------------------------------------------------------------


def _snapshot(home: Home, environ: Mapping[str, str], meeting: Meeting, outcome: Outcome) -> list[Signed]:
    """What waits in the journals, then where each shard stands: whatever leaves a journal meanwhile is under its checkpoint."""
    for shard in home.shards():
        for data in _waiting(shard):
            _take(meeting, shard.name, -1, data, outcome)
    return list(signed_shards(home, environ))


def _waiting(shard: Shard) -> Iterator[bytes]:
    """Entries that are durable in a journal and perhaps not signed yet."""
    journals = JournalFolder(shard.journal)
    for boot in journals.boots():
        try:
            tail = journals.oldest(boot)
            try:
                while groups := tail.read():
                    for _, _, _, entries in groups:
                        yield from entries
            finally:
                tail.close()
        except (FileNotFoundError, JournalDamaged):
            continue  # the keeper took it away: all of it is signed. One that is damaged stops the keeper, who says so


def _take(meeting: Meeting, shard: str, index: int, data: bytes, outcome: Outcome) -> None:
    """Put down what an entry says of acts, content and erasing. Most entries are none of these and are not even read."""
    if not any(each in data for each in _WANTED):
        return
    try:
        entry = decode(data)
    except (ValueError, RecursionError):
        outcome.notes.append(f"entry {index} of shard {shard or 'first'} is of a kind that this version cannot read")
        return
    match entry:
        case ActPerformed() if entry.changes:
            act = Performed(
                shard,
                index,
                entry.at,
                entry.act,
                entry.changes_digest,
                entry.changes_hashes,
                entry.first_change,
                entry.changes,
                entry.actor,
                entry.subject_commitment,
            )
            meeting.performed(act, entry.boot, entry.seq)
            if entry.act == FlagContent.act:
                meeting.flagged(entry.about, month_of(entry.at))
        case ActFailed():
            meeting.failed(entry.changes_digest)
        case WriterStarted() if entry.role not in _ERASERS:
            meeting.barred(entry.boot)
        case ContentErased():
            for what in _erased(entry):
                meeting.erased(what, entry.boot)
            if entry.scope == "subject":
                meeting.erased_changes(entry.boot, entry.seq, entry.changes)
        case CallDecided() if entry.kept_place:
            meeting.kept(entry.kept_place, entry.kept_sha256, entry.call, shard, index)
            meeting.caller(entry.call, entry.caller)
        case CallEnded() if entry.kept_place:
            meeting.kept(entry.kept_place, entry.kept_sha256, entry.call, shard, index)
        case _:
            pass


def _erased(entry: ContentErased) -> Iterator[str]:
    match entry.scope:
        case "subject":
            yield f"subject {entry.caller}"
        case "call":
            yield f"call {entry.call}"
        case "class":
            yield f"class {entry.kept_class}/{entry.month}" + (f" {entry.caller}" if entry.caller else "")


# Comparing ----------------------------------------------------------------------------------------------------------


def _compare_registry(registry: RegistryFile, meeting: Meeting, outcome: Outcome, *, pruned: bool) -> None:
    unfinished = _compare_intent(registry, meeting, outcome)
    for name in registry.guards():
        what = f"{name[:64]} of the registry's file is not as this program makes it: rows could be changed without a trace"
        outcome.add(Difference(code="guard_altered", what=what, mend=RESTORE))
    for line in registry.damage():
        what = f"the registry's file does not hold together, so questions may pass over rows: {line[:200]}"
        outcome.add(Difference(code="file_damaged", what=what, mend=RESTORE))
    since = meeting.oldest_change(unfinished) if pruned else 1
    comparison = Comparison(meeting.acts(unfinished), registry.acts(), registry.changes(), meeting.logged_erasures(), since)
    for each in comparison.differences():
        outcome.add(each)
    for erasure, step in registry.under_way():
        outcome.add(comparison.under_way(erasure, step))
    if strays := registry.strays():
        what = f"{strays} notes are there that no act leaves behind: some change could be edited as if it were being erased"
        outcome.add(Difference(code="note_altered", what=what, mend=RESTORE))
    outcome.acts, outcome.changes = comparison.acts, comparison.rows


def _compare_intent(registry: RegistryFile, meeting: Meeting, outcome: Outcome) -> str:
    """The act that a crash cut off. Returns its digest where the log has it."""
    intent = registry.intent()
    if intent is None:
        return ""
    logged, name = meeting.intent(intent.digest), intent.name[:64]
    if logged is not None and logged != intent:
        what = f"the act {name!r} was cut off by a crash, and its note says something else than the log"
        outcome.add(Difference(code="note_altered", what=what, mend=RESTORE, act=name))
        return intent.digest
    done = "the log has it, and its changes were never made" if logged else "before the log had it"
    what = f"the act {name!r} was cut off by a crash: {done}"
    outcome.add(Difference(code="act_unfinished", what=what, mend="do any act: it closes this one in the log", act=name))
    return intent.digest if logged else ""


def _compare_vault(home: Home, vault: VaultStore, meeting: Meeting, outcome: Outcome) -> None:
    for content in meeting.contents():
        outcome.contents += 1
        try:
            held = vault.sha256_at(content.place)
        except Refused:
            what = "an entry names a place that is none"
            outcome.add(_content("content_missing", what, content))
            continue
        if held == content.sha256 or (not held and _lawfully_gone(meeting, content)):
            continue
        if held:
            outcome.add(_content("content_altered", "the content is not what the entry says was sealed", content))
        else:
            outcome.add(_content("content_missing", "the content is not there, and no entry says that it was erased", content))
    living = {
        boot
        for shard in home.shards()
        for journals in (JournalFolder(shard.journal),)
        for boot in journals.boots()
        if journals.follow(boot, 0).alive()
    }
    for place in meeting.unnamed():
        writer = read_place(place).writer
        if any(writer == boot or writer.startswith(f"{boot}-") for boot in living):
            outcome.in_flight += 1  # sealed, and its call not decided yet
        else:
            what = f"content lies at {place}, and no entry names it: its call was cut off, or somebody put it there"
            outcome.add(Difference(code="content_unnamed", what=what, mend="remove it: safeconduct vault remove", place=place))


def _lawfully_gone(meeting: Meeting, content: KeptThere) -> bool:
    place = read_place(content.place)
    of_class = f"class {place.kept_class}/{place.month}"
    reasons = [of_class, f"call {content.call}"]
    if content.caller:
        reasons += [f"subject {content.caller}", f"{of_class} {content.caller}"]
    return any(meeting.is_erased(each) for each in reasons) or meeting.is_erased_where_it_passed(content.call)


def _content(code: str, what: str, content: KeptThere) -> Difference:
    mend = "find out who had access to the vault, and restore its file from a backup"
    return Difference(code=code, what=what, mend=mend, place=content.place[:128], shard=content.shard, index=content.entry)


def _log_broken(shard: Shard, why: str) -> Difference:
    what = f"the log{' of ' + shard.name if shard.name else ''} does not hold, so nothing can be compared with it: {why}"
    return Difference(code="log_broken", what=what, mend="run: safeconduct audit verify", shard=shard.name)


# Recording ----------------------------------------------------------------------------------------------------------


def _record(home: Home, outcome: Outcome) -> None:
    settings = home.settings()
    entry = LogReconciled(
        at=outcome.done_at,
        codes=tuple(sorted(outcome.codes)),
        findings=outcome.found,
        registry_version=outcome.registry_version,
        size=outcome.size,
    )
    start = WriterStarted(at=clock(), role=ROLE, settings_hash=settings_hash(settings), versions=versions())
    boot = f"{ROLE}-{outcome.done_at:x}"
    journal = open_journal(home, settings.log.node, boot, start_entry=start, segment_bytes=SEGMENT_BYTES)
    try:
        journal.append_sync(entry)
    finally:
        journal.close()
    _leave_word(home, outcome)


def _leave_word(home: Home, outcome: Outcome) -> None:
    Disk().write_file(home.run / RESULT, msgspec.json.encode(outcome))
