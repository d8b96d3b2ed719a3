from pathlib import Path

import pytest

from safeconduct.safeguards.dangers import dangers
from safeconduct.safeguards.shell import read

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    return [line.replace("\\n", "\n") for line in (HERE / name).read_text().splitlines() if line]


EVERYDAY = lines("commands_everyday.txt")
DANGEROUS = [tuple(line.split("\t", 1)) for line in lines("commands_dangerous.txt")]


def kinds(line: str) -> set[str]:
    return {each.kind for each in dangers(read(line))}


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(set(EVERYDAY)) >= 150
    assert len(set(DANGEROUS)) >= 150


@pytest.mark.parametrize("line", EVERYDAY)
def test_everyday_commands_of_development_pass(line: str) -> None:
    assert kinds(line) == set()


@pytest.mark.parametrize(("kind", "line"), DANGEROUS)
def test_what_destroys_or_opens_a_door_is_found(kind: str, line: str) -> None:
    assert kind in kinds(line)


def test_a_finding_never_repeats_the_command() -> None:
    for _, line in DANGEROUS:
        for each in dangers(read(line)):
            assert "example" not in each.said
            assert "docs" not in each.said


def test_commands_in_commands_are_read_to_a_depth_and_no_further() -> None:
    line = "rm -rf docs"
    for _ in range(12):
        line = "bash -c '" + line.replace("'", "'\\''") + "'"
    assert kinds(line) & {"ambiguous", "destructive"}
