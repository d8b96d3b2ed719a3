"""Where does an officer's key come from, and where does a new one go? A file of mode 0600, or a prompt; never a flag.

The key itself is told to nobody but its file: no argument, no environment variable and no error ever holds it.
"""

from __future__ import annotations

import getpass
import os
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
    or that others may read.
    """
    if (os.environ if environ is None else environ).get(VARIABLE, "") == PROMPT:
        return getpass.getpass("Officer key: ").strip()
    file = key_file(environ)
    return "" if file is None else read_secret(file).decode("ascii", "replace").strip()


def keep(file: Path, key: str) -> None:
    """Write a key to a new file of mode 0600. Raises Refused when the file is there already."""
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
