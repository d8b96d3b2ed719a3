"""The page: it holds all that was measured, needs nothing from elsewhere, runs no script and closes what it opens."""

# ruff: noqa: E501 - one report in few lines
from __future__ import annotations

from html.parser import HTMLParser

import pytest

from evaluation import page, plots, run
from evaluation.measure import share

_SHARE = share([True, False, False, True])
_ONE = {"auc": _SHARE, "recall": {"0.05": _SHARE, "0.01": _SHARE, "0.001": _SHARE}, "curve": [[0.01, 0.2], [0.1, 0.7]]}
_RATES = {"0.05": _SHARE, "0.01": _SHARE, "0.001": _SHARE}
_SOURCE = {"auc": 0.9, "n": 4, **{rate: {"share": 0.5, "interval": [0.1, 0.9]} for rate in _RATES}}
_REPORT = {
    "data": {"own/x.jsonl": "0" * 64},
    "sections": {
        "rules": {"secrets": {"found": _SHARE, "alarms": _SHARE, "kinds": {"key <b>": _SHARE, "not_key": _SHARE}, "ordinary": {"mail": _SHARE}}},
        "sorter": {
            "version": "v1",
            "texts": 4,
            "latency": {"up to 25 words": {"n": 4.0, "p50": 1.0, "p99": 2.0}},
            "heads": {"misuse": {"joined": {"sets": {"other": _ONE}, "realized": {"documents": _RATES}, "shipped": {"documents": _RATES}, "languages": {"latin": _RATES}}}},
        },
        "sorter_split": {"heads": {"misuse": {"sources": {"somebody": _SOURCE}, "alarms": {"calm/ordinary/report": _SOURCE}, "groups": {"en": _SOURCE}, "crossed": {}}}},
    },
}  # fmt: skip
_EMPTY = {"meta", "link", "br", "line", "circle", "polyline"}


class _Strict(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in _EMPTY - {"polyline"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def parsed() -> _Strict:
    reader = _Strict()
    reader.feed(run.html(_REPORT))
    return reader


def test_everything_is_closed(parsed: _Strict) -> None:
    assert parsed.open == []


def test_nothing_comes_from_elsewhere_and_no_script(parsed: _Strict) -> None:
    names = {tag for tag, _ in parsed.seen}
    assert not names & {"script", "link", "img", "iframe"}
    links = [attrs.get("href") or attrs.get("src") for _, attrs in parsed.seen]
    assert all(link.startswith("#") for link in links if link)


def test_each_plot_says_in_words_what_it_shows(parsed: _Strict) -> None:
    drawn = [attrs for tag, attrs in parsed.seen if tag == "svg"]
    assert len(drawn) >= 6
    assert all(attrs.get("aria-label") for attrs in drawn)


def test_names_are_escaped() -> None:
    text = run.html(_REPORT)
    assert "key <b>" not in text
    assert "key &lt;b&gt;" in text


def test_both_color_schemes() -> None:
    assert "color-scheme: light dark" in run.html(_REPORT)


def test_sources_of_the_split_are_shown() -> None:
    assert "somebody" in run.html(_REPORT)


def test_a_report_without_a_view_of_its_own_is_still_shown() -> None:
    assert "0.5 (" in page.tree({"whatever": _SHARE})


def test_a_share_of_zero_stays_inside_a_logarithmic_plot() -> None:
    drawing = plots.shares("alarms", {"calm": share([False] * 10)}, nominal=0.001, logarithmic=True)
    assert "nan" not in drawing
    assert "-" not in drawing.split('cx="')[1].split('"')[0]
