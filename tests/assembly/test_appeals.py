"""The words of callers become acts, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.appeals import take_up
from safeconduct.assembly.desk import open_desk
from safeconduct.office.acts import IssueKey, RegisterOrganization, RegisterPerson, TakeMeasure
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER
from support.registry_cli import Home

NAME = "M-0123456789ab"


def test_p11_what_was_noted_is_performed_as_the_callers_once_and_what_is_refused_is_let_go(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folder = tmp_path / "notes"
    folder.mkdir()
    with open_desk(home.environ) as desk:
        desk.perform(RegisterOrganization("acme", "Acme"))
        desk.perform(RegisterPerson("ann", "acme"))
        desk.perform(IssueKey("key-1", bytes(32), "person", "ann", "acme"))
        desk.perform(TakeMeasure(NAME, "organization/acme", "suspend", FOREVER))
        line = b'{"measure":"%b","words":"It was us.","key":"key-1"}\n' % NAME.encode()
        (folder / "appeals-a.jsonl").write_bytes(line + line + b'{"measure":"M-000000000000","words":"?","key":"key-1"}\n')
        assert take_up(folder, desk) == 0, "what may still be written to is put aside first"
        assert take_up(folder, desk) == 1
        assert list(folder.iterdir()) == []
        found = desk.registry.measure(NAME)
        assert found is not None
        assert found.appeal == "It was us."
        assert (found.appealed_by, found.appealed_key) == ("person/ann", "key-1")


def test_words_that_cannot_be_put_down_now_stay_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    folder = tmp_path / "notes"
    folder.mkdir()
    with open_desk(home.environ) as desk:
        desk.perform(RegisterOrganization("acme", "Acme"))
        desk.perform(RegisterPerson("ann", "acme"))
        desk.perform(IssueKey("key-1", bytes(32), "person", "ann", "acme"))
        desk.perform(TakeMeasure(NAME, "organization/acme", "suspend", FOREVER))
        (folder / "appeals-a.taking").write_bytes(b'{"measure":"%b","words":"It was us.","key":"key-1"}\n' % NAME.encode())

        def taken(*_: object, **__: object) -> None:
            raise Refused(Fault("registry_busy", "another act is under way", "desk", "try again"))

        with monkeypatch.context() as patched:
            patched.setattr(desk, "perform", taken)
            with pytest.raises(OSError, match="another act"):
                take_up(folder, desk)
        assert take_up(folder, desk) == 1
