"""S3-compatible storage on loopback for one test module: started by the test, ended by the test, nothing kept."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from moto.server import ThreadedMotoServer

from safeconduct.storage.objects.bucket import Bucket, opened

_NUMBERS = count(1)
KEY_ID, SECRET = "test-key-id", "test-secret"


class Storage:
    """A server; every bucket asked for is a new one unless it is named."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def make(self, name: str = "") -> str:
        name = name or f"bucket-{next(_NUMBERS)}"
        asked = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=10).close()
        return name

    def bucket(self, name: str = "", prefix: str = "") -> Bucket:
        name = name or self.make()
        return opened(name, prefix, endpoint=self.endpoint, region="us-east-1", key_id=KEY_ID, secret=SECRET)


@contextmanager
def storage() -> Iterator[Storage]:
    """A server on a free port of loopback."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Storage(f"http://{host}:{port}")
    finally:
        server.stop()
