"""Which detectors an installation has follows from its settings and from what is installed; nothing is enabled by being there."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly import safeguards
from safeconduct.assembly.home import Home
from safeconduct.detectors.canaries import of
from safeconduct.detectors.contract import Manifest
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import DetectorFailed
from safeconduct.settings.load import Settings
from safeconduct.settings.sections import JudgeSettings, ReuseSettings, SafeguardSettings
from safeconduct.terms.blocks import Block, Direction, Origin
from safeconduct.terms.faults import Refused
from safeconduct.terms.findings import Action


def settings(**chosen: Any) -> Settings:
    return Settings(safeguards=SafeguardSettings(**{"scorers": 0, **chosen}))


class Words:
    """A plugin."""

    manifest = Manifest("acme-words", "3")


class Point:
    """An entry point that is installed."""

    def __init__(self, name: str, made: Any) -> None:
        self.name = name
        self._made = made

    def load(self) -> Any:
        return self._made


def _installed(monkeypatch: pytest.MonkeyPatch, *points: Point) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda **_: points)


def test_the_base_plan_notes_in_both_directions_and_waits_for_nobody() -> None:
    made = safeguards.enabled(settings())
    assert made.base.detectors(Direction.REQUEST) == {"secrets", "markings", "personal", "canaries", "provenance"}
    assert made.base.detectors(Direction.ANSWER) == {"secrets", "markings", "personal", "canaries"}
    assert made.base.strongest(Direction.REQUEST) is Action.LOG
    assert not made.absent(made.base)
    assert safeguards.enabled(settings(base=False)).base == Plan.EMPTY


def test_without_scorers_the_models_are_missing_and_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safeguards, "models_version", lambda: "m1")
    assert "safeguards.scorers" in safeguards.enabled(settings()).missing["misuse"]
    one = safeguards.enabled(settings(scorers=2))
    assert (one.versions["misuse"], one.remote, set(one.missing)) == ("m1", {"misuse", "injection"}, {"judge", "reuse"})
    monkeypatch.setattr(safeguards, "models_version", lambda: "")
    assert "safeconduct[models]" in safeguards.enabled(settings(scorers=2)).missing["injection"]


def test_a_plugin_is_enabled_by_name_and_lives_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, Point("acme-words", Words), Point("acme-other", Words))
    assert not safeguards.enabled(settings()).remote
    (process,) = safeguards.enabled(settings(plugins=["acme-words"])).processes
    assert (process.name, process.version) == ("acme-words", "acme-words==3")


def test_reappearing_output_is_looked_for_in_a_process_of_its_own_where_a_setting_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings(reuse=ReuseSettings(on=True))
    made = safeguards.enabled(chosen)
    process = next(each for each in made.processes if each.name == "reuse")
    assert (made.versions["reuse"], process.placed, process.detectors[0].on_failure) == ("1", True, "refuse")
    assert [path.name for path in safeguards.places(Home(tmp_path), chosen, [process])["reuse"]] == ["scorer-reuse-0.sock"]
    assert "safeguards.reuse.on" in safeguards.enabled(settings()).missing["reuse"]
    monkeypatch.setattr(safeguards.util, "find_spec", lambda _: None)
    assert "safeconduct[models]" in safeguards.enabled(chosen).missing["reuse"]


def test_a_judge_is_a_model_of_the_catalog_and_has_no_socket(tmp_path: Path) -> None:
    chosen = settings(judge=JudgeSettings(model="claude-haiku-4-5", gray=0.1), plugins=[])
    made = safeguards.enabled(chosen)
    (process,) = made.processes
    assert (process.version, made.gray) == ("judge==1+claude-haiku-4-5", 0.1)
    assert safeguards.places(Home(tmp_path), chosen, made.processes) == {}
    assert "safeguards.judge.model" in safeguards.enabled(settings()).missing["judge"]


def test_every_plugin_that_cannot_be_enabled_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError

    _installed(monkeypatch, Point("acme-broken", broken), Point("acme-other", Words))
    with pytest.raises(Refused) as refused:
        safeguards.enabled(settings(plugins=["acme-broken", "acme-gone", "acme-other"]))
    assert [fault.code for fault in refused.value.faults] == ["plugin_broken", "plugin_missing", "plugin_broken"]


def test_what_is_watched_is_looked_for() -> None:
    text = [Block("$", "see acme-canary-20260601 here", Origin.USER)]
    assert not safeguards.enabled(settings()).inline.scan(text, frozenset({"canaries"}))
    watched = of(b"k" * 32, ["acme-canary-20260601"])
    (found,) = safeguards.enabled(settings(), watched).inline.scan(text, frozenset({"canaries"}))
    assert found.detector == "canaries"


def test_p1_what_errs_inline_is_a_failed_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    made = safeguards.enabled(settings())

    def broken(*_: object) -> list[Any]:
        raise RuntimeError

    for name in ("scan", "scan_text", "open"):
        monkeypatch.setattr(f"safeconduct.detectors.rules.Rules.{name}", broken)
    monkeypatch.setattr("safeconduct.safeguards.provenance.scan", broken)
    for ask in (
        lambda: made.inline.scan([], frozenset({"secrets"})),
        lambda: made.inline.scan_text("$", "x", Origin.USER),
        lambda: made.inline.open("x"),
    ):
        with pytest.raises(DetectorFailed, match="rules"):
            ask()


def test_a_socket_can_be_reached_in_however_deep_a_home(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    (deep / "run").mkdir(parents=True)
    assert len(str(safeguards.socket(Home(deep), "sorter", 0))) < 108
    (tmp_path / "run").mkdir()
    assert safeguards.socket(Home(tmp_path), "sorter", 0).name == "scorer-sorter-0.sock"
