"""Long lists and long work: the first of many, and a word on the way, only to a person."""

from __future__ import annotations

import io

import pytest

from safeconduct.cli.listing import progress, show_first

COLUMNS = ("n",)


def row(number: int) -> dict[str, int]:
    return {"n": number}


@pytest.mark.parametrize(
    ("limit", "whole", "shown", "more"),
    [(3, None, 3, "7 more"), (3, 40, 3, "37 more"), (10, None, 10, ""), (0, 40, 10, ""), (20, 10, 10, "")],
)
def test_the_first_are_shown_and_the_rest_is_counted(
    capsys: pytest.CaptureFixture[str], limit: int, whole: int | None, shown: int, more: str
) -> None:
    show_first(COLUMNS, range(10), row, limit, whole, as_json=False, title="Numbers")
    told = capsys.readouterr()
    assert told.out.split() == ["n", *map(str, range(shown))]
    assert told.err.startswith(more) if more else not told.err


def test_progress_is_told_to_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, silent, speaks in ((io.StringIO(), False, False), (Terminal(), True, False), (Terminal(), False, True)):
        monkeypatch.setattr("sys.stderr", stream)
        with progress("Importing", 10, silent=silent) as tell:
            tell(4)
        assert bool(stream.getvalue()) is speaks
