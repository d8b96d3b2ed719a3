"""Every command can be read by a program: it takes ``--json``, unless what it gives is no data of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from safeconduct.cli import main

_OTHER_FORM = {
    "audit prove",  # a proof file, C2SP tlog-proof
    "init",  # makes a home, and tells nothing that a program would need
    "instrument schema",  # a JSON schema as it is
    "serve",  # runs until told to stop
    "up",
    "vault read",  # the content itself
}


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if not inner:
        yield " ".join(path), command
    for name, each in inner.items():
        yield from _commands(each, (*path, name))


def test_every_command_takes_json() -> None:
    found = dict(_commands(typer.main.get_command(main.app)))
    without = {name for name, each in found.items() if not any("--json" in one.opts for one in each.params)}
    assert len(found) > 100
    assert without == _OTHER_FORM
