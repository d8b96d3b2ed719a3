"""Which version does a registry file have, and how does it get to ours?

Migrations are the ``.sql`` files beside this module, in the order of their numbers; SQLite's ``user_version`` holds the
number of the last one applied. Each runs whole, in one transaction, or not at all.
"""

from __future__ import annotations

import sqlite3
from importlib import resources

from safeconduct.terms.faults import Fault, Refused


def migrations() -> list[tuple[int, str]]:
    """Every migration: its number and its SQL, in order."""
    folder = resources.files("safeconduct.storage.sqlite") / "migrations"
    files = sorted((each.name, each) for each in folder.iterdir() if each.name.endswith(".sql"))
    return [(int(name.partition("_")[0]), file.read_text("utf-8")) for name, file in files]


def version_of(connection: sqlite3.Connection) -> int:
    """The number of the last migration that was applied."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection, where: str) -> None:
    """Apply what is missing. Raises Refused when the file was written by a newer version than ours."""
    check_not_newer(connection, where)
    for number, text in migrations():
        if number <= version_of(connection):
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            if number > version_of(connection):  # another process may have been faster
                for statement in _statements(text):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number:d}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def check_not_newer(connection: sqlite3.Connection, where: str) -> None:
    """Raise Refused when the file was written by a newer version than ours."""
    newest = migrations()[-1][0]
    version = version_of(connection)
    if version > newest:
        what = f"the registry has format {version}, this version knows formats up to {newest}"
        raise Refused(Fault("registry_newer", what, where, "run the newer version of Safeconduct that wrote it"))


def check_not_older(connection: sqlite3.Connection, where: str) -> None:
    """Raise Refused when the file lacks a migration that reading needs, and whoever reads may not write."""
    newest = migrations()[-1][0]
    version = version_of(connection)
    if version < newest:
        what = f"the registry has format {version}, and reading needs format {newest}"
        raise Refused(
            Fault("registry_older", what, where, "run safeconduct org list, or start the gateway: both bring it up to date")
        )


def _statements(text: str) -> list[str]:
    """The statements of a migration. Triggers hold semicolons, so SQLite itself says where a statement is complete."""
    statements: list[str] = []
    current = ""
    for line in text.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    if any(line.strip() and not line.startswith("--") for line in current.splitlines()):
        raise ValueError(f"a migration ends inside a statement: {current.strip()[:80]}")
    return statements
