"""How does a person leave every file of this home? In an order that a crash anywhere leaves to be gone on with.

An officer's act opens an erasure and ends the person; from then on the history says that it is under way. Whoever acts next, or
``person erase --resume``, goes on where it stopped:

1. the log gets ``content.erased``, durably, one entry for each of the person's pseudonyms and one for the backups' name;
2. what is kept of the person's content is removed from the vault, then its keys and the person's backup keys are destroyed;
3. what workers and questions left in files about the person is removed;
4. the history gets ``erasure.done``, which lists the changes that lose their words, and in the same transaction they lose them;
5. the history's file is written anew and its write-ahead file emptied.

Each step may be done twice; only a crash between the two halves of step 1 puts the same entry into the log again.
INVARIANT (P8): the entry comes before anything is destroyed, so a verifier that misses something finds that it was erased.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from glob import escape
from pathlib import Path
from typing import Final

from safeconduct.assembly.home import Home
from safeconduct.assembly.hunting import Hunts, history_of, signal_history
from safeconduct.assembly.process import clock
from safeconduct.assembly.recording import record
from safeconduct.assembly.vault import KEYS, VAULT, classes_of
from safeconduct.assembly.watch_forgetting import forget_watched
from safeconduct.audit.entries import ContentErased, Entry
from safeconduct.desk.desk import Desk
from safeconduct.gateway.appeals import forget_appeals
from safeconduct.gateway.held import forget_held
from safeconduct.gateway.owners import forget
from safeconduct.office import content
from safeconduct.office.acts import FinishErasure
from safeconduct.office.erasure import PROGRAM
from safeconduct.registry.papers import Erasure
from safeconduct.registry.state import Registry
from safeconduct.storage.files.signals import blank
from safeconduct.storage.sqlite.erasing import ENTERED, ErasingStore, Footprint
from safeconduct.storage.sqlite.reuse import FILE, ReuseStore
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.storage.vault.keystore import Dek, KeyStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment
from safeconduct.terms.signals import Beat, CallSignal, Signal
from safeconduct.vault.classes import Classes
from safeconduct.vault.records import Record

LEFT: Final = ("survey-*", ".survey-*", "use.msgpack", "use.new", "live-*.msgpack", "live-*.new")
"""What questions and workers leave in the folder ``run`` that may name people; all of it is made anew when it is needed."""

Strike = Callable[[str], None]
"""Called before each step with its name. Tests let the process die there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What erasing a person would take away. ``kept`` are retention classes of content, and when the last of each may go."""

    footprint: Footprint
    pseudonyms: tuple[tuple[str, str], ...]  # organization and leaf pseudonym
    kept: tuple[tuple[str, Moment], ...]
    contents: int
    keys: int
    protected: tuple[str, ...]  # retention classes that a law makes us keep


class Eraser:
    """Erases people of one home. ``store`` is the history that the desk writes."""

    def __init__(
        self, home: Home, store: ErasingStore, environ: Mapping[str, str] | None = None, strike: Strike = lambda _: None
    ) -> None:
        self._home = home
        self._store = store
        self._environ = environ
        self._strike = strike

    def look(self, registry: Registry, person: str) -> Look:
        """What would go. Raises Refused or OSError when something cannot be read."""
        pseudonyms = _pseudonyms(registry, person)
        with self._keys() as keys:
            deks = [each for _, leaf in pseudonyms for each in keys.deks(subject=leaf)] if keys is not None else []
            contents = sum(1 for _ in self._records(keys, {each.id for each in deks})) if keys is not None and deks else 0
        return Look(
            self._store.footprint(person),
            pseudonyms,
            self._kept(deks),
            contents,
            len(deks),
            tuple(sorted(self._classes().protected)),
        )

    def complete(self, desk: Desk) -> None:
        """Go on with every erasure that is under way. To be called by the one writer.

        Raises Refused when one cannot be completed; it stays under way, and nothing of it is taken back.
        """
        faults: list[Fault] = []
        for erasure in list(desk.registry.erasures.values()):
            try:
                if erasure.done_at is None:
                    self._erase(desk, erasure)
                elif self._store.step(erasure.id):
                    self._redact(erasure.id, erasure.changes, erasure.words)
            except Refused as refused:
                faults += refused.faults
            except OSError as wrong:
                what = f"the erasure is recorded and under way, and cannot be completed now: {wrong.strerror or wrong}"
                faults.append(Fault("erasure_unfinished", what, erasure.id, "complete it: safeconduct person erase --resume"))
        if faults:
            raise Refused(*faults)

    def _erase(self, desk: Desk, erasure: Erasure) -> None:
        registry = desk.registry
        pseudonyms = _pseudonyms(registry, erasure.person)
        with self._keys() as keys:
            deks = [each for _, leaf in pseudonyms for each in keys.deks(subject=leaf)] if keys is not None else []
            doomed = self._may_go(registry, keys, erasure, deks)
            found = (
                Footprint(erasure.person, (), (), (), (), ()) if erasure.content_only else self._store.footprint(erasure.person)
            )
            if self._store.step(erasure.id) != ENTERED:
                self._strike("enter")
                ids = {each.id for each in doomed}
                contents = [each for _, each in self._records(keys, ids)] if keys is not None and ids else []
                count = len(found.changes) + len(found.words)
                record(self._home, *_entries(desk, erasure, pseudonyms, doomed, contents, count))
                self._strike("mark")
                self._store.mark(erasure.id, ENTERED)
            if keys is not None:
                self._destroy(keys, registry, erasure, doomed, pseudonyms, found.words)
        self._strike("files")
        if not erasure.content_only:
            self._remove_files(frozenset(f"{organization}/{leaf}" for organization, leaf in pseudonyms))
            self._forget_behavior(erasure.person, found.agents, [leaf for _, leaf in pseudonyms], found.keys)
        self._strike("finish")
        left = self._store.left(erasure.id, found.changes, found.words)
        desk.perform_within(FinishErasure(erasure.id, found.changes, found.words, len(doomed), left), actor=PROGRAM)
        self._redact(erasure.id, found.changes, found.words)

    def _destroy(
        self,
        keys: KeyStore,
        registry: Registry,
        erasure: Erasure,
        doomed: list[Dek],
        pseudonyms: tuple[tuple[str, str], ...],
        words: tuple[int, ...],
    ) -> None:
        self._strike("contents")
        vault = VaultStore(self._home.path / VAULT)
        ids = {each.id for each in doomed}
        for place, _ in list(self._records(keys, ids)) if ids else ():
            vault.remove(place)
        self._strike("keys")
        if erasure.content_only:
            keys.destroy(ids=ids) if ids else None
            return
        for _, leaf in pseudonyms:
            keys.destroy(subject=leaf)
        keys.destroy(subject=registry.backup_subject(erasure.person))
        for seq in words:
            keys.destroy(subject=backup_words(seq))

    def _redact(self, name: str, changes: tuple[int, ...], words: tuple[int, ...]) -> None:
        self._strike("redact")
        if changes or words:
            self._store.redact(name, changes, words)
            self._strike("scrub")
            self._store.scrub()
        self._strike("forget")
        self._store.mark(name, "")

    def _remove_files(self, owners: frozenset[str]) -> None:
        forget(self._home.owners, owners)
        for pattern in LEFT:
            for path in self._home.run.glob(pattern):
                path.unlink(missing_ok=True)
        home = self._home.path.absolute()
        for folder in home.parent.glob(f"{escape(beside(home))}*"):
            shutil.rmtree(folder)

    def _forget_behavior(self, person: str, agents: tuple[str, ...], leaves: list[str], keys: tuple[str, ...] = ()) -> None:
        """What was retained of how the person used models: signals, what hunts found, fingerprints of restricted answers, notes
        of what was held, and words that wait to be taken up.

        The watch forgets what it holds when it hears of this. It may be down: its spools and its file lose the person here, too.
        """
        gone = frozenset({f"person/{person}", *(f"agent/{each}" for each in agents)})
        forget_held(self._home.run, leaves)
        forget_appeals(self._home.run, frozenset(keys))
        blank(self._home.signals, partial(_is_about, gone))
        forget_watched(self._home, gone)
        if history_of(self._home).exists():
            history = signal_history(self._home)
            if history is None:
                what = "retained signals cannot be rewritten without the package pyarrow"
                mend = 'install the extra "hunt" again, or remove the folder of the history; then act again'
                raise Refused(Fault("history_unreadable", what, str(history_of(self._home)), mend))
            history.forget(person, agents)
        Hunts(self._home).forget()
        if (self._home.watch / FILE).exists():
            reuse = ReuseStore(self._home.watch / FILE)
            try:
                for leaf in leaves:
                    reuse.forget_subject(leaf)
            finally:
                reuse.close()

    def _may_go(self, registry: Registry, keys: KeyStore | None, erasure: Erasure, deks: list[Dek]) -> list[Dek]:
        """The keys to destroy. Raises Refused while a hold keeps the content, and where some came that must be kept although the
        person was to go with all of it.
        """
        hold = content.holds_person(registry, erasure.person)
        calls = {each.call for _, each in self._records(keys, {each.id for each in deks})} if keys is not None and deks else set()
        if hold or calls & content.held(registry).calls:
            what = f"hold {hold} keeps content of the person" if hold else "a hold keeps content of one of the person's calls"
            mend = "it is completed by the first act after the hold is released"
            raise Refused(Fault("held", what, erasure.id, mend))
        now, classes = clock(), self._classes()
        must_stay = [each for each in deks if each.kept_class in classes.protected and _over_at(classes, each) > now]
        if must_stay and not erasure.content_only:
            what = "content that has to be kept came in since this was asked for"
            raise Refused(Fault("must_be_kept", what, erasure.id, "it is completed by the first act after that time"))
        return [each for each in deks if each not in must_stay]

    def _kept(self, deks: list[Dek]) -> tuple[tuple[str, Moment], ...]:
        classes, until = self._classes(), dict[str, Moment]()
        for each in deks:
            until[each.kept_class] = max(until.get(each.kept_class, 0), _over_at(classes, each))
        return tuple(sorted(until.items()))

    def _classes(self) -> Classes:
        return classes_of(self._home.settings(self._environ))

    def _records(self, keys: KeyStore, ids: set[bytes]) -> Iterator[tuple[str, Record]]:
        """Place and record of all content that these keys open, in the class it came in or another one."""
        for place, found in VaultStore(self._home.path / VAULT).records():
            if not found.gone:
                moved = keys.rewrapped(str(place))
                if (found.key if moved is None else moved.id) in ids:
                    yield str(place), found if moved is None else found._replace(key=moved.id)

    @contextmanager
    def _keys(self) -> Iterator[KeyStore | None]:
        """The store of keys; None where there is none and none was needed. Raises Refused where there has to be one."""
        vault, path = self._home.path / VAULT, self._home.apart(self._environ) / KEYS
        if not path.exists():
            if vault.is_dir() and any(vault.iterdir()):
                what = "content lies in the vault, and the store of its keys is not where it should be"
                raise Refused(Fault("keys_missing", what, str(path), "mount it, or set SAFECONDUCT_APART to where it is"))
            yield None
            return
        with KeyStore.open(path, vault) as keys:
            yield keys


def _is_about(gone: frozenset[str], signal: Signal) -> bool:
    agent = signal.agent if isinstance(signal, CallSignal) else ""
    return not isinstance(signal, Beat) and (f"person/{signal.person}" in gone or f"agent/{agent}" in gone)


def look(home: Home, registry: Registry, person: str, environ: Mapping[str, str] | None = None) -> Look:
    """What erasing a person of this home would take away. Raises Refused or OSError when something cannot be read."""
    with ErasingStore.open(home.registry, read_only=True) as store:
        return Eraser(home, store, environ).look(registry, person)


def beside(home: Path) -> str:
    """How a folder begins in which a backup of a home is being restored, and stays lying if that is killed."""
    return f".{home.name}.restoring."


def backup_words(seq: int) -> str:
    """What the store of backup keys calls the free words of one change."""
    return f"words/{seq}"


def fresh_name(random: Callable[[int], bytes]) -> str:
    """A name for an erasure that tells nothing."""
    return f"erased-{random(16).hex()}"


def _pseudonyms(registry: Registry, person: str) -> tuple[tuple[str, str], ...]:
    found = registry.people.get(person)
    homes = dict.fromkeys(each.organization for each in found.memberships) if found is not None else ()
    return tuple((organization, registry.leaf_pseudonym(organization, person)) for organization in homes)


def _over_at(classes: Classes, dek: Dek) -> Moment:
    """When the time of a key is over; the longest time for a class that the settings do not name any more."""
    name = dek.kept_class if dek.kept_class in classes else classes.names()[-1]
    return classes.over_at(name, dek.month)


def _entries(
    desk: Desk, erasure: Erasure, pseudonyms: tuple[tuple[str, str], ...], doomed: list[Dek], contents: list[Record], changes: int
) -> Iterator[Entry]:
    """What the log says: for the whole person, one entry for each pseudonym, and one for the name that backups know; for content
    only, one for each call.
    """
    second = desk.actor_pseudonym(erasure.second) if erasure.second else ""
    actor = desk.actor_pseudonym(erasure.actor)
    said = partial(ContentErased, actor=actor, at=clock(), ground=erasure.ground, second=second)
    if erasure.content_only:
        owners = {each.id: each.subject for each in doomed}
        for call, leaf in sorted({(each.call, owners[each.key]) for each in contents}):
            yield said(call=call, caller=leaf, keys=1, scope="call")
        return
    yield said(caller=desk.registry.backup_subject(erasure.person), changes=changes, scope="subject")
    for _, leaf in pseudonyms:
        keys = sum(each.subject == leaf for each in doomed)
        yield said(caller=leaf, keys=keys, scope="subject")
