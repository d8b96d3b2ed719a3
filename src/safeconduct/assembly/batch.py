"""How are millions of questions answered on two cores? This process reads and writes; two others answer, chunk by chunk.

Chunks go round, and answers come back in the same order: the output has the rows of the input, one for one. A short input is
answered here. All processes answer from one version of the registry and one moment for rows that name none.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Final

import msgspec

from safeconduct.assembly.batch_files import Row, in_chunks, question_of, reading, writing
from safeconduct.assembly.inquiries import Inquiries
from safeconduct.inquiry.batch import Answer, Answering, Question
from safeconduct.inquiry.seats import Tell
from safeconduct.terms.faults import Fault, Refused

CHUNK: Final = 16_384
WORKERS: Final = 2
MAX_FRAME: Final = 256 * 1024 * 1024
_HEAD: Final = struct.Struct(">I")
_questions = msgspec.msgpack.Decoder(list[Question])
_answers = msgspec.msgpack.Decoder(list[Answer])
_encode = msgspec.msgpack.Encoder().encode


class Tally(msgspec.Struct):
    """What became of a file of questions."""

    rows: int = 0
    permitted: int = 0
    errors: int = 0

    def add(self, answers: list[Answer]) -> None:
        self.rows += len(answers)
        self.permitted += sum(each.decision == "permit" for each in answers)
        self.errors += sum(bool(each.error) for each in answers)


def answer_file(asked: Inquiries, source: tuple[str, str], target: tuple[str, str], tell: Tell) -> Tally:
    """Answer every row of a file into another; each is a name (``-`` for a stream) and a form. ``tell`` hears the rows done.

    Raises Refused, OSError.
    """
    tally = Tally()
    with reading(*source) as rows, writing(*target) as out:
        for chunk, answers in _answered(asked, in_chunks(rows, CHUNK)):
            out.write(chunk, answers)
            tally.add(answers)
            tell(tally.rows)
    return tally


def serve(asked: Inquiries, inward: IO[bytes], outward: IO[bytes]) -> None:
    """What an answering process does: a frame of questions in, a frame of answers out, until the input ends."""
    answering = Answering(asked.judge, asked.now)
    while (frame := _read(inward)) is not None:
        _write(outward, _encode(answering.answer(_questions.decode(frame))))


def _answered(asked: Inquiries, chunks: Iterator[list[Row]]) -> Iterator[tuple[list[Row], list[Answer]]]:
    first = next(chunks, None)
    if first is None:
        return
    second = next(chunks, None)
    if second is None:
        yield first, Answering(asked.judge, asked.now).answer([question_of(row) for row in first])
        return
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(asked)) for _ in range(WORKERS)]
        stack.callback(_end, workers)
        waiting: list[tuple[list[Row], subprocess.Popen[bytes]]] = []
        for number, chunk in enumerate(_again(first, second, chunks)):
            if len(waiting) == WORKERS:
                yield _taken(*waiting.pop(0))
            worker = workers[number % WORKERS]
            _write(_open(worker.stdin), _encode([question_of(row) for row in chunk]))
            waiting.append((chunk, worker))
        for each in waiting:
            yield _taken(*each)


def _again(first: list[Row], second: list[Row], rest: Iterator[list[Row]]) -> Iterator[list[Row]]:
    yield first
    yield second
    yield from rest


def _worker(asked: Inquiries) -> subprocess.Popen[bytes]:
    words = [str(asked.home.path), str(asked.today.version), str(asked.now)]
    command = [sys.executable, "-m", "safeconduct.assembly.batch_process", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own interpreter


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    """Workers end when their input does; after a fault of ours they are not waited for."""
    for worker in workers:
        _open(worker.stdin).close()
        _open(worker.stdout).close()
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()


def _taken(chunk: list[Row], worker: subprocess.Popen[bytes]) -> tuple[list[Row], list[Answer]]:
    frame = _read(_open(worker.stdout))
    if frame is None:
        raise Refused(
            Fault("batch_failed", "an answering process ended early", "decide --batch", "see the lines above, and try again")
        )
    return chunk, _answers.decode(frame)


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(_HEAD.pack(len(data)))
    stream.write(data)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    (length,) = _HEAD.unpack(head)
    if length > MAX_FRAME:
        return None
    data = stream.read(length)
    return data if len(data) == length else None
