"""What the questions share."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.inquiries import open_inquiries
from safeconduct.cli.inquiring import model_named, organization_known, progress
from safeconduct.terms.faults import Refused
from support.inquiry_home import FABLE, cobalt_home


def test_names_are_checked_against_the_registry(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    with open_inquiries(home.environ) as asked:
        assert model_named(asked.today, FABLE) == FABLE
        organization_known(asked.today, "")
        organization_known(asked.today, "cobalt")
        with pytest.raises(Refused):
            model_named(asked.today, "nothing")
        with pytest.raises(Refused):
            organization_known(asked.today, "nowhere")


def test_progress_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(10, silent=False) as tell:
        tell(5)
    assert capsys.readouterr() == ("", "")
