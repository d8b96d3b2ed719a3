"""Which tables does the store of keys have? ``keystore`` says what lies in them."""

from __future__ import annotations

from typing import Final

TABLES: Final = (
    """CREATE TABLE dek (
    id           BLOB NOT NULL,
    subject      TEXT NOT NULL,
    kept_class   TEXT NOT NULL,
    month        TEXT NOT NULL,
    organization TEXT NOT NULL,
    wrapped      BLOB NOT NULL,
    CONSTRAINT dek_pk PRIMARY KEY (id)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX dek_of_subject ON dek (subject)",
    "CREATE INDEX dek_of_class ON dek (kept_class, month)",
    """CREATE TABLE rewrapped (
    place TEXT NOT NULL,
    id    BLOB NOT NULL,
    wrap  BLOB NOT NULL,
    CONSTRAINT rewrapped_pk PRIMARY KEY (place)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX rewrapped_by_key ON rewrapped (id)",
    """CREATE TABLE backup_key (
    subject TEXT NOT NULL,
    id      BLOB NOT NULL,
    key     BLOB NOT NULL,
    CONSTRAINT backup_key_pk PRIMARY KEY (subject)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE destroyed (
    id_hash BLOB NOT NULL,
    CONSTRAINT destroyed_pk PRIMARY KEY (id_hash)
) STRICT, WITHOUT ROWID""",
)
