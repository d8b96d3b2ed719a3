"""What do the questions over everybody share? Opening a home to be read, a bar while people are walked through, and options."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from safeconduct.assembly.inquiries import Inquiries, open_inquiries
from safeconduct.cli import output
from safeconduct.exchange.naming import model_meant
from safeconduct.inquiry.seats import Tell
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment

DAY: Moment = 86_400 * SECOND


def _all_for_none(limit: int) -> int:
    """Every command says 0 for all of it; questions count as the census does, where 0 is none and -1 all."""
    return limit or -1


At = Annotated[str, typer.Option(help="The moment, a time with a zone. Now when left out.")]
Days = Annotated[int, typer.Option(help="How many days ahead to look.", min=1, max=3_660)]
Limit = Annotated[int, typer.Option(help="Show at most so many; 0 shows all.", min=0, callback=_all_for_none)]
InOrg = Annotated[str, typer.Option("--org", "--organization", help="Only this organization.")]


@contextmanager
def asking() -> Iterator[Inquiries]:
    """The home, opened for questions, behind a door that tells every error in words."""
    with output.door(), open_inquiries() as inquiries:
        yield inquiries


@contextmanager
def progress(total: Sized | None, *, silent: bool, what: str = "people") -> Iterator[Tell]:
    """A bar on stderr, on a terminal only: elsewhere nobody is counted for it."""
    console = Console(stderr=True)
    silent = silent or not console.is_terminal
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=silent) as bar:
        task = bar.add_task(what, total=None if total is None or silent else len(total))
        yield lambda done: bar.update(task, completed=done)


def model_named(registry: Registry, name: str, *, withdrawn: bool = False) -> str:
    """The canonical id of a model that can be called, or with ``withdrawn`` ever could be. Raises Refused."""
    found = model_meant(registry, name)
    if found is None or not (withdrawn or registry.resolve_model(found.id)):
        raise Refused(
            Fault("unknown_model", f"no model of the catalog has the name {name}", "--model", "see: safeconduct model list")
        )
    return found.id


def caller_known(registry: Registry, caller: str) -> None:
    """Raises Refused for the id of nobody; the empty one stands for everybody."""
    if caller and caller not in registry.agents and caller not in registry.people:
        mend = "see: safeconduct person list, safeconduct agent list"
        raise Refused(Fault("unknown_caller", f"there is no person or agent {caller}", "--person", mend))


def organization_known(registry: Registry, organization: str) -> None:
    """Raises Refused for an organization that is not registered; the empty name stands for all of them."""
    if organization and organization not in registry.organizations:
        what = f"there is no organization {organization}"
        raise Refused(Fault("unknown_organization", what, "--org", "see: safeconduct org list"))
