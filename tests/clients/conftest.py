"""Where the clients call: a whole installation on loopback, in front of the simulated provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.endpoint import Endpoint
from support.stand import Stand, start_stand


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with start_stand(tmp_path_factory.mktemp("stand") / "home") as running:
        yield running


@pytest.fixture
def endpoint(stand: Stand) -> Endpoint:
    return Endpoint(stand)
