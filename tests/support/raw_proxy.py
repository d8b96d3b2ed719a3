"""A CONNECT proxy on loopback that notes what it was told and then only carries bytes."""

from __future__ import annotations

import asyncio


class Tunnel:
    """``asked`` is every request head it got; ``reply`` what it says to each."""

    def __init__(self, reply: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> None:
        self.asked: list[bytes] = []
        self.port = 0
        self._reply = reply
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://me:p%40ss@127.0.0.1:{self.port}"

    async def start(self) -> Tunnel:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        writer.write(self._reply)
        if b" 200 " in self._reply:
            port = int(head.split(b" ")[1].rpartition(b":")[2])
            inner, outer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_carry(reader, outer), _carry(inner, writer))
        writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
    except OSError:
        pass
    writer.close()
