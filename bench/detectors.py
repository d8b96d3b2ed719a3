"""What do the rule detectors cost? CPU of one core, the best of several rounds: ``python -m bench.detectors``."""

from __future__ import annotations

import time
from collections.abc import Callable

from safeconduct.detectors.rules import Rules
from safeconduct.terms.blocks import Block, Origin

_PROSE = (
    "Please look at the parser in the second module and tell me why it reads the file twice. I think that the loop is right, but "
    "the buffer is not reset when an empty line comes. The test that we wrote last week passes on my machine and fails there. "
)
_CODE = (
    "def read(path: str) -> list[str]:\n    with open(path, encoding='utf-8') as file:\n        rows = list(file)\n"
    "    return [row for row in rows if row and not row.startswith('#')]\n\n"
)
_FLOODS = (("AKIA", "\nAKIA" * 200_000), ("(((", "(" * 1_000_000), ("base64", "QUtJ" * 250_000), ("digits", "4 1 " * 250_000))


def _micros(work: Callable[[], object], times: int) -> float:
    best = float("inf")
    for _ in range(7):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - start) / times * 1e6)
    return best


def _blocks(text: str) -> list[Block]:
    size = len(text) // 4
    origins = (Origin.SYSTEM, Origin.USER, Origin.ASSISTANT, Origin.USER)
    return [
        Block(f"$.messages[{place}]", text[place * size : (place + 1) * size], origin) for place, origin in enumerate(origins)
    ]


def main() -> None:
    start = time.process_time()
    rules = Rules()
    print(f"compile                                   {(time.process_time() - start) * 1e3:8.1f} ms")
    prose, code = (_PROSE * 8)[:2048], (_CODE * 11)[:2048]
    for name, text in (("prose", prose), ("code", code)):
        blocks = _blocks(text)
        print(f"scan, 2 KB of {name:5} in 4 blocks           {_micros(lambda b=blocks: rules.scan(b), 5_000):8.2f} us")
    deltas = [prose[place : place + 220] for place in range(0, 1_000, 20)]

    def stream() -> None:
        for text in deltas:
            rules.scan_text("$", text, Origin.ASSISTANT)
            rules.open(text)

    print(f"scan_text + open, 20 characters after 200 {_micros(stream, 200) / len(deltas):8.2f} us")
    alone = _micros(lambda: [rules.open(text) for text in deltas], 200) / len(deltas)
    print(f"open alone                                {alone:8.2f} us")
    for name, text in _FLOODS:
        print(f"scan_text, 1 MB of {name:8}               {_micros(lambda t=text: rules.scan_text('$', t), 1) / 1e3:8.1f} ms")


if __name__ == "__main__":
    main()
