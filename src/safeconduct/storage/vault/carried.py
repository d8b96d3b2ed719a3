"""Which keys may be carried away and brought back? All that are there; but one that was destroyed since is never brought back.

The keys of backups are asked for by the thousand here. What is carried lies in one sealed file (``storage.files.backups``).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Final

import msgspec

from safeconduct.storage.vault.keystore import BACKUP_KEY_BYTES, Dek, KeyStore, Rewrap, tombstone_of_subject

ID_BYTES: Final = 16


class Carried(msgspec.Struct, array_like=True):
    """Everything a store of keys holds: data keys, content in another class, backup keys, and what was destroyed."""

    deks: list[tuple[bytes, str, str, str, str, bytes]]
    rewrapped: list[tuple[str, bytes, bytes]]
    backups: list[tuple[str, bytes, bytes]]
    destroyed: list[bytes]


class CarriedKeys(KeyStore):
    """A store of keys for whoever backs it up, or backs up by its keys."""

    def backup_keys(self, subjects: Collection[str]) -> dict[str, bytes]:
        """The keys of these subjects' records in backups, made where there are none; one transaction. Raises OSError."""
        found = {name: key for name in subjects if (key := self.known_backup_key(name)) is not None}
        missing = [name for name in subjects if name not in found]
        if missing:
            fresh = [(name, secrets.token_bytes(ID_BYTES), secrets.token_bytes(BACKUP_KEY_BYTES)) for name in missing]
            with self._writing():
                query = "INSERT INTO backup_key VALUES (?, ?, ?) ON CONFLICT (subject) DO NOTHING"
                self._connection.executemany(query, fresh)
            found |= {name: key for name in missing if (key := self.known_backup_key(name)) is not None}
        return found

    def knows_destroyed(self, subject: str) -> bool:
        """Whether everything of this subject was destroyed."""
        return self._is_told(tombstone_of_subject(subject))

    def carried(self) -> Carried:
        """Everything, to be carried away."""
        run = self._connection.execute
        return Carried(
            [(each.id, each.subject, each.kept_class, each.month, each.organization, each.wrapped) for each in self.deks()],
            [(str(place), bytes(name), bytes(wrap)) for place, name, wrap in run("SELECT place, id, wrap FROM rewrapped")],
            [(str(subject), bytes(name), bytes(key)) for subject, name, key in run("SELECT subject, id, key FROM backup_key")],
            [bytes(each) for (each,) in run("SELECT id_hash FROM destroyed")],
        )

    def bring_back(self, carried: Carried, erased: Iterable[str] = ()) -> tuple[int, int]:
        """Put back what was carried away, but nothing that was destroyed since, here or there, nor keys of ``erased`` subjects.

        Returns how many keys came back and how many did not. Raises OSError.
        """
        gone = {bytes(row[0]) for row in self._connection.execute("SELECT id_hash FROM destroyed")} | set(carried.destroyed)
        subjects = frozenset(erased)

        def alive(subject: str, name: bytes) -> bool:
            return subject not in subjects and not {sha256(name).digest(), tombstone_of_subject(subject)} & gone

        deks = [Dek(*each) for each in carried.deks if alive(each[1], each[0])]
        backups = [each for each in carried.backups if alive(each[0], each[1])]
        known = {each.id for each in deks}
        moved = [Rewrap(*each) for each in carried.rewrapped if each[1] in known]
        with self._writing():
            self._connection.executemany("INSERT OR IGNORE INTO destroyed VALUES (?)", [(each,) for each in carried.destroyed])
            self._connection.executemany("INSERT OR IGNORE INTO dek VALUES (?, ?, ?, ?, ?, ?)", deks)
            self._connection.executemany("INSERT OR IGNORE INTO rewrapped VALUES (?, ?, ?)", moved)
            self._connection.executemany("INSERT OR IGNORE INTO backup_key VALUES (?, ?, ?)", backups)
        back = len(deks) + len(backups)
        return back, len(carried.deks) + len(carried.backups) - back
