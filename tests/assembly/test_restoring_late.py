"""A backup whose log names something late comes back all the same; one whose log was altered does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly import verifying
from safeconduct.audit.chain import Finding
from safeconduct.audit.verify import MAX_FINDINGS, Report, verify_log
from safeconduct.terms.faults import Refused
from support.backup_town import Town
from support.faults_home import keep

LATE = [Finding("late", 3, "is 12 s older than entry 2, which stands before it")] * (MAX_FINDINGS + 20)


def test_p7_a_log_with_late_entries_is_restored_and_an_altered_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(tmp_path)
    keep(town.paths)
    town.carry()
    town.lose()
    more = [*LATE, Finding("tile", 1, "differs from hash 1 of tile/0/000.p/9")]

    def found(*args: Any, **options: Any) -> Report:  # the log's own verification, and what it is to find
        report = verify_log(*args, **options)
        report.add(*more)
        return report

    monkeypatch.setattr(verifying, "verify_log", found)
    with pytest.raises(Refused) as refused:
        town.restore()
    assert "entry 1: differs from hash 1" in str(refused.value)
    assert not town.paths.path.exists()
    more.pop()
    assert town.restore().size > 0


def test_p7_every_tree_of_the_log_is_verified_not_just_the_first(tmp_path: Path) -> None:
    town = Town(tmp_path)
    keep(town.paths)
    bundles = [path for path in (town.paths.log / "root" / "tile" / "entries").rglob("*") if path.is_file()]
    assert bundles
    for path in bundles:
        data = path.read_bytes()
        path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    town.carry()
    town.lose()
    with pytest.raises(Refused, match="the backup's log does not hold"):
        town.restore()
    assert not town.paths.path.exists()
