"""Where does an officer's key come from, and where does a new one go? A file of mode 0600, or a prompt; never a flag.

The key itself is told to nobody but its file: no argument, no environment variable and no error ever holds it.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from safeconduct.storage.files.keystore import create_secret, read_secret
from safeconduct.terms.faults import Fault, Refused

VARIABLE: Final = "SAFECONDUCT_OFFICER_KEY_FILE"
PROMPT: Final = "-"  # ask at the terminal, without showing what is typed


def key_file(environ: Mapping[str, str] | None = None) -> Path | None:
    """The file that the environment names; None when it names none, or the prompt."""
    named = (os.environ if environ is None else environ).get(VARIABLE, "")
    return Path(named) if named not in ("", PROMPT) else None


def read_officer_key(environ: Mapping[str, str] | None = None) -> str:
    """The officer key that the environment points to; empty when it points to none. Raises Refused for a file that is not there
    or that others may read, and for a prompt that nobody can answer.
    """
    if (os.environ if environ is None else environ).get(VARIABLE, "") == PROMPT:
        return _asked()
    file = key_file(environ)
    if file is None:
        return ""
    if not file.is_file():
        what = "is no file" if file.exists() else "is not there"
        mend = f"correct {VARIABLE}; without it, the account acts"
        raise Refused(Fault("no_key_file", f"the officer key {what}", str(file), mend))
    return read_secret(file).decode("ascii", "replace").strip()


def _asked() -> str:
    if not sys.stdin.isatty():
        mend = f"name a key file in {VARIABLE}, or run this at a terminal"
        raise Refused(Fault("nobody_to_ask", "there is no terminal to ask for the key at", f"{VARIABLE}=-", mend))
    return getpass.getpass("Officer key: ").strip()


def keep(file: Path, key: str) -> None:
    """Write a key to a new file of mode 0600. Raises Refused when the file is there already."""
    if file.exists():
        what = "there is a file of this name, and it may hold a key that counts"
        raise Refused(Fault("key_file_there", what, str(file), "name another file; this one stays as it is"))
    create_secret(file, key.encode() + b"\n")


def beside(file: Path) -> Path:
    """Where the next key of a file is written before it counts."""
    return file.with_name(file.name + ".new")


def take_its_place(file: Path) -> None:
    """Let the key written beside take the place of the one in the file. Raises Refused; then both are still there."""
    try:
        beside(file).replace(file)
    except OSError as wrong:
        mend = f"the new key counts; it lies in {beside(file)}"
        raise Refused(Fault("key_not_moved", f"the key file cannot be replaced: {wrong.strerror}", str(file), mend)) from wrong
