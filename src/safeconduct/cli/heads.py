"""``safeconduct audit accept-head``: the end of the log is lost for good, and an officer lets it go on from what is left."""

from __future__ import annotations

import os

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.heads import accept_head
from safeconduct.cli import output
from safeconduct.cli.auditing import door, head, home
from safeconduct.cli.output import AsJson, Yes


def accept_command(yes: Yes = False, as_json: AsJson = False) -> None:
    """The last way out after a loss: whoever holds a later checkpoint can prove from then on that entries are missing."""
    with door(), open_desk() as desk:
        question = (
            "Let the log go on without what was signed and is lost? It is recorded, the lost head is kept as evidence, and "
            "there is no undo. Restore the newer log instead, if there is one."
        )
        output.confirm(question, yes=yes)
        done = accept_head(home(), os.environ, desk.actor_pseudonym(desk.actor))
        if as_json:
            output.show_json(
                [
                    {"origin": each.origin, "lost": head(each.lost) if each.lost else None, "kept": head(each.kept)}
                    for each in done
                ]
            )
            return
        for each in done:
            lost = f"{each.lost.size:,} entries were signed" if each.lost else "what was signed is unknown"
            output.data(f"{each.origin}: {lost}; the log goes on from {each.kept.size:,}")
        output.say("Start the keeper: safeconduct serve. Tell everybody who holds a checkpoint of this log.")
