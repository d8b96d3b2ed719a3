"""A group of commands that imports one only when it is meant: which modules does this command need, and no others?

What a list of commands shows stands in a table, so that the list needs none of them. ``cli.nouns`` says what the nouns are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class Later(NamedTuple):
    """Where a command is.

    ``module``: its module in ``safeconduct.cli``; ``help``: a noun's line, as its own ``app`` has it, or all help of one command;
    ``function``: that one command, empty for a noun.
    """

    module: str
    help: str
    function: str = ""


class Commands(MutableMapping[str, Any]):
    """Commands by name, in the order of their table; each is imported when it is looked up, those that were added are there."""

    def __init__(self, later: Mapping[str, Later], here: Mapping[str, Any]) -> None:
        self._later = later
        self._here = dict(here)
        self._names = [*(name for name in here if name not in later), *later]

    def __getitem__(self, name: str) -> Any:
        if name not in self._here:
            self._here[name] = _imported(name, self._later[name])
        return self._here[name]

    def __setitem__(self, name: str, command: Any) -> None:
        if name not in self:
            self._names.append(name)
        self._here[name] = command

    def __delitem__(self, name: str) -> None:
        self._names.remove(name)
        self._here.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def shown(self, name: str) -> Any:
        """What a list of commands needs of one: nothing is imported for it."""
        if name in self._here:
            return self._here[name]
        return TyperCommand(name=name, help=self._later[name].help) if name in self else None


class Deferred(TyperGroup):
    """A group whose table names commands that are imported when they are meant. A subclass has the table."""

    TABLE: ClassVar[Mapping[str, Later]] = {}

    def __init__(self, **settings: Any) -> None:
        here = settings.pop("commands", None) or {}
        super().__init__(**settings)
        self.commands: Any = Commands(self.TABLE, here)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """The names, in the order of the table."""
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """A command as a list shows it."""
        return self.commands.shown(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that was typed, itself."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, None if name is None or found is None else self.commands[name], rest


def _imported(name: str, later: Later) -> Any:
    module = import_module(f"safeconduct.cli.{later.module}")
    around = typer.Typer(add_completion=False)
    if later.function:
        function: Callable[..., Any] = getattr(module, later.function)
        around.command(name, help=later.help)(function)
    else:
        around.add_typer(module.app, name=name)
    return get_group(around).commands[name]
