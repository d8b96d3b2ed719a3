"""How does a backup come back as a home? Whole, checked and beside nothing; whoever was erased since stays erased.

A home is built aside, its log verified and compared with the head that is kept apart, and only then gets its name.

INVARIANT (P8): a line whose person's key was destroyed comes back as erased, and free words that named such a person do not come
back. What the backup's own log says was erased is destroyed again first, should restored keys have brought it back. A key that is
missing and was never destroyed is no erasure: nothing comes back before it is there.

INVARIANT (P6): the backup's log lacks the entries of what was erased since. They are made again, and an act lists what did not
come back, so that it is told from what somebody takes out of the registry later.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.backup import ACTS, HOME_KEY, LINES_AT_ONCE, ROWS, SECRETS
from safeconduct.assembly.desk import DeskJournal, desk_of
from safeconduct.assembly.erasing import backup_words, beside
from safeconduct.assembly.home import Home, create
from safeconduct.assembly.keys_backup import erased_by
from safeconduct.assembly.places import places_of, want_log_here
from safeconduct.assembly.process import clock
from safeconduct.assembly.recording import record
from safeconduct.assembly.vault import KEYS, VAULT
from safeconduct.assembly.verifying import in_folder, verify_trees
from safeconduct.audit.chain import LATE, Finding
from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.entries import ContentErased
from safeconduct.audit.note import Verifier
from safeconduct.audit.verify import Progress, check_extends
from safeconduct.office.acts import WithholdErased
from safeconduct.office.erasure import NAME, NAME_DIGITS, PROGRAM, WITHHELD
from safeconduct.office.erasure_acts import Withheld
from safeconduct.registry.changes import SALT_BYTES, row_hash
from safeconduct.storage.files.backups import HEAD, Line, Said, lines, read_backup, unseal
from safeconduct.storage.files.keystore import create_secret
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.sqlite.backing import ActRow, BackingStore, Row
from safeconduct.storage.sqlite.erasing import ERASED, ErasingStore, erased_body
from safeconduct.storage.vault.carried import CarriedKeys
from safeconduct.terms.faults import Fault, Refused

Tell = Callable[[int], None]
_line: Final = msgspec.json.Decoder(Line).decode


class _Act(msgspec.Struct, array_like=True):
    """One act as a backup holds it."""

    first: int
    last: int
    name: str
    salt: bytes
    digest: str
    owner: str = ""
    salt_hash: str = ""


_act: Final = msgspec.json.Decoder(_Act).decode


@dataclass(slots=True)
class _Withheld:
    """What did not come back. ``people``: by the name of the key that was destroyed, the changes and what proves their rest;
    ``words``: the same of changes that lost free words.
    """

    people: dict[str, dict[int, str]] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)

    def of(self, first: int, last: int) -> bool:
        """Whether a change of this range lost words. Changes come in order."""
        place = bisect_left(self.lost, first)
        return place < len(self.lost) and self.lost[place] <= last


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. ``erased`` lines were about people erased since, ``worded`` lost free words that named such people.

    ``head`` is how many entries the head apart is ahead of the log; -1 where there is no head apart.
    """

    version: int
    size: int
    erased: int
    worded: int
    head: int


def restore(home: Home, source: Path, environ: Mapping[str, str] | None = None, tell: Tell = lambda _: None) -> Restored:
    """Bring a backup back as a home that is not there. Raises Refused or OSError; then there still is none."""
    if home.path.exists() and any(home.path.iterdir()):
        mend = "name another folder in SAFECONDUCT_HOME, or move this one away"
        raise Refused(Fault("home_exists", "there is a home already, and nothing is ever overwritten", str(home.path), mend))
    keys_file = home.apart(environ) / KEYS
    if not keys_file.exists():
        mend = "bring them back first: safeconduct backup keys restore; or set SAFECONDUCT_APART"
        raise Refused(Fault("keys_missing", "the keys of this backup are not here", str(keys_file), mend))
    head = read_backup(source)
    home.path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=beside(home.path), dir=home.path.absolute().parent))
    fresh = Home(aside)
    try:
        for name in head.files:
            if name not in (ROWS, ACTS, SECRETS):
                target = aside / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copyfile(source / name, target)
                target.chmod(0o600)
        want_log_here(fresh.settings(environ).log, "backup restore")
        with CarriedKeys.open(keys_file, aside / VAULT) as keys:
            for subject in erased_by(fresh):
                keys.destroy(subject=subject)
            _bring_secrets(fresh, source, keys)
            create(fresh)
            withheld = _bring_history(fresh, source, keys, tell)
        size, ahead = _check_log(fresh, home, environ)
        if withheld.lost:
            _record_withheld(fresh, withheld)
        if home.path.exists():
            home.path.rmdir()
        aside.replace(home.path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Restored(head.version, size, len(withheld.lost) - len(withheld.words), len(withheld.words), ahead)


def _bring_secrets(home: Home, source: Path, keys: CarriedKeys) -> None:
    key = keys.known_backup_key(HOME_KEY)
    if key is None:
        mend = "bring back the backup of keys that belongs to it"
        raise Refused(Fault("keys_missing", "the key of the home's secrets is not among the keys", SECRETS, mend))
    found = msgspec.msgpack.decode(unseal(key, SECRETS, (source / SECRETS).read_bytes()), type=dict[str, bytes])
    for name, secret in found.items():
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Refused(Fault("backup_altered", "a name leads out of the backup", SECRETS, "take another copy"))
        create_secret(home.secrets / name, secret)


def _bring_history(home: Home, source: Path, keys: CarriedKeys, tell: Tell) -> _Withheld:
    withheld = _Withheld()

    def rows() -> Iterator[Row]:
        for number, data in enumerate(lines(source / ROWS), 1):
            line = _line(data)
            row = _opened(line, keys, withheld)
            if number % LINES_AT_ONCE == 0:
                tell(number)
            yield row

    def acts() -> Iterator[ActRow]:
        for data in lines(source / ACTS):
            act = _act(data)
            salt = act.salt
            if act.owner and salt:
                key = _key(keys, act.owner)
                salt = b"" if key is None else unseal(key, f"act/{act.first}", salt)
            if withheld.of(act.first, act.last):
                salt = b""  # it would let somebody test a guess of whom the act was about
            yield ActRow(act.first, act.last, act.name, salt, act.digest, act.salt_hash or None)

    with BackingStore.open(home.registry) as store:
        store.fill(rows(), acts())
    return withheld


def _key(keys: CarriedKeys, name: str) -> bytes | None:
    """A key of the backup; None where it was destroyed. Raises Refused where it is not here and nobody destroyed it."""
    key = keys.known_backup_key(name)
    if key is None and not keys.knows_destroyed(name):
        mend = "bring back the backup of keys that was made with this backup, or a later one"
        raise Refused(Fault("keys_missing", "a key of this backup is not among the keys, and was never destroyed", ROWS, mend))
    return key


def _opened(line: Line, keys: CarriedKeys, withheld: _Withheld) -> Row:
    """The change as it was, or as it is after its person was erased; then it is noted."""
    said, words = Said(line.subject, line.body, line.salt, line.left_salt), line.words
    if line.owner:
        key = _key(keys, line.owner)
        if key is None:
            name, left = _name(line.owner), erased_body(line.kind)
            proof = row_hash(b"", line.at, line.actor, ERASED, name, left)
            withheld.people.setdefault(line.owner, {})[line.seq] = proof
            withheld.lost.append(line.seq)
            return Row(line.seq, line.at, line.actor, ERASED, name, left, None, line.hash or None)
        bound = f"change/{line.seq}"
        said = msgspec.json.decode(unseal(key, bound, line.said), type=Said)
        words = unseal(key, bound, words) if words else b""
    left_salt = said.left_salt
    if words:
        key = _key(keys, backup_words(line.seq))
        if key is None:
            left_salt = secrets.token_bytes(SALT_BYTES)
            proof = row_hash(left_salt, line.at, line.actor, line.kind, said.subject, said.body.encode())
            withheld.words[line.seq] = proof
            withheld.lost.append(line.seq)
        else:
            said = msgspec.json.decode(unseal(key, f"words/{line.seq}", words), type=Said)
            left_salt = said.left_salt
    body = said.body.encode()
    if said.salt and row_hash(said.salt, line.at, line.actor, line.kind, said.subject, body) != line.hash:
        what = f"change {line.seq} does not say what its hash proves"
        raise Refused(Fault("backup_altered", what, ROWS, "take another copy of the backup"))
    return Row(
        line.seq, line.at, line.actor, line.kind, said.subject, body, said.salt or None, line.hash or None, left_salt or None
    )


def _name(owner: str) -> str:
    return f"{NAME}{sha256(owner.encode()).hexdigest()[:NAME_DIGITS]}"


def _record_withheld(fresh: Home, withheld: _Withheld) -> None:
    """Entries and one act that tell of what did not come back. Words go with the first person; somebody was erased with them."""
    people = withheld.people or {backup_words(next(iter(withheld.words))): {}}
    told, words = [], withheld.words
    for owner, changes in people.items():
        told.append((owner, Withheld(_name(owner), tuple(changes), tuple(words), (*changes.values(), *words.values()))))
        words = {}
    with ErasingStore.open(fresh.registry) as store:
        journal = DeskJournal(fresh)
        try:
            desk = desk_of(fresh, store, journal, PROGRAM)
            said = partial(ContentErased, actor=desk.actor_pseudonym(PROGRAM), at=clock(), ground=WITHHELD, scope="subject")
            known = desk.registry.erasures
            told = [(owner, each) for owner, each in told if each.id not in known]
            record(fresh, *(said(caller=owner, changes=len(each.changes) + len(each.words)) for owner, each in told))
            desk.perform(WithholdErased("backup", tuple(each for _, each in told)))
        finally:
            journal.close()


def _check_log(fresh: Home, home: Home, environ: Mapping[str, str] | None) -> tuple[int, int]:
    """The size of the log over all its trees, and how far the heads apart are ahead. Raises Refused where it does not hold."""
    trees = in_folder(fresh.log)
    if not (fresh.log / "checkpoint").exists():
        return 0, -1
    env = os.environ if environ is None else environ
    places = places_of(home, fresh.settings(env).log, env)
    size, ahead, wrong = 0, -1, list[Finding]()
    for tree in trees:
        log = LogStore(fresh.log / tree.name)
        verifier = Verifier.parse(log.vkey())
        now = open_checkpoint(log.checkpoint(), verifier)
        size += now.size
        if (note := places.heads(verifier).load()) is not None:
            pinned = open_checkpoint(note, verifier)
            ahead = max(0, ahead) + max(0, pinned.size - now.size)
            wrong += check_extends(log, pinned, now) if pinned.size <= now.size else []
    found = verify_trees(fresh.log, Verifier.parse(LogStore(fresh.log).vkey()), None, _silent)
    wrong += [*found.across, *(each for report in found.reports.values() for each in report.findings)]
    # what is late stays late in every copy, and is no reason to have no home
    if (first := next((each for each in wrong if each.kind != LATE), None)) is not None:
        what = f"the backup's log does not hold, or is not the one that was signed: {first}"
        raise Refused(Fault("log_altered", what, HEAD, "take another copy of the backup; nothing was restored"))
    return size, ahead


@contextmanager
def _silent(_: str) -> Iterator[Progress]:
    yield lambda *_: None
