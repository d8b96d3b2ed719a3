"""Hunts at the command line: written down, run, gone on with, and what they find in a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.hunting import signal_history, words_of
from safeconduct.assembly.process import clock
from safeconduct.cli import hunt, main
from safeconduct.terms.signals import CallSignal, Seen
from support.vault_home import VaultHome

TEXT = "Describe the seal of the northern archive and every crack in it, step by step, for my private collection of seals."
SINCE = ("--since", "2026-01-01T00:00:00Z", "--why", "a tip from another lab")


@pytest.fixture
def home(tmp_path: Path) -> VaultHome:
    made = VaultHome(tmp_path)
    history = signal_history(made.paths)
    now = clock()
    history.add(
        [CallSignal(now + n, f"call_b_{n}", person="ann", organization="acme", shingles=words_of(TEXT)) for n in range(3)], now
    )
    history.add(
        [CallSignal(now, "call_b_9", person="bea", seen=(Seen("secrets", "aws_access_key", "request", 2),), refused=True)], now
    )
    history.flush(now)
    (tmp_path / "text.txt").write_text("And now: " + TEXT)
    return made


def test_a_text_that_was_used_again_is_found_and_joins_a_case(home: VaultHome, tmp_path: Path) -> None:
    home.run(hunt.app, "new", "seals", *SINCE, "--fingerprint", str(tmp_path / "text.txt"))
    assert home.read(hunt.app, "list")[0]["id"] == "seals"
    assert home.read(hunt.app, "show", "seals") == []
    (found,) = home.mira.read(hunt.app, "run", "seals", "--case", "case-seals")
    assert (found["who"], found["hits"], found["calls"]) == ("person/ann", 3, ["call_b_0", "call_b_1", "call_b_2"])
    shown = home.read(main.app, "case", "show", "case-seals")
    assert (shown["about"], shown["signals"], shown["kinds"]) == ("person/ann", 1, ["hunt.seals"])
    assert home.read(hunt.app, "show", "seals") == [found]
    home.run(hunt.app, "remove", "seals")
    assert home.read(hunt.app, "list") == []


def test_what_was_seen_and_shapes_of_behavior_are_found(home: VaultHome) -> None:
    home.run(hunt.app, "new", "keys", *SINCE, "--seen", "secrets.aws_access_key")
    assert [each["who"] for each in home.read(hunt.app, "run", "keys")] == ["person/bea"]
    home.run(hunt.app, "new", "many", *SINCE, "--shape", "calls>=2", "--shape", "refusals<=0")
    assert [each["who"] for each in home.read(hunt.app, "run", "many")] == ["person/ann"]
    assert len(home.read(hunt.app, "features")) > 10


def test_p8_the_text_that_is_looked_for_is_in_no_file(home: VaultHome, tmp_path: Path) -> None:
    home.run(hunt.app, "new", "seals", *SINCE, "--fingerprint", str(tmp_path / "text.txt"))
    home.run(hunt.app, "run", "seals")
    files = [path for path in (home.folder / "hunts").rglob("*") if path.is_file()]
    assert files
    assert not any(b"northern archive" in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--seen", "secrets", "--shape", "calls>=1"),
        ("--shape", "calls=1"),
        ("--shape", "calls>=many"),
        ("--shape", "secrets>=1"),
        ("--fingerprint", "/none"),
        ("--seen", "secrets", "--until", "2025-01-01T00:00:00Z"),
        ("--seen", "nosuch"),
    ],
)
def test_what_is_no_hunt_is_refused_and_leaves_nothing(home: VaultHome, words: tuple[str, ...]) -> None:
    home.run(hunt.app, "new", "bad", *SINCE, *words, code=1)
    assert home.read(hunt.app, "list") == []


def test_a_time_without_a_zone_is_refused_in_words(home: VaultHome) -> None:
    told = home.run(hunt.app, "new", "bad", "--since", "2026-10-01", "--why", "x", "--seen", "secrets", code=2).output
    assert "is no time with a zone" in told
    assert "a fault of ours" not in told


def test_a_hunt_without_any_history_says_so(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    home.run(hunt.app, "new", "keys", *SINCE, "--seen", "secrets")
    assert "no history yet" in home.run(hunt.app, "run", "keys").stderr
