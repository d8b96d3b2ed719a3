"""``safeconduct api``: what it is told wrong."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli import main
from support.registry_cli import Home


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "--listen" in Home(tmp_path).run(main.app, "api", "serve", "--listen", "nowhere", code=2).output
