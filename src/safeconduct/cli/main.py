"""The command line: how it starts and ends. ``cli.nouns`` says which nouns there are; each lives in a file of its own."""

from __future__ import annotations

import os
import resource as resource_limits
import sys
from importlib import metadata
from typing import Annotated

import typer

from safeconduct.cli.nouns import Nouns

app = typer.Typer(
    cls=Nouns,
    name="safeconduct",
    help="Controlled access to frontier AI models that is provable and never blunt.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(metadata.version("safeconduct"))
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Controlled access to frontier AI models that is provable and never blunt."""


def run() -> None:
    """The entry point of the ``safeconduct`` command."""
    _leave_no_core()
    _hold_standard_streams()
    try:
        app()
    finally:
        _let_go_of_stdout()


def _leave_no_core() -> None:
    """INVARIANT (P8, P11): a crash of this process, or of one it starts, writes no memory with content and keys to the disk."""
    resource_limits.setrlimit(resource_limits.RLIMIT_CORE, (0, resource_limits.getrlimit(resource_limits.RLIMIT_CORE)[1]))


def _hold_standard_streams() -> None:
    """Open what the caller closed of stdin, stdout and stderr: no socket or journal may get their numbers, and catch words."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # the processes we start need them as much
        if number == 1:
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the stream of this whole process
        elif number == 2:
            sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.close(number)


def _let_go_of_stdout() -> None:
    """Write out what is left. Where that fails it was told already, and the interpreter need not tell it again."""
    try:
        sys.stdout.flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
