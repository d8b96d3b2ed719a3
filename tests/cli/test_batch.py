"""``decide --batch`` as a command."""

from __future__ import annotations

import json
from pathlib import Path

from safeconduct.cli.main import app
from support.inquiry_home import FABLE, cobalt_home


def test_a_file_of_questions_goes_to_stdout_or_to_a_file(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    questions, out = tmp_path / "q.jsonl", tmp_path / "a.csv"
    questions.write_text(json.dumps({"who": "ann", "model": FABLE}) + "\nnonsense\n")
    told = home.run(app, "decide", "--batch", str(questions))
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert [row["decision"] for row in rows] == ["permit", ""]
    assert rows[1]["error"]
    done = home.run(app, "decide", "--batch", str(questions), "--out", str(out))
    assert done.stdout == ""
    assert "2 questions answered" in done.stderr
    assert out.read_text().splitlines()[1].startswith("ann,")


def test_a_form_that_is_unknown_is_told(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    home.run(app, "decide", "--batch", str(tmp_path / "q.txt"), code=1)
    home.run(app, "decide", "--batch", str(tmp_path / "none.csv"), code=1)
    home.run(app, "decide", "--person", "ann", code=2)


def test_a_file_of_questions_and_a_question_beside_it_is_no_usage(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    questions = tmp_path / "q.csv"
    questions.write_text(f"who,model\nann,{FABLE}\n")
    home.run(app, "decide", "--batch", str(questions), "--person", "ann", code=2)
