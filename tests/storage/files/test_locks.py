"""One holder at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.storage.files.locks import Held
from safeconduct.terms.faults import Refused


def test_the_second_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = Held(tmp_path / "run" / "lock", "a keeper")
    with pytest.raises(Refused, match="a keeper is running already"):
        Held(tmp_path / "run" / "lock", "a keeper")
    first.release()
    first.release()
    Held(tmp_path / "run" / "lock", "a keeper").release()
