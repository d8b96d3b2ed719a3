"""Where an officer's key lies: a file of mode 0600, or a prompt; and a new one is on the disk before it counts."""

from __future__ import annotations

import getpass
import stat
import sys
from pathlib import Path

import pytest

from safeconduct.assembly.officer_key import VARIABLE, beside, keep, key_file, read_officer_key, take_its_place
from safeconduct.terms.faults import Refused


def test_the_environment_names_a_file_or_the_prompt_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mira.key"
    keep(file, "sc-officer-x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_officer_key({VARIABLE: str(file)}) == "sc-officer-x"
    assert key_file({VARIABLE: str(file)}) == file
    monkeypatch.setattr(getpass, "getpass", lambda _: " typed \n")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert read_officer_key({VARIABLE: "-"}) == "typed"
    assert (key_file({VARIABLE: "-"}), key_file({}), read_officer_key({})) == (None, None, "")


def test_a_file_that_others_may_read_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mira.key"
    with pytest.raises(Refused):
        read_officer_key({VARIABLE: str(file)})
    keep(file, "sc-officer-x")
    with pytest.raises(Refused):
        keep(file, "sc-officer-y")
    file.chmod(0o640)
    with pytest.raises(Refused) as refused:
        read_officer_key({VARIABLE: str(file)})
    assert "sc-officer-x" not in str(refused.value)


def test_a_new_key_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "mira.key"
    keep(file, "old")
    keep(beside(file), "new")
    take_its_place(file)
    assert file.read_text() == "new\n"
    with pytest.raises(Refused, match="the new key counts"):
        take_its_place(file)


def test_a_prompt_that_nobody_can_answer_and_a_folder_are_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    for named, code in (("-", "nobody_to_ask"), (str(tmp_path), "no_key_file"), (str(tmp_path / "none"), "no_key_file")):
        with pytest.raises(Refused) as refused:
            read_officer_key({VARIABLE: named})
        assert [each.code for each in refused.value.faults] == [code]
        assert VARIABLE in refused.value.faults[0].mend
