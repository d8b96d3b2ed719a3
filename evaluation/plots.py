"""How do figures look? SVG drawn by hand: recall over false alarms, and shares with intervals; colors are the page's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from evaluation.measure import Figure

_WIDTH, _HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 40
_LOWEST = 0.0005
_ROW = 22
_NAMES = 210
_NAME = 34  # characters of a name that have room


def _x(rate: float) -> float:
    inner = _WIDTH - _LEFT - _RIGHT
    return _LEFT + inner * (math.log10(max(rate, _LOWEST)) - math.log10(_LOWEST)) / -math.log10(_LOWEST)


def _y(value: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value)


def _text(x: float, y: float, words: str, anchor: str = "middle", kind: str = "note") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def curves(caption: str, series: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """Recall (up) over the rate of false alarms (right, logarithmic); one line of ``[rate, recall]`` points for each name."""
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(caption)}">']
    for value in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            _line(_LEFT, _y(value), _WIDTH - _RIGHT, _y(value), "grid"),
            _text(_LEFT - 6, _y(value) + 4, f"{value:g}", "end"),
        ]
    for rate, words in ((0.001, "0.1%"), (0.01, "1%"), (0.1, "10%"), (1.0, "100%")):
        parts += [_line(_x(rate), _TOP, _x(rate), _HEIGHT - _BOTTOM, "grid"), _text(_x(rate), _HEIGHT - _BOTTOM + 15, words)]
    parts.append(_text((_LEFT + _WIDTH) / 2, _HEIGHT - 6, "false alarms"))
    for place, (name, points) in enumerate(series.items()):
        path = " ".join(f"{_x(rate):.1f},{_y(found):.1f}" for rate, found in points)
        parts.append(f'<polyline class="series s{place % 6}" points="{path}"><title>{escape(name)}</title></polyline>')
        parts.append(_text(_LEFT + 8, _TOP + 14 + 15 * place, name, "start", f"name s{place % 6}"))
    return "".join(parts) + "</svg>"


def shares(caption: str, rows: Mapping[str, Figure], *, nominal: float | None = None, logarithmic: bool = False) -> str:
    """One line a row: a dot at the share, a bar over its interval, the number beside it; ``nominal`` is drawn across."""
    width, height = 520, 30 + _ROW * len(rows) + 24
    inner = width - _NAMES - 100

    def at(value: float) -> float:
        if logarithmic:
            low = math.log10(_LOWEST)
            return _NAMES + inner * (math.log10(max(value, _LOWEST)) - low) / -low
        return _NAMES + inner * value

    parts = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(caption)}">']
    ticks = (
        ((0.001, "0.1%"), (0.01, "1%"), (0.1, "10%"), (1.0, "100%")) if logarithmic else ((0.0, "0"), (0.5, "0.5"), (1.0, "1"))
    )
    for value, words in ticks:
        parts += [_line(at(value), 8, at(value), height - 24, "grid"), _text(at(value), height - 8, words)]
    if nominal is not None:
        parts.append(_line(at(nominal), 4, at(nominal), height - 24, "nominal"))
    for place, (name, figure) in enumerate(rows.items()):
        y = 22 + _ROW * place
        shown = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
        parts.append(f"<g><title>{escape(name)}</title>{_text(_NAMES - 8, y + 4, shown, 'end')}</g>")
        parts.append(_line(at(figure["low"]), y, at(figure["high"]), y, "interval"))
        parts.append(f'<circle class="dot" cx="{at(figure["value"]):.1f}" cy="{y}" r="4"/>')
        parts.append(_text(width - 92, y + 4, f"{figure['value']:.1%} of {figure['n']}", "start"))
    return "".join(parts) + "</svg>"


def times(caption: str, series: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """Share found (up) over hours (right, from zero to the last one); one line of rising ``[hours, share]`` for each name."""
    last = max((points[-1][0] for points in series.values() if points), default=1.0) or 1.0
    inner = _WIDTH - _LEFT - _RIGHT
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(caption)}">']
    for value in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            _line(_LEFT, _y(value), _WIDTH - _RIGHT, _y(value), "grid"),
            _text(_LEFT - 6, _y(value) + 4, f"{value:g}", "end"),
        ]
        parts.append(_text(_LEFT + inner * value, _HEIGHT - _BOTTOM + 15, f"{last * value:.0f}"))
    parts.append(_text((_LEFT + _WIDTH) / 2, _HEIGHT - 6, "hours"))
    for place, (name, points) in enumerate(series.items()):
        path = " ".join(f"{_LEFT + inner * hours / last:.1f},{_y(found):.1f}" for hours, found in ([0.0, 0.0], *points))
        parts.append(f'<polyline class="series s{place % 6}" points="{path}"><title>{escape(name)}</title></polyline>')
        parts.append(_text(_WIDTH - _RIGHT - 4, _HEIGHT - _BOTTOM - 8 - 15 * place, name, "end", f"name s{place % 6}"))
    return "".join(parts) + "</svg>"
