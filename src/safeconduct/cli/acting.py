"""What do the nouns of the registry share? Opening the desk, doing one act and telling it, and the ends of lives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Protocol

import typer

from safeconduct.assembly.desk import open_desk
from safeconduct.cli import output
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.desk.desk import Desk, Done
from safeconduct.office.acts import Act, End, Restore, Suspend
from safeconduct.registry.papers import Need
from safeconduct.terms.moments import FOREVER, Moment, show

Starts = Annotated[str, typer.Option(help="When it starts, a time with a zone. Now when left out.")]
Ends = Annotated[str, typer.Option(help='When it ends, a time with a zone, or "open".')]
Org = Annotated[str, typer.Option("--org", "--organization", help="Id of the organization.")]


class Lived(Protocol):
    @property
    def starts(self) -> Moment: ...
    @property
    def ends(self) -> Moment: ...
    @property
    def suspended(self) -> bool: ...


@contextmanager
def desk() -> Iterator[Desk]:
    """The desk, behind a door that tells every error in words."""
    with output.door(), open_desk() as opened:
        yield opened


def do(at: Desk, act: Act, told: str, *, as_json: bool) -> Done:
    """Perform one act and tell it."""
    done = at.perform(act)
    tell(done, told, as_json=as_json)
    return done


def tell(done: Done, told: str, *, as_json: bool) -> None:
    """Say what was done; with ``--json`` also write it as data."""
    if as_json:
        output.show_json(
            {
                "act": done.plan.act,
                "subject": done.plan.subject,
                "actor": done.plan.actor,
                "at": show(done.plan.at),
                "request": done.plan.request,
                "changes": [{"seq": each.seq, "kind": each.kind, "subject": each.subject} for each in done.changes],
            }
        )
    if done.plan.request:
        output.say(*waiting(done.plan.request, done.plan.needs))
    else:
        output.say(told if done.changes else "Nothing changed: all of it is so already.")


def waiting(request: str, needs: Sequence[Need]) -> list[str]:
    """What is told of an act that waits: nothing happened yet, for whom it waits, and what comes next."""
    whom = [f"an officer of {each.authority}" if each.authority else "a second officer" for each in needs]
    return [
        f"Nothing has changed yet: this waits as request {request} for {' and '.join(dict.fromkeys(whom))}.",
        *(f"  {each.why}" for each in needs),
        f"Agree with another officer's key: safeconduct request approve {request}. Undo: safeconduct request decline {request}",
    ]


def state_of(record: Lived, now: Moment) -> str:
    """The life of a record in one word."""
    if record.suspended:
        return "suspended"
    if now < record.starts:
        return "not yet"
    return "ended" if now >= record.ends else "active"


def until(moment: Moment) -> str:
    """An end as text."""
    return "open" if moment >= FOREVER else show(moment)


def add_lives(app: typer.Typer, kind: str, noun: str) -> None:
    """Give a noun the commands that end, suspend and restore it. Each names the target and the effect before it acts."""

    def end(
        id: Annotated[str, typer.Argument(help="The id.")],  # noqa: A002
        at: Annotated[str, typer.Option(help="The end, a time with a zone. Now when left out.")] = "",
        why: Why = "",
        yes: Yes = False,
        as_json: AsJson = False,
    ) -> None:
        moment = output.read_moment_or_none(at, "--at")
        with desk() as opened:
            act = End(kind, id, moment, why)
            opened.preview(act)
            when = show(moment) if moment is not None else "now"
            output.confirm(f"End {kind} {id} {when}? All calls through it are refused from then on; an end is final.", yes=yes)
            do(opened, act, f"{kind.capitalize()} {id} ends {when}.", as_json=as_json)

    def suspend(
        id: Annotated[str, typer.Argument(help="The id.")],  # noqa: A002
        why: Why = "",
        yes: Yes = False,
        as_json: AsJson = False,
    ) -> None:
        with desk() as opened:
            act = Suspend(kind, id, why)
            opened.preview(act)
            undo = f"safeconduct {noun} restore {id} (by yourself within the hour, later with a second officer)"
            output.confirm(f"Suspend {kind} {id}? Calls through it stop within a second. Undo: {undo}", yes=yes)
            do(opened, act, f"{kind.capitalize()} {id} is suspended. Undo: {undo}", as_json=as_json)

    def restore(
        id: Annotated[str, typer.Argument(help="The id.")],  # noqa: A002
        why: Why = "",
        as_json: AsJson = False,
    ) -> None:
        with desk() as opened:
            do(opened, Restore(kind, id, why), f"{kind.capitalize()} {id} is restored.", as_json=as_json)

    article = "an" if kind[0] in "aeiou" else "a"
    app.command("end", help=f"End {article} {kind}, now or at a moment to come.")(end)
    app.command("suspend", help=f"Suspend {article} {kind} until it is restored.")(suspend)
    app.command(
        "restore", help=f"Restore {article} {kind} that is suspended. A second officer agrees, unless it was your own slip."
    )(restore)
