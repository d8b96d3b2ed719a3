"""Servers for tests of clients: an event loop in a thread of its own, and a server that only says no."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

T = TypeVar("T")


class Loop:
    """An asyncio loop in a thread, for servers that a blocking client talks to."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], limit: float = 30.0) -> T:
        """Run one coroutine there and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(limit)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(30)
        self.loop.close()


SENTENCE = "A license is required before a foreign person may use this model. Ask your access officer for one."


@dataclass
class Refuser:
    """A server that refuses every call in the form each client shows at once, and counts them."""

    url: str = ""
    arrivals: list[tuple[str, float]] = field(default_factory=list)

    @property
    def posts(self) -> list[float]:
        """The moments (monotonic) at which calls arrived, start-up probes not counted."""
        return [at for line, at in self.arrivals if line.startswith("POST") and "count_tokens" not in line]


@contextmanager
def refuser() -> Iterator[Refuser]:
    """Run a Refuser on a free port."""
    record = Refuser()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._send(200, "text/plain", b"")

        def do_GET(self) -> None:
            record.arrivals.append((self.requestline, time.monotonic()))
            self._send(403, "application/json", _envelope(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            record.arrivals.append((self.requestline, time.monotonic()))
            if "/responses" in self.path and body.get("stream"):
                self._send(200, "text/event-stream", _failed(body["model"]))
            else:
                self._send(403, "application/json", _envelope(self.path))

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            for name, value in (("content-type", kind), ("content-length", str(len(body))), ("x-should-retry", "false")):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    record.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield record
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


def _envelope(path: str) -> bytes:
    if "/messages" in path:
        error = {"type": "permission_error", "message": SENTENCE}
        return json.dumps({"type": "error", "error": error, "request_id": "req_no"}).encode()
    return json.dumps({"error": {"message": SENTENCE, "type": "invalid_request_error", "param": None, "code": "denied"}}).encode()


def _failed(model: str) -> bytes:
    response = {
        "id": "resp_no",
        "object": "response",
        "created_at": 0,
        "status": "failed",
        "error": {"code": "invalid_prompt", "message": SENTENCE},
        "model": model,
        "output": [],
    }
    event = {"type": "response.failed", "sequence_number": 0, "response": response}
    return f"event: response.failed\ndata: {json.dumps(event)}\n\n".encode()
