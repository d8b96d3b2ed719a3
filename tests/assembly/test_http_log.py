"""A log read over HTTP: static files of a real server, bounded, and what is not there."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from safeconduct.assembly.http_log import HttpLog
from safeconduct.assembly.monitor import opener
from safeconduct.audit.monitored import Saved
from safeconduct.audit.monitoring import Monitor
from safeconduct.audit.note import MAX_NOTE_BYTES
from safeconduct.audit.trust import Trust, compose
from safeconduct.terms.moments import SECOND
from support.audit_home import SIGNER, LogHome, call


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(20)


@pytest.fixture
def log(tmp_path: Path) -> LogHome:
    home = LogHome(tmp_path / "home")
    writer = home.writer()
    for number in range(300):
        call(writer, f"c{number}")
    writer.close()
    home.keep()
    return home


def test_a_log_behind_a_web_server_is_followed_as_it_grows(log: LogHome) -> None:
    monitor = Monitor(Saved(SIGNER.verifier.name), Trust.parse(compose([SIGNER.verifier], [])))
    with serving(log.path) as url:
        reader = opener(f"{url}/")("log")
        now = log.clock.now
        assert monitor.look(reader, now + SECOND) == []
        before = monitor.size
        writer = log.writer()
        call(writer, "more")
        writer.close()
        assert log.keep() > before
        assert monitor.look(reader, now + SECOND) == []
        assert monitor.size > before
        reader.close()


def test_what_is_not_there_and_what_is_too_long_are_told_apart(log: LogHome) -> None:
    with serving(log.log) as url:
        reader = HttpLog(url)
        assert reader.witnessed() is None
        assert reader.minimum() == 0
        with pytest.raises(FileNotFoundError):
            reader.bundle(77, 3)
        assert reader.bundle(0, 7) == reader.bundle(0)  # a full one stands for its parts
        (log.log / "witnessed").write_bytes(b"x" * (MAX_NOTE_BYTES + 1))
        with pytest.raises(ValueError, match="longer"):
            reader.witnessed()
        (log.log / "witnessed").write_bytes(b"note\n")
        assert reader.witnessed() == b"note\n"
        (log.log / "pruned").write_bytes(b"256\n")
        assert reader.minimum() == 256
        for wrong in (b"256", b"0256\n", b"words\n"):
            (log.log / "pruned").write_bytes(wrong)
            with pytest.raises(ValueError):  # noqa: PT011 - each says another thing
                reader.minimum()
        reader.close()
    with pytest.raises(OSError):  # noqa: PT011
        reader.checkpoint()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n", b"words\r\n\r\n", b""])
def test_what_is_no_file_is_an_error_of_the_line(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def speak() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(ConnectionError):
            HttpLog(f"http://127.0.0.1:{server.getsockname()[1]}", 20).checkpoint()
        thread.join(20)
