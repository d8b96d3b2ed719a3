"""Where the clients call: one address that answers, one that refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from safeconduct.upstreams.simulated import Arrival, SimulatedProvider
from support.loopback import Loop, Refuser, refuser


@dataclass
class Endpoint:
    """One address as clients are configured with it, and what reached the provider behind it."""

    url: str
    token: str
    provider: SimulatedProvider

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    def calls(self, path: str = "/v1/") -> list[Arrival]:
        """The calls that reached the provider, model lists and probes not counted."""
        return [arrival for arrival in self.provider.arrivals if arrival.method == "POST" and arrival.path.startswith(path)]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    loop, provider = Loop(), SimulatedProvider()
    try:
        port = loop.run(provider.start())
        yield Endpoint(f"http://127.0.0.1:{port}", "key-for-the-clients", provider)
        loop.run(provider.stop())
    finally:
        loop.close()


@pytest.fixture
def refusing() -> Iterator[Refuser]:
    with refuser() as record:
        yield record
