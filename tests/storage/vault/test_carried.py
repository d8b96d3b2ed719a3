"""Keys that are carried away come back, unless they were destroyed here or there, or their subject was erased."""

from __future__ import annotations

from pathlib import Path

from safeconduct.storage.vault.carried import CarriedKeys
from safeconduct.storage.vault.keystore import Dek

ONE = Dek(b"1" * 16, "sc_one", "standard", "2026-06", "acme", b"wrapped")
TWO = Dek(b"2" * 16, "sc_two", "export", "2026-06", "acme", b"wrapped")


def opened(folder: Path, name: str) -> CarriedKeys:
    return CarriedKeys.open(folder / name / "keys.db", folder / name / "vault")


def test_everything_comes_back_elsewhere(tmp_path: Path) -> None:
    with opened(tmp_path, "here") as here, opened(tmp_path, "there") as there:
        here.put_deks([ONE, TWO])
        here.rewrap(Dek(b"3" * 16, "sc_one", "flagged", "2026-06", "acme", b"w"), [("standard/2026-06/w:8", b"wrap")])
        known = here.backup_keys(["sc_one", "home"])
        assert here.backup_keys(["home", "sc_two"])["home"] == known["home"]
        assert there.bring_back(here.carried()) == (6, 0)
        assert sorted(there.deks()) == sorted(here.deks())
        assert there.rewrapped("standard/2026-06/w:8") == here.rewrapped("standard/2026-06/w:8")
        assert there.backup_keys(["sc_one"]) == {"sc_one": known["sc_one"]}


def test_p8_what_was_destroyed_here_or_there_does_not_come_back(tmp_path: Path) -> None:
    with opened(tmp_path, "here") as here, opened(tmp_path, "there") as there:
        here.put_deks([ONE, TWO])
        here.backup_keys(["sc_one", "home"])
        carried = here.carried()
        here.destroy(subject="sc_one")
        assert here.bring_back(carried) == (2, 2)
        assert [each.subject for each in here.deks()] == ["sc_two"]
        assert here.known_backup_key("sc_one") is None
        there.bring_back(here.carried())
        assert there.bring_back(carried) == (2, 2), "tombstones are carried, too"


def test_p8_keys_of_a_subject_that_the_log_calls_erased_do_not_come_back(tmp_path: Path) -> None:
    with opened(tmp_path, "here") as here, opened(tmp_path, "there") as there:
        here.put_deks([ONE, TWO])
        assert there.bring_back(here.carried(), ["sc_two"]) == (1, 1)
        assert [each.subject for each in there.deks()] == ["sc_one"]
