"""What do the provenance of texts and the review of tool calls cost? CPU of one core: ``python -m bench.tools``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from safeconduct.exchange.inspecting import inspect
from safeconduct.safeguards import provenance, toolcalls
from safeconduct.safeguards.extracts import Extracts
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import Enabled, Nothing
from safeconduct.safeguards.scope import Scope
from safeconduct.safeguards.seen import Seen
from safeconduct.safeguards.taint import Taint
from safeconduct.terms.blocks import Block, Origin, ToolCall
from safeconduct.terms.decision import Duty
from safeconduct.terms.findings import SAFEGUARD, Finding

_SAMPLES: Final = {
    "prose": "The loop is right, but the buffer is not reset when an empty line comes. The test of last week fails there, too. ",
    "code": "def read(path: str) -> list[str]:\n    with open(path) as file:\n        return [row for row in file if row.strip()]\n\n",  # noqa: E501 - as tools give it
    "page": "<div class='row'><a href='https://acme.example/a?x=1'>Our offer</a><span style='color:red'>Order now</span></div>\n",
    "mail": "From: jon@acme.example\nHi Ann, please send me the report. The agents that we hired come at 14:00. +49 170 1234567.\n",  # noqa: E501 - as tools give it
}
_SIZES: Final = (2, 100, 400)
_PIECE: Final = 10_240
_ME: Final = b"k" * 32
_CALL: Final = ToolCall(
    "1", "send_email", '{"to": "jon@acme.example", "subject": "Report", "body": "' + "Here it is. " * 80 + '"}'
)
_ASKED: Final = Block("$.u", "Read what came in, and tell Ann about it.", Origin.USER)


class _Inline(Nothing):
    def scan(self, blocks, wanted, /) -> list[Finding]:  # type: ignore[no-untyped-def]  # noqa: ARG002
        return provenance.scan(blocks)


def _micros(work: Callable[[], object], times: int = 1, rounds: int = 5) -> float:
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - start) / times * 1e6)
    return best


def _history(name: str, size: int) -> list[Block]:
    """Tool results of some kilobytes together, no two alike."""
    sample, left, blocks = _SAMPLES[name], size * 1024, [_ASKED]
    while left > 0:
        text = (f"{len(blocks)} " + sample * (_PIECE // len(sample)))[: min(left, _PIECE)]
        left -= _PIECE
        blocks.append(Block(f"$.m[{len(blocks)}]", text, Origin.TOOL_RESULT, len(blocks)))
    return blocks


def main() -> None:
    plan = Plan.of([Duty(SAFEGUARD, "provenance request log", "")], Plan.EMPTY)
    enabled = Enabled(_Inline(), {provenance.DETECTOR: provenance.VERSION})
    print(f"{'us of CPU':22}{'first scan':>12}{'known':>10}{'first review':>14}{'review, known':>15}")
    for name in _SAMPLES:
        for size in _SIZES:
            blocks, seen, extracts = _history(name, size), Seen(), Extracts()
            first = _micros(lambda b=blocks: inspect(b, plan, enabled, Seen(), {}, _ME))  # type: ignore[misc]
            inspect(blocks, plan, enabled, seen, {}, _ME)
            known = _micros(lambda b=blocks, s=seen: inspect(b, plan, enabled, s, {}, _ME), 5)  # type: ignore[misc]

            def review(known: Extracts, blocks: list[Block] = blocks) -> None:
                toolcalls.review(_CALL, Scope(), Taint.of(blocks, known, _ME))

            new = _micros(lambda work=review: work(Extracts()))  # type: ignore[misc]
            review(extracts)
            again = _micros(lambda work=review, e=extracts: work(e), 5)  # type: ignore[misc]
            print(f"{name:8}{size:>5} KB      {first:12.0f}{known:10.0f}{new:14.0f}{again:15.0f}")


if __name__ == "__main__":
    main()
