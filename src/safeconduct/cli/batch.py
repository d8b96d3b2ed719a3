"""``safeconduct decide --batch FILE``: the same answer as ``decide`` for each row of a file."""

from __future__ import annotations

import time

from safeconduct.assembly.batch import answer_file
from safeconduct.assembly.batch_files import form_of
from safeconduct.cli import output
from safeconduct.cli.inquiring import asking, progress


def decide_file(file: str, out: str, form: str, *, as_json: bool) -> None:
    """Answer a file of questions, telling the rate at the end. Bad rows are answered as errors and never stop the run."""
    with asking() as asked:
        source = (file, form_of(file, form))
        target = (out, form_of(out, form or (source[1] if out == "-" else "")))
        began = time.monotonic()
        with progress(None, silent=as_json, what="rows") as tell:
            tally = answer_file(asked, source, target, tell)
        took = time.monotonic() - began
        rate = f", {tally.rows / took:,.0f} a second" if took > 0 else ""
        output.say(f"{tally.rows:,} questions answered{rate}: {tally.permitted:,} permit, {tally.errors:,} could not be asked.")
