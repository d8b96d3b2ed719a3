"""A provider that does exactly what a test says, byte by byte, and counts every request that reached it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Play = Callable[["Heard", Writer], Awaitable[None]]

_MESSAGE = b'"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[]'
START = (
    b'event: message_start\ndata: {"type":"message_start","message":{%b,"stop_reason":null,'
    b'"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
) % _MESSAGE
DELTA = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}}\n\n'
)
USAGE = b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}\n\n'
STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nrequest-id: req_up\r\n\r\n"
BODY = b'{%b,"usage":{"input_tokens":7,"output_tokens":5}}' % _MESSAGE


@dataclass
class Heard:
    """One request as it arrived. ``connection`` numbers the connection it came on, from 1."""

    line: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    connection: int
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def header(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key == name), b"")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def answer(status: int = 200, body: bytes = BODY, *, close: bool = False, extra: bytes = b"") -> Play:
    """A whole JSON answer; ``close`` hangs up afterwards without having said so."""

    async def play(heard: Heard, writer: Writer) -> None:
        head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\nrequest-id: req_up\r\n%s" % (status, extra)
        writer.write(head + b"content-length: %d\r\n\r\n%s" % (len(body), body))
        if close:
            writer.close()

    return play


def raw(data: bytes, *, close: bool = True, reset: bool = False) -> Play:
    """These bytes, then the end (or silence)."""

    async def play(heard: Heard, writer: Writer) -> None:
        writer.write(data)
        await writer.drain()
        if reset:
            writer.transport.abort()
        elif close:
            writer.close()
        else:
            await heard.gone.wait()

    return play


def stream(*pieces: bytes, end: bool = True) -> Play:
    """A stream of events; without ``end`` it stays open and silent after the last."""

    async def play(heard: Heard, writer: Writer) -> None:
        writer.write(STREAM_HEAD + b"".join(chunk(piece) for piece in pieces))
        if end:
            writer.write(b"0\r\n\r\n")
        else:
            await heard.gone.wait()

    return play


FULL_STREAM = stream(START, DELTA, USAGE, STOP)
SILENT = raw(b"", close=False)


class RawProvider:
    """Plays ``plays`` one request after the other; the last one again and again. ``heard`` is every whole request."""

    def __init__(self, *plays: Play) -> None:
        self.plays = list(plays) or [answer()]
        self.heard: list[Heard] = []
        self.connections = 0
        self.bytes_in = 0
        self.arrived = asyncio.Event()
        self.left = asyncio.Event()  # somebody hung up
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[Writer] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, tls: ssl.SSLContext | None = None) -> RawProvider:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=tls, limit=64 * 1024 * 1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._serve(reader, writer, self.connections)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.left.set()
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: Reader, writer: Writer, number: int) -> None:
        while not writer.is_closing():
            head = await reader.readuntil(b"\r\n\r\n")
            self.bytes_in += len(head)
            lines = head[:-4].split(b"\r\n")
            headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines[1:])]
            heard = Heard(lines[0], headers, b"", number)
            heard.body = await reader.readexactly(int(heard.header(b"content-length") or b"0"))
            self.bytes_in += len(heard.body)
            self.heard.append(heard)
            play = self.plays[min(len(self.heard), len(self.plays)) - 1]
            self.arrived.set()
            watch = asyncio.ensure_future(self._watch(reader, heard))
            try:
                await play(heard, writer)
                await writer.drain()
            finally:
                watch.cancel()

    async def _watch(self, reader: Reader, heard: Heard) -> None:
        """Notice that the gateway hung up while the play is still on."""
        while not reader.at_eof() and reader.exception() is None:  # noqa: ASYNC110 - a reader tells nobody
            await asyncio.sleep(0.005)
        heard.gone.set()
        self.left.set()
