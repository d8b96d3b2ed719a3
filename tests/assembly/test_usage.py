"""An export against the log of a home: what is compared, and what stands in the way of comparing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.assembly import usage
from safeconduct.assembly.process import clock
from safeconduct.assembly.usage import compare_usage
from safeconduct.inquiry.usage import HOUR
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import Moment, show
from support.bundles import BundleHome

CALLS = 30


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.calls(CALLS)
    made.keep()
    return made


def _page(folder: Path, since: Moment, until: Moment, model: str | None = "none-like-it") -> Path:
    counts = {"uncached_input_tokens": 7, "cache_read_input_tokens": 0, "output_tokens": 1, "cache_creation": {}, "model": model}
    path = folder / "usage.json"
    path.write_text(json.dumps({"data": [{"starting_at": show(since), "ending_at": show(until), "results": [counts]}]}))
    return path


def codes(home: BundleHome, files: list[Path], bucket: str = "1d") -> list[str]:
    with pytest.raises(Refused) as refused:
        compare_usage(home.paths, home.environ, files, "anthropic", bucket)
    return [fault.code for fault in refused.value.faults]


def test_every_call_of_the_log_is_counted_and_the_strange_model_is_named(home: BundleHome, tmp_path: Path) -> None:
    now = clock()
    hour = now - now % HOUR
    billed = compare_usage(home.paths, home.environ, [_page(tmp_path, hour, hour + HOUR)], "anthropic", "1h")
    assert (billed.calls, billed.lines, billed.spans, billed.by_model) == (CALLS, 1, 1, True)
    strange = [each for each in billed.differences if each.model == "none-like-it"]
    assert [(each.code, each.provider_input, each.log_calls) for each in strange] == [("bypassed", 7, 0)]


def test_spans_wider_than_asked_for_are_refused(home: BundleHome, tmp_path: Path) -> None:
    day = clock() // (24 * HOUR) * 24 * HOUR
    page = _page(tmp_path, day, day + 24 * HOUR)
    assert codes(home, [page], "1h") == ["usage_too_wide"]


def test_too_many_or_too_long_files_are_refused(home: BundleHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _page(tmp_path, 0, HOUR)
    assert codes(home, [page] * 1001) == ["usage_too_many"]
    monkeypatch.setattr(usage, "MAX_BYTES", 10)
    assert codes(home, [page]) == ["usage_too_long"]


def test_a_log_that_does_not_hold_proves_nothing(home: BundleHome, tmp_path: Path) -> None:
    for path in (home.paths.log / "tile" / "entries").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b'"acme"', b'"evil"'))
    assert codes(home, [_page(tmp_path, 0, HOUR)]) == ["log_broken"]
