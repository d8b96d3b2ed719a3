"""Writes docs/cli.md from the commands themselves, so that the page and the program cannot disagree.

python scripts/cli_reference.py            print the page
python scripts/cli_reference.py --write    write docs/cli.md
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from safeconduct.cli.main import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
_HEAD = """# Commands

Written by `make docs` from the program's own help; do not edit by hand.

Every command reads its state from `SAFECONDUCT_HOME`. Data goes to stdout, words to stderr. Exit codes: 0 done, 1 failed,
2 wrong usage, 3 denied, 4 a proof does not hold, 5 differences found. `safeconduct monitor` says what kind of no it found, in
the numbers of the [single-file verifier](verifier.md): 10 altered, 11 missing, 12 forked, 13 late, 14 unsigned.
"""


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, depth first, with its whole name. Hidden ones are left out."""
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        yield name, command
    for word in sorted(inner):
        if not inner[word].hidden:
            yield from commands(inner[word], f"{name} {word}")


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or value is False or value == () or value == [] or callable(value) or parameter.required:
        return ""
    shown = getattr(value, "value", value)
    return f" Default: `{shown}`." if str(shown) else ""


def _parameter(parameter: Any) -> str:
    argument = parameter.param_type_name == "argument"
    names = [(parameter.metavar or parameter.name).upper()] if argument else [*parameter.opts, *parameter.secondary_opts]
    needed = " Required." if parameter.required else ""
    words = " ".join((getattr(parameter, "help", None) or "").split())
    return f"- {', '.join(f'`{name}`' for name in names)}: {words}{needed}{_default(parameter)}".replace(":  ", ": ").rstrip(": ")


def _usage(name: str, parameters: list[Any]) -> str:
    words = [name]
    for parameter in parameters:
        if parameter.param_type_name == "argument":
            shown = (parameter.metavar or parameter.name).upper() + ("..." if parameter.nargs == -1 else "")
            words.append(shown if parameter.required else f"[{shown}]")
        elif parameter.required:
            words.append(f"{parameter.opts[0]} {parameter.name.upper()}")
    return " ".join(words)


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    root = typer.main.get_command(app)
    for name, command in commands(root, "safeconduct"):
        parameters = [one for one in command.params if not getattr(one, "hidden", False) and one.name != "help"]
        parts.append(f"## {name}\n\n{inspect.cleandoc(command.help or '').strip()}\n\n```\n{_usage(name, parameters)}\n```\n")
        if parameters:
            parts.append("\n".join(_parameter(one) for one in parameters) + "\n")
    return "\n".join(parts)


def main() -> int:
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if sys.argv[1:]:
        sys.stderr.write(__doc__ or "")
        return 2
    sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
