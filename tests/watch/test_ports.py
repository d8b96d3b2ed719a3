"""The state file is a shelf as the watch asks for it, and so is the tests' own."""

from __future__ import annotations

import inspect

import pytest

from safeconduct.storage.watch.state import WatchStore
from safeconduct.watch import ports
from support.watching import Shelf


@pytest.mark.parametrize("adapter", [WatchStore, Shelf])
def test_the_adapter_has_what_the_port_asks_for(adapter: type) -> None:
    for name, method in vars(ports.Shelf).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            assert callable(getattr(adapter, name))
