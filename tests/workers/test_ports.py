"""The file adapters are what the keeper's ports ask for, name by name and argument by argument."""

from __future__ import annotations

import inspect

import pytest

from safeconduct.assembly.log import HomeShelf
from safeconduct.storage.files.heads import HeadFile
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.logstore import LogStore, StateStore
from safeconduct.storage.files.tail import JournalFolder, JournalTail
from safeconduct.storage.objects.heads import HeadObject
from safeconduct.storage.objects.logstore import ObjectLogStore
from safeconduct.workers import ports

PAIRS = [
    (ports.Tail, JournalTail),
    (ports.Journals, JournalFolder),
    (ports.Store, LogStore),
    (ports.Store, ObjectLogStore),
    (ports.Heads, HeadFile),
    (ports.Heads, HeadObject),
    (ports.Shelf, HomeShelf),
    (ports.StateFile, StateStore),
    (ports.Writer, Journal),
]


@pytest.mark.parametrize(("port", "adapter"), PAIRS)
def test_the_adapter_has_what_the_port_asks_for(port: type, adapter: type) -> None:
    asked = {name: value for name, value in vars(port).items() if inspect.isfunction(value) and not name.startswith("_")}
    assert asked
    for name, method in asked.items():
        given = inspect.signature(getattr(adapter, name)).parameters
        for parameter in inspect.signature(method).parameters.values():
            assert given[parameter.name].kind == parameter.kind, f"{adapter.__name__}.{name}({parameter.name})"
