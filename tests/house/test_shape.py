"""The shape of the house: twins by path, files and functions of a readable size. Exceptions give reasons and only shrink."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support.tree import PACKAGE, ROOT, functions, modules, our_files, shown

_MOST_LINES = 350
_MOST_IN_FUNCTION = 60
_EXCEPTIONS = tomllib.loads((Path(__file__).parent / "exceptions.toml").read_text())


def _python() -> list[Path]:
    folders = (PACKAGE, ROOT / "bench", ROOT / "scripts", ROOT / "tests")
    return [path for path in our_files() if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in folders)]


def _twin(module: Path) -> Path:
    inner = module.relative_to(PACKAGE)
    return ROOT / "tests" / inner.parent / f"test_{inner.name.lstrip('_')}"


def _unproven() -> list[str]:
    """Modules that do something (define a function) and have no test file at the mirrored path."""
    return [
        shown(module) for module in modules() if functions(module) and module.name != "__init__.py" and not _twin(module).exists()
    ]


def _long_files() -> list[str]:
    return [shown(path) for path in _python() if len(path.read_text(encoding="utf-8").splitlines()) > _MOST_LINES]


def _long_functions() -> list[str]:
    return [f"{shown(path)}:{one.name}" for path in _python() for one in functions(path) if one.length > _MOST_IN_FUNCTION]


_RULES = {
    "untwinned": (_unproven, "write tests/<room>/test_<module>.py"),
    "long_files": (_long_files, f"split it: more than {_MOST_LINES} lines"),
    "long_functions": (_long_functions, f"split it: more than {_MOST_IN_FUNCTION} lines"),
}


@pytest.mark.parametrize("rule", _RULES)
def test_rule_holds_but_for_its_exceptions(rule: str) -> None:
    find, mend = _RULES[rule]
    new = sorted(set(find()) - set(_EXCEPTIONS[rule]))
    assert not new, "\n  ".join([f"{mend}; or say in exceptions.toml [{rule}] why not:", *new])


@pytest.mark.parametrize("rule", _RULES)
def test_exceptions_only_shrink(rule: str) -> None:
    find, _ = _RULES[rule]
    stale = sorted(set(_EXCEPTIONS[rule]) - set(find()))
    assert not stale, f"no longer needed in exceptions.toml [{rule}]: {', '.join(stale)}"
    unexplained = [name for name, why in _EXCEPTIONS[rule].items() if len(why) < 20]
    assert not unexplained, f"say why in exceptions.toml [{rule}]: {', '.join(unexplained)}"


def test_init_files_only_say_what_the_room_answers() -> None:
    busy = [shown(path) for path in modules() if path.name == "__init__.py" and functions(path)]
    assert not busy, f"code belongs in a module with a name: {', '.join(busy)}"


def test_every_module_says_which_question_it_answers() -> None:
    spoken = [path for path in _python() if not path.name.startswith("test_") and path.read_text(encoding="utf-8").strip()]
    silent = [shown(path) for path in spoken if not _opens_with_words(path)]
    assert not silent, f"no docstring at the top of {', '.join(silent)}"


def _opens_with_words(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return bool(lines) and lines[0].startswith(('"""', 'r"""'))
