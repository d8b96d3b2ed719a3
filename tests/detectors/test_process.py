"""A process of detectors answers one question after the other, those that a call waits for first, and survives its detectors."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from safeconduct.detectors import process
from safeconduct.detectors.process import serve
from safeconduct.terms.blocks import Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.scans import CLEAN, GREETING, Asked, Frames, Heard, Said, framed, said


async def _answers(reader: asyncio.StreamReader, count: int) -> list[Said]:
    frames, found = Frames(), []
    while len(found) < count:
        data = await asyncio.wait_for(reader.read(65536), 20)
        assert data, "it hung up"
        found += [said(message) for message in frames.feed(data)]
    return found


def _run(tmp_path: Path, questions: list[Asked], told: list[str]) -> list[Said]:
    def hear(asked: Asked) -> Heard:
        if asked.text == "bad":
            raise RuntimeError(asked.text)
        return Heard((Finding("misuse", str(asked.origin), "", chance=0.5, said=asked.text),))

    async def scene() -> list[Said]:
        stop = asyncio.Event()
        task = asyncio.create_task(serve(tmp_path / "s.sock", hear, stop, told.append))
        while not (tmp_path / "s.sock").exists():  # noqa: ASYNC110 - a file knows nothing of events
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s.sock"))
        writer.write(b"".join(map(framed, questions)))
        found = await _answers(reader, len(questions) + 1)
        writer.close()
        stop.set()
        await task
        return found

    return asyncio.run(scene())


def test_it_greets_and_answers_what_is_waited_for_first(tmp_path: Path) -> None:
    asked = [Asked(at, at in (4, 5), Origin.USER, f"t{at}") for at in range(1, 6)]
    found = _run(tmp_path, asked, [])
    assert found[0] == Said(GREETING, CLEAN)
    assert [each.number for each in found[1:]] == [4, 5, 1, 2, 3]
    assert found[1].heard is not None
    assert found[1].heard.findings[0].said == "t4"
    assert oct((tmp_path / "s.sock").stat().st_mode & 0o777) == "0o600"


def test_one_that_errs_is_said_to_and_the_next_is_answered(tmp_path: Path) -> None:
    told: list[str] = []
    found = _run(tmp_path, [Asked(1, True, Origin.USER, "bad"), Asked(2, True, Origin.USER, "good")], told)
    assert [(each.number, each.heard is None) for each in found[1:]] == [(1, True), (2, False)]
    assert told == ["RuntimeError"], "what kind of fault, and no word of the text"


def test_too_many_questions_are_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MOST_WAITING", 2)
    found = _run(tmp_path, [Asked(at, True, Origin.USER, "x") for at in range(1, 5)], [])
    assert sorted(each.number for each in found if each.heard is None) == [3, 4]
