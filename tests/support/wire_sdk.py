"""The official SDKs, answered in memory by answers of ours: what they raise is what their users see."""

from __future__ import annotations

from collections.abc import Callable

import anthropic
import httpx2
import openai

from safeconduct.terms.call import Answer


class Answering:
    """An HTTP transport that gives one answer to every request and counts the arrivals."""

    def __init__(self, answer: Answer) -> None:
        self.arrivals = 0
        self._answer = answer

    def __call__(self, _: httpx2.Request) -> httpx2.Response:
        self.arrivals += 1
        pairs = [(name.decode(), value.decode()) for name, value in self._answer.headers]
        return httpx2.Response(self._answer.status, headers=pairs, content=self._answer.body)

    def anthropic(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(api_key="k", base_url="http://gateway.invalid", http_client=self._client())

    def openai(self) -> openai.OpenAI:
        return openai.OpenAI(api_key="k", base_url="http://gateway.invalid/v1", http_client=self._client())

    def _client(self) -> httpx2.Client:
        handler: Callable[[httpx2.Request], httpx2.Response] = self
        return httpx2.Client(transport=httpx2.MockTransport(handler))


def stream_of(body: bytes) -> Answer:
    """A provider's stream as an answer."""
    return Answer(200, ((b"content-type", b"text/event-stream"), (b"request-id", b"r"), (b"x-request-id", b"r")), body)
