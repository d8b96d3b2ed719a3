"""What is over, and how does it go? Keys whose class's time has passed, and the content under them; never what is held.

For each class and month whose time is over: the entry first, durable; then the keys; then the content is overwritten. A crash
anywhere leaves something that the next run finds again: keys without content open nothing, content without a key is removed.
A hold on a call keeps that call's content, and nothing else that lies under the same key.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from safeconduct.assembly.kept_calls import find_call, records_of
from safeconduct.assembly.vault import HomeVault
from safeconduct.audit.entries import ContentErased
from safeconduct.office.content import held
from safeconduct.registry.state import Registry
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.storage.vault.keystore import Dek, KeyStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment
from safeconduct.vault.places import writer_of

GROUND: Final = "retention_over"
UNNAMED: Final = "never_recorded"


@dataclass(frozen=True, slots=True)
class Expired:
    """One class and month whose time is over: keys that go, keys that a hold keeps."""

    kept_class: str
    month: str
    keys: int
    held: int


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """Data keys that nothing may destroy. ``for_calls`` are those that are held for the sake of the ``calls`` alone."""

    ids: frozenset[bytes]
    for_calls: frozenset[bytes]
    calls: frozenset[str]


def held_keys(vault: HomeVault, keys: KeyStore, registry: Registry) -> HeldKeys:
    """The keys under what holds cover: organizations with all beneath them, people, calls."""
    now = held(registry)
    subjects = {
        registry.leaf_pseudonym(member.organization, name)
        for name in now.people
        if (person := registry.people.get(name)) is not None
        for member in person.memberships
    }
    whole = (
        {each.id for each in keys.deks() if each.organization in now.organizations or each.subject in subjects}
        if (now.organizations or subjects)
        else set[bytes]()
    )
    for_calls = {
        key
        for call in now.calls
        for place, record in records_of(vault.store(), call)
        for key in (_now_under(keys, place, record.key),)
    }
    return HeldKeys(frozenset(whole | for_calls), frozenset(for_calls - whole), now.calls)


def over(vault: HomeVault, keys: KeyStore, registry: Registry, now: Moment) -> Iterator[Expired]:
    """Every class and month whose time is over. A class that the settings do not know any more keeps its content."""
    spared = held_keys(vault, keys, registry).ids
    for kept_class, month, _ in keys.groups():
        if kept_class in vault.classes and vault.classes.over_at(kept_class, month) <= now:
            found = [each.id for each in keys.deks(kept_class=kept_class, month=month)]
            kept = sum(each in spared for each in found)
            yield Expired(kept_class, month, len(found) - kept, kept)


def expire(
    vault: HomeVault, registry: Registry, now: Moment, record: Callable[[ContentErased], None], *, actor: str = ""
) -> list[Expired]:
    """Destroy what is over, and remove the content under it. ``record`` makes an entry durable before its keys go.

    ``actor`` is the pseudonym of whoever asked; empty for the program itself. Raises Refused or OSError; doing it again goes on.
    """
    if not vault.keys_file.exists() and not vault.folder.is_dir():
        return []
    with vault.open_keys() as keys:
        spared = held_keys(vault, keys, registry)
        found = list(over(vault, keys, registry, now))
        for each in found:
            if each.keys:
                record(
                    ContentErased(
                        actor=actor,
                        at=now,
                        ground=GROUND,
                        kept_class=each.kept_class,
                        keys=each.keys,
                        month=each.month,
                        scope="class",
                    )
                )
                keys.destroy(kept_class=each.kept_class, month=each.month, sparing=spared.ids)
        sweep(vault.store(), keys, _of_others(vault, keys, spared, found))
    return found


def remove_unnamed(
    vault: HomeVault, registry: Registry, name: str, now: Moment, record: Callable[[ContentErased], None], *, actor: str
) -> None:
    """Remove content that no entry names: its writer was cut off before the decision was recorded, so no call ever left with it.

    Raises Refused where an entry names it or still may, where a hold covers the call, and where nothing lies there.
    """
    found = vault.store().record(name)
    if found is None or found.gone:
        raise Refused(Fault("nothing_kept", "nothing lies there", name, "see: safeconduct vault list"))
    writer = writer_of(found.call)
    if any(writer in JournalFolder(shard.journal).boots() for shard in vault.home.shards()):
        what = "the writer of this content still writes, or not all it wrote is in the log yet"
        raise Refused(Fault("writer_not_done", what, name, "wait until the keeper has taken everything of it"))
    try:
        named = {each.place for each in find_call(vault, found.call).parts.values()}
    except Refused as refused:
        if {fault.code for fault in refused.faults} != {"not_in_log"}:
            raise
        named = set()
    if name in named:
        what = "an entry names this content; it ends with its class, or with its caller"
        raise Refused(Fault("content_named", what, name, "see: safeconduct vault expire, safeconduct person erase"))
    with vault.open_keys() as keys:
        if found.call in held(registry).calls or _now_under(keys, name, found.key) in held_keys(vault, keys, registry).ids:
            raise Refused(Fault("held", "a hold keeps this content", name, "see: safeconduct vault holds"))
    record(ContentErased(actor=actor, at=now, call=found.call, ground=UNNAMED, scope="call"))
    vault.store().remove(name)


def sweep(store: VaultStore, keys: KeyStore, also: Iterable[str] = ()) -> int:
    """Remove content whose key was destroyed, and what ``also`` names; how many records. Whole files go once nothing is left."""
    removed = sum(store.remove(place) for place in list(also))
    for kept_class, month, writer in list(store.files()):
        left = False
        for place, record in store.records(kept_class, month, writer):
            if record.gone or place.writer != writer:
                continue
            name = str(place)
            key = _now_under(keys, name, record.key)
            if keys.was_destroyed(key) and keys.dek(key) is None:
                removed += store.remove(name)
            else:
                left = True
        if not left:
            with contextlib.suppress(FileNotFoundError):
                store.remove_file(kept_class, month, writer)
    return removed


def _of_others(vault: HomeVault, keys: KeyStore, spared: HeldKeys, found: list[Expired]) -> Iterator[str]:
    """What is over and lies under a key that is held for another call's sake."""
    for each in found if spared.for_calls else ():
        for place, record in vault.store().records(each.kept_class, each.month):
            under = _now_under(keys, str(place), record.key) in spared.for_calls
            if under and not record.gone and record.call not in spared.calls:
                yield str(place)


def _now_under(keys: KeyStore, place: str, key: bytes) -> bytes:
    """The data key that content is under now: its own, or that of the class it passed into."""
    moved = keys.rewrapped(place)
    return moved.id if moved is not None else key


def totals(vault: HomeVault, keys: KeyStore) -> dict[tuple[str, str], tuple[int, int]]:
    """Records and bytes of ciphertext for each class and month, as they lie in the vault and by the key they are under now."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    groups: dict[bytes, Dek | None] = {}
    for place, record in vault.store().records():
        if record.gone:
            continue
        key = _now_under(keys, str(place), record.key)
        if key not in groups:
            groups[key] = keys.dek(key)
        dek = groups[key]
        name = (dek.kept_class, dek.month) if dek is not None else (place.kept_class, place.month)
        records, size = sums.get(name, (0, 0))
        sums[name] = records + 1, size + record.size
    return sums
