"""Serving the officers' API: a home that is none is said before anybody is answered, and so is an address that is taken."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from safeconduct.assembly.api import serve
from safeconduct.terms.faults import Refused
from support.registry_cli import Home


def never(url: str) -> None:
    pytest.fail(f"it began to answer at {url}")


def test_without_a_home_nothing_is_served(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        serve({"SAFECONDUCT_HOME": str(tmp_path / "none")}, "127.0.0.1", 0, (), never)


def test_an_address_that_is_taken_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Refused) as refused:
        serve(home.environ, "127.0.0.1", taken.getsockname()[1], (), never)
    assert [fault.code for fault in refused.value.faults] == ["port_taken"]
