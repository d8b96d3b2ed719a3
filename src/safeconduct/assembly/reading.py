"""How is content read, and how does it pass into another class? Recorded first, then opened; nothing else opens it.

1. The call is found in the log, which says whose it is, which model it was for, where it lies and what its hash is.
2. What lies there has to be that, and its key has to be there: else the answer is no, and nothing was read.
3. The act is performed: judged, durable in the log, then in the registry. Where it takes a second officer, asking is the act.
4. Only then is the data key unwrapped and the content opened. It goes to whoever called, and nowhere else.

INVARIANT (P9): no content is opened before the entry that says so is durable.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from safeconduct.assembly.kept_calls import KeptCall, KeptPart, find_call
from safeconduct.assembly.vault import HomeVault
from safeconduct.desk.desk import Desk, Done
from safeconduct.office.acts import AskReading, FlagContent, ReadContent
from safeconduct.office.content import is_restricted
from safeconduct.storage.vault.keystore import Dek, KeyStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.vault.classes import month_of
from safeconduct.vault.records import KEY_ID_BYTES, Record
from safeconduct.vault.sealing import KEY_BYTES, NONCE_BYTES, Unsealed, rewrap, unseal

ERASED = ("content_erased", "content_removed")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One part as it lies in the vault: the data key it is under now, and the wrap of its own key by that."""

    place: str
    record: Record
    dek: Dek
    wrap: bytes
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """What was done, and the content; None when the act waits for a second officer."""

    done: Done
    content: bytes | None = field(repr=False)


def read(vault: HomeVault, desk: Desk, call: str, part: str, case: str, why: str) -> Read:
    """Read one part of one call, or ask for it where that takes a second officer. Raises Refused with every fault."""
    found = find_call(vault, call)
    kept = _part(found, part)
    with vault.open_keys() as keys:
        sealed = _sealed(vault, keys, found, kept, part)
        restricted = _is_restricted(vault, desk, found)
        act = ReadContent(call, part, case, found.organization, why, restricted)
        try:
            desk.preview(act)
        except Refused as refused:
            if {fault.code for fault in refused.faults} != {"second_wanted"}:
                raise
            return Read(desk.perform(AskReading(call, part, case, found.organization, why, desk.actor)), None)
        done = desk.perform(act)
        return Read(done, _opened(vault, sealed))


def flag(vault: HomeVault, desk: Desk, call: str, kept_class: str, why: str) -> tuple[Done, int]:
    """Let the content of a call pass into a class that lasts longer; how many parts did. Ciphertexts stay as they are.

    Raises Refused: for a class that does not last longer, and for whatever reading refuses.
    """
    if kept_class not in vault.classes:
        mend = f"use one of {', '.join(vault.classes.names())}"
        raise Refused(Fault("unknown_class", f"there is no retention class {kept_class[:40]!r}", "--class", mend))
    found = find_call(vault, call)
    month, protected = month_of(desk.now()), vault.classes.protected
    until = vault.classes.over_at(kept_class, month)
    with vault.open_keys() as keys:
        parts = [_sealed(vault, keys, found, kept, part) for part, kept in found.parts.items()]
        moving = [each for each in parts if _over_at(vault, each.dek) < until]
        if not moving:
            what = f"the content is kept as long as class {kept_class} would keep it, or longer"
            raise Refused(Fault("kept_longer", what, call, "nothing needs to be done"))
        if any(each.dek.kept_class in protected for each in moving) and kept_class not in protected:
            what = "a law makes us keep this content, and in another class it could be erased before its time"
            raise Refused(Fault("must_be_kept", what, call, "place a hold on the call: safeconduct vault hold --call"))
        done = desk.perform(FlagContent(call, kept_class, found.organization, why))
        _rewrap(vault, keys, moving, kept_class, month)
    return done, len(moving)


def _rewrap(vault: HomeVault, keys: KeyStore, moving: list[Sealed], kept_class: str, month: str) -> None:
    """Wrap the contents' own keys by a new data key of the class."""
    first = moving[0].dek
    key, name = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_ID_BYTES)
    wrapped = vault.publics().of(first.organization).wrap(key, first.organization, first.subject, kept_class, month, name)
    moved = []
    for each in moving:
        try:
            wrap = rewrap(
                vault.data_key(each.dek), each.wrap, key, secrets.token_bytes(NONCE_BYTES), each.record.call, each.record.part
            )
        except Unsealed as wrong:
            raise _altered(each, wrong) from None
        moved.append((each.place, wrap))
    keys.rewrap(Dek(name, first.subject, kept_class, month, first.organization, wrapped), moved)


def _is_restricted(vault: HomeVault, desk: Desk, found: KeptCall) -> bool:
    """INVARIANT (P9): whoever gives the model's name another tier afterwards opens nothing of what was restricted at the call;
    neither does a caller who names a restricted model as the one to fall back to.
    """
    tiers, names = vault.settings.gateway.unrestricted_tiers, (found.model, *found.fallbacks)
    return any(is_restricted(each, name, tiers) for each in (desk.registry, desk.as_of(found.at)) for name in names)


def _part(found: KeptCall, part: str) -> KeptPart:
    kept = found.parts.get(part)
    if kept is None:
        what = f"the log names no kept {part[:20]} of this call"
        mend = f"kept are: {', '.join(found.parts) or 'none'}"
        raise Refused(Fault("nothing_kept", what, found.call, mend))
    return kept


def _sealed(vault: HomeVault, keys: KeyStore, found: KeptCall, kept: KeptPart, part: str) -> Sealed:
    """What lies at the place that the log names, held against what the log says. Raises Refused; nothing is opened."""
    store = vault.store()
    record = store.record(kept.place)
    moved = keys.rewrapped(kept.place)
    dek = None
    if record is not None:
        id_ = moved.id if moved is not None else record.key
        dek = keys.dek(id_)
        if dek is None and not keys.was_destroyed(id_):
            what = "the key of this content is not in the store of keys, and was not destroyed"
            raise Refused(Fault("key_missing", what, kept.place, "restore the store of keys from a backup"))
    if record is None or record.gone or dek is None:
        code, what = ("content_missing", "is not in the vault") if record is None else (ERASED[0], "is lawfully erased")
        raise Refused(Fault(code, f"the content {what}", kept.place, "see the entry content.erased"))
    ciphertext = store.read(kept.place)
    if (record.call, record.part, record.sha256.hex(), dek.subject, dek.organization) != (
        found.call,
        part,
        kept.sha256,
        found.caller,
        found.organization,
    ):
        what = "what lies there is not what the log says: another call's, another caller's, or altered"
        raise Refused(Fault("content_altered", what, kept.place, "find out who had access, and restore the file from a backup"))
    return Sealed(kept.place, record, dek, moved.wrap if moved is not None else record.wrap, ciphertext)


def _opened(vault: HomeVault, sealed: Sealed) -> bytes:
    try:
        return unseal(vault.data_key(sealed.dek), sealed.wrap, sealed.ciphertext, sealed.record.call, sealed.record.part)
    except Unsealed as wrong:
        raise _altered(sealed, wrong) from None


def _altered(sealed: Sealed, wrong: Unsealed) -> Refused:
    return Refused(Fault("content_altered", str(wrong), sealed.place, "restore the vault's file from a backup"))


def _over_at(vault: HomeVault, dek: Dek) -> int:
    return vault.classes.over_at(dek.kept_class, dek.month) if dek.kept_class in vault.classes else 0
