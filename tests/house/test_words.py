"""What our files may not say: hosts of registries, paths of one machine, names nobody can look up."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.tree import ROOT, our_files, shown

# Spelled in two halves, so that this file passes its own test.
_HOSTS = ["pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "deb.deb" + "ian.org", "npm" + "js.com"]
_PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/home/us" + "er", "/opt/py" + "pi", "/opt/whe" + "els", "/tm" + "p/"]
_LOCK = ROOT / "uv.lock"  # names the registry, and is the only file that does: docs/adr/0002
_VAGUE = ("Manager", "Helper", "Handler", "Utils")


def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in our_files():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # a binary sample
    return found


@pytest.mark.parametrize("word", _HOSTS)
def test_no_registry_host_outside_the_lock(word: str) -> None:
    guilty = [shown(path) for path, text in _texts() if path != _LOCK and word in text]
    assert not guilty, f"{word} is named in {', '.join(guilty)}; only uv.lock may"


# Commands that agents ask for, and what reads them: the paths in them are what is read, not where anything of ours lies.
_COMMANDS = {
    "src/safeconduct/safeguards/places.py",
    "src/safeconduct/safeguards/toolcalls.py",
    "tests/safeguards/commands_dangerous.txt",
    "tests/safeguards/commands_everyday.txt",
    "tests/safeguards/test_places.py",
    "tests/safeguards/test_toolcalls.py",
}


@pytest.mark.parametrize("word", _PATHS)
def test_no_path_of_one_machine(word: str) -> None:
    guilty = [shown(path) for path, text in _texts() if path != _LOCK and shown(path) not in _COMMANDS and word in text]
    assert not guilty, f"{word} is named in {', '.join(guilty)}; use a path relative to the project or a temporary folder"


def test_no_class_or_module_with_an_empty_name() -> None:
    guilty = []
    for path, text in _texts():
        if path.suffix != ".py":
            continue
        if path.stem in ("utils", "helpers", "common", "misc"):
            guilty.append(shown(path))
        named = [line.split()[1] for line in text.splitlines() if line.lstrip().startswith("class ")]
        guilty += [f"{shown(path)}: {name}" for name in named if name.split("(")[0].rstrip(":").endswith(_VAGUE)]
    assert not guilty, f"the question has not been found yet: {', '.join(guilty)}"


def test_nothing_is_left_to_do() -> None:
    marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
    guilty = [
        f"{shown(path)}: {mark}"
        for path, text in _texts()
        for mark in marks
        if mark in text and path.suffix in (".py", ".md", ".sh", ".c")
    ]
    assert not guilty, f"finish it or open an issue: {', '.join(guilty)}"
