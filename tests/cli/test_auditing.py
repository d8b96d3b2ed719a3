"""What the audit commands share: the folder of a shard, a key as text or file, and how a damaged log is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from safeconduct.audit.note import NoteInvalid
from safeconduct.cli import output
from safeconduct.cli.auditing import door, folder_of, opened, verifier_of
from safeconduct.terms.faults import Refused
from support.audit_home import SIGNER


def test_a_shard_is_a_folder_of_the_log(tmp_path: Path) -> None:
    assert folder_of(tmp_path, "") == tmp_path
    assert folder_of(tmp_path, "2027") == tmp_path / "2027"
    assert folder_of(tmp_path, "root") == tmp_path / "root"


@pytest.mark.parametrize("name", ["..", "../x", "27", "20270", "tile", "/etc"])
def test_no_name_of_a_shard_leads_out_of_the_log(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused):
        folder_of(tmp_path, name)


def test_a_key_is_read_from_text_or_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SIGNER.verifier}\n")
    assert verifier_of(str(SIGNER.verifier)) == SIGNER.verifier == verifier_of(str(tmp_path / "key"))


def test_nothing_signed_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no signed checkpoint"):
        opened(tmp_path, "", "")


@pytest.mark.parametrize(("wrong", "code"), [(NoteInvalid("x"), 4), (ValueError("x"), 4), (OSError(5, "x"), 1)])
def test_what_does_not_hold_is_exit_code_4(wrong: Exception, code: int) -> None:
    with pytest.raises(typer.Exit) as ended, door():
        raise wrong
    assert ended.value.exit_code == code
    assert output.PROOF_DOES_NOT_HOLD == 4
