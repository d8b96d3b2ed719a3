"""A client that sends exactly the bytes a test gives it, and reads whatever comes back until the end or a bound."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

BOUND = 10.0  # seconds; a test that comes near it has found a hang


@dataclass
class Got:
    """One answer. ``raw`` is everything that was read; ``closed`` whether the connection ended with it."""

    status: int
    headers: dict[str, str]
    body: bytes
    closed: bool = False

    @property
    def tree(self) -> Any:
        return json.loads(self.body)


class RawClient:
    """One connection to the gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, *, limit: int = 2**20) -> RawClient:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=limit))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        with suppress(ConnectionError):
            await self.writer.drain()

    async def read_head(self) -> Got:
        """The next answer's head; interim answers count. Raises when none comes within the bound."""
        async with asyncio.timeout(BOUND):
            head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head[:-4].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines[1:])
        return Got(int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, b"")

    async def read(self, *, head_only: bool = False) -> Got:
        """The next answer, whole."""
        got = await self.read_head()
        async with asyncio.timeout(BOUND):
            if head_only or got.status == 100:
                return got
            if got.headers.get("transfer-encoding") == "chunked":
                got.body = await self._chunks()
            elif "content-length" in got.headers:
                got.body = await self.reader.readexactly(int(got.headers["content-length"]))
            else:
                got.body = await self.reader.read(-1)
        return got

    async def _chunks(self) -> bytes:
        whole = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            whole += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)
        return whole

    async def until(self, words: bytes) -> bytes:
        """Bytes up to and with these."""
        async with asyncio.timeout(BOUND):
            return await self.reader.readuntil(words)

    async def ended(self) -> bytes:
        """What still comes until the gateway ends the connection. Raises TimeoutError when it does not."""
        async with asyncio.timeout(BOUND):
            try:
                return await self.reader.read(-1)
            except ConnectionError:
                return b""

    async def exchange(self, data: bytes) -> Got:
        """Send these bytes on this connection and read one answer."""
        await self.send(data)
        return await self.read()

    def half_close(self) -> None:
        self.writer.write_eof()

    def reset(self) -> None:
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


Body = bytes | dict[str, Any] | None


def request(path: str = "/v1/messages", body: Body = None, *, key: str = "", method: str = "POST", extra: str = "") -> bytes:
    """A well-formed request; ``extra`` are further header lines, each ended by CRLF."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body or b""
    credential = f"x-api-key: {key}\r\n" if key else ""
    head = f"{method} {path} HTTP/1.1\r\nhost: gateway\r\nanthropic-version: 2023-06-01\r\n{credential}"
    head += f"content-type: application/json\r\n{extra}"
    return head.encode("latin-1") + b"content-length: %d\r\n\r\n" % len(data) + data


def messages(text: str = "hi", *, stream: bool = False, model: str = "claude-haiku-4-5") -> dict[str, Any]:
    return {"model": model, "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": text}]}
