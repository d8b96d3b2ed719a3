"""How is a log read over HTTP? Static files in C2SP tlog-tiles layout under one URL, each read bounded, nothing followed."""

from __future__ import annotations

import http.client
import ssl
import threading
from urllib.parse import urlsplit

from safeconduct.assembly.witness import hang_up
from safeconduct.audit.head import NoteInvalid, decimal
from safeconduct.audit.note import MAX_NOTE_BYTES
from safeconduct.audit.tiles import MAX_BUNDLE_BYTES, TILE_BYTES, WIDTH, bundle_path, tile_path

GET_SECONDS = 20.0
MAX_NUMBER_BYTES = 64
MAX_COMPLAINT_BYTES = 65_536


class HttpLog:
    """The log at ``url``; a Reader of audit.monitored. One connection, opened again when it fell."""

    def __init__(self, url: str, seconds: float = GET_SECONDS) -> None:
        parts = urlsplit(url)
        self._path = parts.path.rstrip("/")
        self._seconds = seconds
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            self._line: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=seconds, context=ssl.create_default_context()
            )
        else:
            self._line = http.client.HTTPConnection(host, port, timeout=seconds)

    def checkpoint(self) -> bytes:
        """The newest checkpoint. Raises OSError, ValueError when it is longer than it may be; so do all of these."""
        return self._get("checkpoint", MAX_NOTE_BYTES)

    def witnessed(self) -> bytes | None:
        """The newest witnessed checkpoint, None when there is no such file."""
        try:
            return self._get("witnessed", MAX_NOTE_BYTES)
        except FileNotFoundError:
            return None

    def minimum(self) -> int:
        """The first entry that is kept."""
        try:
            text = self._get("pruned", MAX_NUMBER_BYTES).decode("ascii", "replace")
        except FileNotFoundError:
            return 0
        if not text.endswith("\n"):
            raise NoteInvalid("the minimum index is one number and a newline")
        return decimal(text[:-1])

    def tile(self, level: int, index: int, width: int = WIDTH) -> bytes:
        """At least ``width`` hashes."""
        return self._either(tile_path(level, index, width), tile_path(level, index), TILE_BYTES)

    def bundle(self, index: int, width: int = WIDTH) -> bytes:
        """At least ``width`` entries."""
        return self._either(bundle_path(index, width), bundle_path(index), MAX_BUNDLE_BYTES)

    def close(self) -> None:
        self._line.close()

    def _either(self, partial: str, full: str, limit: int) -> bytes:
        try:
            return self._get(partial, limit)
        except FileNotFoundError:
            if partial == full:
                raise
            return self._get(full, limit)

    def _get(self, name: str, limit: int) -> bytes:
        reused = self._line.sock is not None
        try:
            return self._once(name, limit)
        except FileNotFoundError:
            raise
        except (OSError, http.client.HTTPException) as broken:
            self._line.close()
            if not reused:
                raise _unanswered(broken) from broken
        try:
            return self._once(name, limit)  # the other end may have closed a connection that stood idle
        except http.client.HTTPException as broken:
            self._line.close()
            raise _unanswered(broken) from broken

    def _once(self, name: str, limit: int) -> bytes:
        if self._line.sock is None:
            self._line.connect()
        end = threading.Timer(self._seconds, hang_up, [self._line.sock])
        end.daemon = True
        end.start()
        try:
            self._line.request("GET", f"{self._path}/{name}", headers={"accept-encoding": "identity"})
            answer = self._line.getresponse()
            found = answer.read(limit + 1 if answer.status == 200 else MAX_COMPLAINT_BYTES)
        finally:
            end.cancel()
        if not answer.isclosed():
            self._line.close()  # there is more of it than was read
        if answer.status in (404, 410):
            raise FileNotFoundError(name)
        if answer.status != 200:
            raise ConnectionError(f"{name} is answered with {answer.status}")
        if len(found) > limit:
            raise ValueError(f"{name} is longer than the {limit} bytes it may have")
        if answer.length:
            raise ConnectionError(f"{name} did not come whole")
        return found


def _unanswered(broken: Exception) -> OSError:
    return broken if isinstance(broken, OSError) else ConnectionError(f"no HTTP is spoken there ({type(broken).__name__})")
