"""Restricted output that reappears, as its process hears of it: remembered in bounds, told in kinds, and no text anywhere."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly import reuse
from safeconduct.assembly.home import Home, create
from safeconduct.assembly.reuse import Forgotten, Remembering, words_of
from safeconduct.settings.sections import ReuseSettings
from safeconduct.storage.sqlite.reuse import ReuseStore
from safeconduct.terms.blocks import Origin
from safeconduct.terms.moments import SECOND
from safeconduct.terms.scans import Asked, Heard, Part, Place

KEY = bytes(range(32))
DAY = 86_400 * SECOND
NOON = 1_795_435_200 * SECOND  # 23 Nov 2026, 12:00 UTC
ANNA = Place("call_1", "acme", "weld", "mythos", "leaf-anna")
BORIS = Place("call_2", "globex", "plan", "haiku", "leaf-boris")
_SYLLABLES = ("ka", "ri", "lo", "mun", "ten", "sur", "vel", "dor", "pa", "ghi", "nes", "tum")


def prose(seed: int, words: int = 120) -> str:
    chance = random.Random(seed)
    return " ".join("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))) for _ in range(words))


class Scene:
    def __init__(self, folder: Path, **settings: int) -> None:
        self.now = NOON
        self.path = folder / "reuse.db"
        self.settings = ReuseSettings(on=True, **settings)
        self.begin()

    def begin(self) -> None:
        self.store = ReuseStore(self.path)
        self.process = Remembering(self.store, KEY, self.settings, lambda: self.now)

    def again(self) -> None:
        self.store.close()
        self.begin()

    def told(self, place: Place, part: Part, text: str, origin: Origin = Origin.ASSISTANT) -> Heard:
        return self.process.hear(Asked(1, False, origin, text, place, part))

    def answered(self, text: str, prompt: str = "hello", place: Place = ANNA, origin: Origin = Origin.ASSISTANT) -> None:
        self.told(place, Part.PROMPT, prompt)
        self.told(place, Part.ANSWER, text, origin)
        self.told(place, Part.ANSWER, "")

    def seen(self, text: str, place: Place = BORIS) -> Heard:
        return self.told(place, Part.LOOK, text, Origin.USER)


def test_what_was_answered_elsewhere_is_told_and_which_border_it_crossed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    answer = prose(1)
    scene.answered(answer)
    kinds = {
        "organization": BORIS,
        "project": msgspec.structs.replace(ANNA, project="other"),
        "model": msgspec.structs.replace(ANNA, model="haiku", subject="leaf-carla"),
    }
    for kind, place in kinds.items():
        heard = scene.seen(f"{prose(2)}\n{answer}", place)
        assert [each.kind for each in heard.findings] == [kind]
        assert heard.repeats == ("call_1",)
        assert heard.findings[0].chance <= 0.0001
    assert scene.seen(answer, ANNA) == Heard()
    assert scene.seen(answer, msgspec.structs.replace(ANNA, model="haiku")) == Heard(), "handed on by the same person"


def test_p12_no_caller_of_another_organization_hears_whose_answer_or_which_model_it_was(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.answered(prose(1))
    (theirs,) = scene.seen(prose(1)).findings
    assert theirs.said == "repeats what a restricted model answered on 2026-11-23"
    (ours,) = scene.seen(prose(1), msgspec.structs.replace(ANNA, project="other")).findings
    assert ours.said == "repeats what mythos answered on 2026-11-23"


def test_what_the_caller_had_sent_is_not_the_models_own(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.told(ANNA, Part.PROMPT, prose(4))
    scene.answered(f"You wrote: {prose(3)} {prose(4)}", prompt=prose(3))
    assert scene.seen(prose(3)) == Heard()
    assert scene.seen(prose(4)) == Heard()


def test_arguments_of_tool_calls_are_remembered_without_their_escapes(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    text = prose(5).replace(" ", "\n")
    scene.answered(msgspec.json.encode({"path": "a.py", "edits": [{"new": text}]}).decode(), origin=Origin.TOOL_CALL)
    assert scene.seen(text).findings


def test_words_of_anything_are_text() -> None:
    assert words_of('{"a":["x",{"b":"y"}],"c":1,"d":"z"}') == "x\ny\nz"
    for broken in ("{", "[" * 100_000, "\ud800", ""):
        assert words_of(broken) == broken


def test_an_answer_whose_prompt_is_not_known_is_not_remembered_and_that_is_said(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with pytest.raises(Forgotten):
        scene.told(ANNA, Part.ANSWER, prose(1))
    assert scene.seen(prose(1)) == Heard()


def test_what_callers_sent_is_held_in_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reuse, "MOST_CHARACTERS", 1_000)
    scene = Scene(tmp_path)
    scene.told(ANNA, Part.PROMPT, "x" * 600)
    scene.told(BORIS, Part.PROMPT, "x" * 600)
    with pytest.raises(Forgotten):
        scene.told(ANNA, Part.ANSWER, "y" * 20)
    scene.told(BORIS, Part.ANSWER, "y" * 20)
    scene.told(BORIS, Part.ANSWER, "")
    with pytest.raises(Forgotten):
        scene.told(BORIS, Part.ANSWER, "")
    scene.told(ANNA, Part.PROMPT, "x" * 900)
    scene.told(ANNA, Part.ANSWER, "y" * 20)
    monkeypatch.setattr(reuse, "MOST_OF_ONE", 1_000)
    monkeypatch.setattr(reuse, "MOST_CHARACTERS", 10_000)
    scene.told(ANNA, Part.PROMPT, "x" * 200)
    with pytest.raises(Forgotten):
        scene.told(ANNA, Part.ANSWER, "")


def test_it_outlives_a_restart_and_not_its_days(tmp_path: Path) -> None:
    scene = Scene(tmp_path, days=30)
    scene.answered(prose(1))
    scene.again()
    assert scene.seen(prose(1)).findings
    scene.now += 29 * DAY
    assert scene.seen(prose(1)).findings
    scene.now += 2 * DAY
    assert scene.seen(prose(1)) == Heard()


def test_it_grows_no_larger_than_it_may(tmp_path: Path) -> None:
    scene = Scene(tmp_path, most_megabytes=1)
    for number in range(40):
        scene.answered(prose(number, 2_500))
    scene.now += reuse.TIDY_EVERY
    assert scene.seen(prose(39, 2_500)).findings
    assert scene.store.size <= 1_000_000
    assert scene.seen(prose(0, 2_500)) == Heard()


def test_p8_no_word_and_no_hash_that_can_be_tried_lies_in_the_file(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.answered(prose(1), prompt=prose(2))
    scene.seen(prose(1))
    scene.store.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for word in {*prose(1).split(), *prose(2).split()}:
        assert len(word) < 5 or word.encode() not in left
    scene.process = Remembering(ReuseStore(scene.path), KEY[::-1], scene.settings, lambda: scene.now)
    assert scene.seen(prose(1)) == Heard()


def test_p8_of_who_was_erased_nothing_is_found_any_more(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.answered(prose(1))
    other = ReuseStore(scene.path)  # the eraser's, while the process is at work
    other.forget_subject(ANNA.subject)
    other.close()
    assert scene.seen(prose(1)) == Heard()


def test_short_quotes_licenses_and_common_code_are_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    licence = (Path(__file__).parents[2] / "LICENSE").read_text("utf-8")
    scene.answered(f"{prose(1)}\n{licence[:4_000]}\n{prose(2)}")
    assert scene.seen(f"{prose(7)}\n{licence}") == Heard()
    assert scene.seen(f"As it said: {prose(1)[:60]}") == Heard()
    for number, place in enumerate((("a", "p"), ("b", "q"), ("c", "r"))):
        scene.answered(prose(8), place=Place(f"call_{number}", *place, "mythos", f"leaf-{number}"))
    assert scene.seen(prose(8)) == Heard(), "what three places were told is nobody's"
    assert scene.seen(prose(2)).findings, "the rest of the answer still is somebody's"


def test_a_home_has_a_key_of_its_own_for_it(tmp_path: Path) -> None:
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    for home in (one, two):
        create(home)
    assert reuse.key_of(one) == reuse.key_of(one)
    assert reuse.key_of(one) not in (reuse.key_of(two), one.secret("commitment.key"))
    hear = reuse.hearing(one, ReuseSettings(on=True), lambda: NOON)
    assert hear(Asked(1, True, Origin.USER, prose(1), BORIS)) == Heard()
