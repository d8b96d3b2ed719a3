"""A question that goes on while somebody is erased leaves nothing of the person behind, whenever it began and ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from safeconduct.assembly import survey as assembled
from safeconduct.assembly.erasing import Eraser
from safeconduct.assembly.inquiries import open_inquiries
from safeconduct.assembly.process import clock
from safeconduct.inquiry.seats import Side
from safeconduct.inquiry.shapes import Shapes, gather
from safeconduct.inquiry.shaping import Window
from safeconduct.registry.state import Registry
from support.backup_town import ID, Town

WANTED = frozenset({"us_person.ear"})


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(assembled, "ALONE_BELOW", 0)
    monkeypatch.setattr(assembled, "gather_all", gathered)
    return Town(tmp_path)


def gathered(_home: object, registry: Registry, facts: frozenset[str], window: Window, _tell: object) -> Shapes:
    return gather(registry, facts, window)


def ask(town: Town) -> Shapes | None:
    now = clock()
    with open_inquiries(town.home.environ, now=now) as asked:
        surveyor = assembled.Surveyor(asked.home, asked.store, now, asked.home.secret("pseudonym.key"))
        side = Side(asked.today, now, WANTED)
        return surveyor._shapes([side], lambda _: None)


def left(town: Town) -> list[Path]:
    return [*town.paths.run.glob("survey-*"), *town.paths.run.glob(".survey-*")]


def naming(town: Town) -> list[Path]:
    return [path for path in left(town) if ID.encode() in path.read_bytes()]


def test_p8_who_is_erased_while_a_question_goes_on_is_left_nowhere(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def erased_meanwhile(*given: object) -> Shapes:
        shapes = gathered(*given)  # type: ignore[arg-type]
        assert ID.encode() in msgspec.msgpack.encode(shapes)
        town.erase()
        return shapes

    monkeypatch.setattr(assembled, "gather_all", erased_meanwhile)
    assert ask(town) is not None
    assert left(town) == []
    monkeypatch.setattr(assembled, "gather_all", gathered)
    ask(town)
    assert len(left(town)) == 1, "afterwards questions are remembered again"
    assert naming(town) == []


@pytest.mark.parametrize("moment", ["enter", "mark", "finish", "redact", "scrub", "forget"])
def test_p8_a_question_in_the_midst_of_an_erasure_leaves_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    asked, make = [], Eraser.__init__

    def strike(name: str) -> None:
        if name == moment:
            asked.append(ask(town))

    def made(self: Eraser, *given: Any, **options: Any) -> None:
        make(self, *given, **{**options, "strike": strike})

    monkeypatch.setattr(Eraser, "__init__", made)
    town.erase()
    assert len(asked) == 1
    assert naming(town) == []
