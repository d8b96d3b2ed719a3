"""Output: data on stdout, words on stderr, one exit code for each kind of no, never a traceback."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer

from safeconduct.cli import output
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, parse


def _raise(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Refused(Fault("code", "what", "where", "mend it")), "where: what"),
        (FileNotFoundError(2, "No such file", "a.csv"), "a.csv: No such file"),
        (ZeroDivisionError("secret 123"), "a fault of ours: ZeroDivisionError"),
        (BrokenPipeError(), ""),
    ],
)
def test_every_error_becomes_words_and_a_code(error: BaseException, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left, output.door():
        _raise(error)()
    assert left.value.exit_code == output.FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert "Traceback" not in captured.err
    assert "secret 123" not in captured.err


@pytest.mark.parametrize("error", [typer.Exit(5), typer.BadParameter("no"), typer.Abort(), KeyboardInterrupt()])
def test_what_typer_says_itself_passes_the_door(error: BaseException) -> None:
    with pytest.raises(type(error)), output.door():
        _raise(error)()


def test_a_fault_names_what_where_and_mend(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_faults([Fault("a", "what \x1b[31m", "[bold]where", "mend")])
    assert capsys.readouterr().err == "[bold]where: what \N{REPLACEMENT CHARACTER}[31m\n    mend\n"


def test_rows_go_into_a_pipe_as_tab_separated_lines(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_rows(("id", "on", "list"), [{"id": "a\tb", "on": True, "list": ["x", "y"]}, {"id": "c"}], as_json=False)
    assert capsys.readouterr().out == "id\ton\tlist\na\N{REPLACEMENT CHARACTER}b\tyes\tx, y\nc\t\t\n"


def test_rows_and_records_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_rows(("id",), [{"id": "a", "hidden": 1}], as_json=True)
    output.show_record({"id": "a", "more": {"b": [1]}}, as_json=True)
    assert "".join(capsys.readouterr().out.split()) == '[{"id":"a"}]{"id":"a","more":{"b":[1]}}'


def test_a_record_as_lines(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_record({"id": "a", "in acme": {"role": "x", "state": None}}, as_json=False)
    assert capsys.readouterr().out == "id  a\nin acme:\n  role   x\n  state\n"


def test_nobody_to_ask_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Pipe:
        def isatty(self) -> bool:
            return False

    monkeypatch.setattr("sys.stdin", Pipe())
    output.confirm("Really?", yes=True)
    with pytest.raises(typer.Exit) as left:
        output.confirm("Really?", yes=False)
    assert left.value.exit_code == output.USAGE
    assert "--yes" in capsys.readouterr().err


def test_moments_carry_a_zone() -> None:
    assert output.read_moment("2026-06-12T17:21:00-04:00", "--at") == parse("2026-06-12T21:21:00Z")
    assert output.read_moment("open", "--ends", may_be_open=True) == FOREVER
    assert output.read_moment_or_none("", "--at") is None
    for text in ("2026-06-12T17:21:00", "2026-06-12", "now", "open", "0001-01-01T00:00:00+23:59"):
        with pytest.raises(typer.BadParameter, match="no time with a zone"):
            output.read_moment(text, "--at")
