"""The conformance suite passes a good detector and finds each way to be a bad one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from safeconduct.detectors.contract import Manifest
from safeconduct.terms.blocks import Block
from safeconduct.terms.findings import Finding
from safeconduct.testing.detectors import Broken, conforms, linear

_MANIFEST = Manifest("bells", "1", deadline_ms=1_000)


class _Bells:
    """Finds the word bell."""

    def __init__(self, change: Callable[[Finding, Block], Finding] = lambda one, _: one, manifest: Manifest = _MANIFEST) -> None:
        self.manifest = manifest
        self._change = change

    def scan(self, blocks: Sequence[Block]) -> list[Finding]:
        found = []
        for block in blocks:
            at = block.text.find("silver bell")
            if at >= 0:
                found.append(self._change(Finding("bells", "bell", block.path, at, at + 11, 0.0, "a bell"), block))
        return found


def _changed(**change: object) -> Callable[[Finding, Block], Finding]:
    return lambda one, _: Finding(**{**{name: getattr(one, name) for name in one.__struct_fields__}, **change})


def test_a_good_detector_conforms() -> None:
    conforms(_Bells(), examples=["the silver bell rings"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"detector": "other"}, "another detector's name"),
        ({"kind": "A Bell"}, "kind"),
        ({"path": "$.elsewhere"}, "no text that it was given"),
        ({"end": 9_999}, "outside of the text"),
        ({"start": 5, "end": 5}, "outside of the text"),
        ({"chance": 2.0}, "chance"),
        ({"said": "it is the silver bell"}, "quotes"),
    ],
)
def test_each_bad_finding_is_told(change: dict[str, object], says: str) -> None:
    with pytest.raises(Broken, match=says):
        conforms(_Bells(_changed(**change)), examples=["the silver bell rings"])


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (Manifest("a.b", "1"), "name"),
        (Manifest("bells", ""), "version"),
        (Manifest("bells", "1", reads=frozenset()), "neither"),
        (Manifest("bells", "1", origins=frozenset()), "nobody"),
        (Manifest("bells", "1", deadline_ms=0), "deadline"),
        (Manifest("bells", "1", on_failure="shrug"), "failure"),  # type: ignore[arg-type]
    ],
)
def test_each_bad_manifest_is_told(manifest: Manifest, says: str) -> None:
    with pytest.raises(Broken, match=says):
        conforms(_Bells(manifest=manifest))


def test_a_detector_that_raises_is_told_without_what_it_read() -> None:
    class Raises(_Bells):
        def scan(self, blocks: Sequence[Block]) -> list[Finding]:
            return [] if all(block.text.isascii() for block in blocks) else int("no figure")

    with pytest.raises(Broken, match="raised ValueError"):
        conforms(Raises())


def test_one_that_finds_nothing_in_an_example_is_told() -> None:
    with pytest.raises(Broken, match="finds nothing"):
        conforms(_Bells(), examples=["no such thing"])


def test_one_that_changes_its_mind_is_told() -> None:
    class Fickle(_Bells):
        times = 0

        def scan(self, blocks: Sequence[Block]) -> list[Finding]:
            self.times += 1
            return super().scan(blocks) if self.times % 2 else []

    with pytest.raises(Broken, match="second time"):
        conforms(Fickle(), examples=["the silver bell rings"])


def test_time_that_grows_faster_than_the_text_is_told() -> None:
    ticks = iter((0.0, 0.1, 1.0, 7.4) * 3)
    with pytest.raises(Broken, match="grows faster"):
        linear(_Bells(), "a", lambda: next(ticks))


def test_time_that_was_lost_once_is_no_fault() -> None:
    ticks = iter((0.0, 0.1, 1.0, 7.4, 8.0, 8.1, 9.0, 9.8))
    linear(_Bells(), "a", lambda: next(ticks))
