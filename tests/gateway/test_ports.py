"""The ports of the gateway are what the real journal and the real pool offer, name by name."""

from __future__ import annotations

import inspect

import pytest

from safeconduct.gateway import ports
from safeconduct.gateway.call import Call
from safeconduct.storage.files.journal import Journal
from safeconduct.upstreams.pool import Pool, Ticket

PAIRS = [(ports.Journal, Journal), (ports.Pool, Pool), (ports.Ticket, Ticket), (ports.Answered, Call)]


@pytest.mark.parametrize(("port", "real"), PAIRS)
def test_the_real_one_fits_the_port(port: type, real: type) -> None:
    names = [name for name, value in vars(port).items() if not name.startswith("_") and callable(value)]
    assert names, port
    for name in names:
        wanted, offered = inspect.signature(vars(port)[name]), inspect.signature(getattr(real, name))
        assert list(wanted.parameters) == list(offered.parameters)
