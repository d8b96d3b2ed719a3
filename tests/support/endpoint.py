"""The gateway as clients are configured with it, and what passed through since a test began."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from support.clients import Run
from support.stand import Stand

PROMPT_SECONDS = 2.0
RESTRICTED = {"claude": "claude-mythos-5", "gpt": "gpt-5.6-cyber"}  # real models that the stand's key may not use
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Endpoint:
    """One address with a key that may use the standard models."""

    def __init__(self, stand: Stand) -> None:
        self.url, self.openai_url, self.token = stand.url, stand.openai_url, stand.key
        self._stand = stand
        seen = stand.received()
        self._since = seen[-1]["seq"] if seen else 0

    def calls(self) -> list[SimpleNamespace]:
        """The calls that reached the provider, oldest first, with the fields of ``simulated.Arrival``."""
        found = [SimpleNamespace(**seen) for seen in self._stand.received()]
        return [call for call in found if call.seq > self._since and call.method == "POST"]

    def arrivals(self) -> int:
        """How many calls arrived at the gateway in its whole life."""
        return self._stand.arrivals()

    def shown_at_once(self, ask: Callable[[], Run]) -> Run:
        """Run a client that is refused; it must end within two seconds, from one arrival, and nothing may be forwarded.

        The time includes starting the client, and other tests share the machine: the quickest of three runs counts.
        """
        runs: list[Run] = []
        while len(runs) < 3 and (not runs or runs[-1].seconds >= PROMPT_SECONDS):
            before = self.arrivals()
            runs.append(ask())
            assert self.arrivals() - before == 1, runs[-1].said
        assert runs[-1].seconds < PROMPT_SECONDS, [run.seconds for run in runs]
        assert self.calls() == []
        return runs[-1]

    def sentence(self, model: str, token: str = "") -> str:
        """What the gateway says to a plain call of this model that it refuses."""
        chat = {"model": model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 9}
        path = "/v1/messages" if model.startswith("claude") else "/v1/chat/completions"
        headers = {"authorization": f"Bearer {token or self.token}", "anthropic-version": "2023-06-01"}
        request = urllib.request.Request(self.url + path, json.dumps(chat).encode(), headers)
        try:
            with _DIRECT.open(request, timeout=20) as answer:
                raise AssertionError(f"{model} was not refused: {answer.read()[:500]!r}")
        except urllib.error.HTTPError as refusal:
            with refusal:
                body: dict[str, Any] = json.loads(refusal.read())
        return str(body["error"]["message"])
