"""``safeconduct vault``: what content is kept, for how long and under whose key; reading with cause; what nothing may erase."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from safeconduct.assembly.home import existing
from safeconduct.assembly.reading import flag as flag_content
from safeconduct.assembly.reading import read as read_content
from safeconduct.assembly.recording import record
from safeconduct.assembly.retention import expire as expire_content
from safeconduct.assembly.retention import over, remove_unnamed, totals
from safeconduct.assembly.vault import HomeVault
from safeconduct.cli import output
from safeconduct.cli.acting import desk, do, tell, waiting
from safeconduct.cli.output import AsJson, Yes
from safeconduct.office.acts import PlaceHold, ReleaseHold
from safeconduct.registry.cases import Hold
from safeconduct.terms.content import ANSWER, REQUEST
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show

app = typer.Typer(help="The vault: kept content, sealed apart from the log.", no_args_is_help=True)
keys_app = typer.Typer(help="Keys of organizations: content is sealed for them.", no_args_is_help=True)
app.add_typer(keys_app, name="key")

Call = Annotated[str, typer.Argument(help="Id of the call, as the log and the answer's header have it.")]
Reason = Annotated[str, typer.Option("--reason", "--why", help="The reason: it is recorded, and the organization can read it.")]
KEPT = ("place", "call", "part", "at", "class", "month", "organization", "caller", "bytes", "state")
READS = ("at", "actor", "second", "call", "part", "organization", "case", "why")
STATUS = ("class", "month", "keys", "records", "bytes", "over")
HOLDS = ("id", "on", "target", "state", "placed", "placed by", "why")


@keys_app.command("new")
def new(organization: Annotated[str, typer.Argument(help="Id of the organization.")], as_json: AsJson = False) -> None:
    """Make an organization's own key. What is kept from now on is sealed for it; what was kept before stays as it is."""
    with desk() as opened:
        if organization not in opened.registry.organizations:
            what = f"there is no organization {organization}"
            raise Refused(Fault("unknown_organization", what, "vault key new", "see: safeconduct org list"))
        vault = HomeVault.of(existing())
        if not vault.new_key(organization):
            what = f"{organization} has a key, and a key is never replaced"
            raise Refused(Fault("key_there", what, str(vault.kek), "keep it: it opens what was sealed for it"))
        if as_json:
            output.show_json({"organization": organization, "folder": str(vault.kek)})
        output.say(f"{organization} has a key of its own, in {vault.kek}. Back it up: without it nothing sealed for it opens.")


@app.command()
def read(
    call: Call,
    case: Annotated[str, typer.Option(help="Id of an open case that is about the call or its organization.")],
    reason: Reason,
    part: Annotated[str, typer.Option(help=f"{REQUEST} or {ANSWER}.")] = REQUEST,
    out: Annotated[Path | None, typer.Option(help="Write it to this new file (mode 0600) instead of stdout.")] = None,
) -> None:
    """Read one part of one call. The read is recorded before anything is shown; restricted models take a second officer first."""
    with desk() as opened, _target(out) as write:
        found = read_content(HomeVault.of(existing()), opened, call, part, case, reason)
        if found.content is None:
            output.say(*waiting(found.done.plan.request, found.done.plan.needs))
            output.say("Once somebody agreed, run this again within the hour: the leave is good for one read.")
            raise typer.Exit(output.DENIED)
        write(found.content)
        output.say(f"Recorded: you read the {part} of {call} in case {case}.")


@app.command()
def reads(
    organization: Annotated[str, typer.Option("--organization", "--org", help="Of this organization's content only.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show who read what of whose content, when and why. What an organization may ask to see."""
    with desk() as opened:
        rows = [
            {
                "at": show(each.at),
                "actor": each.actor,
                "second": each.second,
                "call": each.call,
                "part": each.part,
                "organization": each.organization,
                "case": each.case,
                "why": each.why,
            }
            for each in opened.registry.reads.values()
            if organization in ("", each.organization)
        ]
        output.show_rows(READS, rows, as_json=as_json, title="Reads of content")


@app.command("list")
def list_(
    organization: Annotated[str, typer.Option("--organization", "--org", help="Of this organization only.")] = "",
    kept_class: Annotated[str, typer.Option("--class", help="Of this retention class only, by the key it is under now.")] = "",
    month: Annotated[str, typer.Option(help="Of this month only (YYYY-MM).")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """List what is kept: where it lies, whose it is, and for how long. Never the content."""
    with output.door():
        vault = HomeVault.of(existing())
        wanted = {"organization": organization, "class": kept_class, "month": month}
        found = list(islice(_kept(vault, {name: word for name, word in wanted.items() if word}), limit + 1))
        output.show_rows(KEPT, found[:limit], as_json=as_json, title="Kept content")
        if len(found) > limit:
            output.say(f"There is more than {limit}; choose by class or month, or raise --limit.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show for each class and month how much is kept, under how many keys, and when its time is over."""
    with output.door():
        vault = HomeVault.of(existing())
        rows: list[dict[str, Any]] = []
        if vault.keys_file.exists() or vault.folder.is_dir():
            with vault.open_keys() as keys:
                sums = totals(vault, keys)
                for name, when, count in keys.groups():
                    records, size = sums.get((name, when), (0, 0))
                    ends = show(vault.classes.over_at(name, when)) if name in vault.classes else "never: no such class any more"
                    rows.append({"class": name, "month": when, "keys": count, "records": records, "bytes": size, "over": ends})
        output.show_rows(STATUS, rows, as_json=as_json, title="The vault")


@app.command()
def flag(
    call: Call,
    reason: Reason,
    kept_class: Annotated[str, typer.Option("--class", help="The class it passes into.")] = "flagged",
    as_json: AsJson = False,
) -> None:
    """Keep the content of one call longer: let it pass into another class."""
    with desk() as opened:
        done, parts = flag_content(HomeVault.of(existing()), opened, call, kept_class, reason)
        tell(done, f"{parts} part(s) of {call} are kept in class {kept_class} from now on.", as_json=as_json)


@app.command()
def expire(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Destroy the keys of every class and month whose time is over, and the content under them. What is held stays."""
    with desk() as opened:
        home = existing()
        vault, now = HomeVault.of(home), opened.now()
        found = []
        if vault.keys_file.exists() or vault.folder.is_dir():
            with vault.open_keys() as keys:
                found = list(over(vault, keys, opened.registry, now))
        if not dry_run:
            count = sum(each.keys for each in found)
            if count:
                output.confirm(f"Destroy {count} keys whose time is over, and the content under them? There is no undo.", yes=yes)
            actor = opened.actor_pseudonym(opened.actor)
            found = expire_content(vault, opened.registry, now, lambda entry: record(home, entry), actor=actor)
        rows = [{"class": each.kept_class, "month": each.month, "keys": each.keys, "held": each.held} for each in found]
        output.show_rows(("class", "month", "keys", "held"), rows, as_json=as_json, title="Over")


@app.command()
def remove(
    place: Annotated[str, typer.Argument(help="Where it lies, as reconcile names it.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove content that no entry names: its worker was cut off before the call was decided. The removal is recorded."""
    with desk() as opened:
        home = existing()
        output.confirm(f"Remove what lies at {place}? There is no undo.", yes=yes)
        actor = opened.actor_pseudonym(opened.actor)
        vault = HomeVault.of(home)
        remove_unnamed(vault, opened.registry, place, opened.now(), lambda entry: record(home, entry), actor=actor)
        if as_json:
            output.show_json({"place": place, "removed": True})
        output.say(f"What lay at {place} is removed.")


@app.command()
def hold(
    reason: Reason,
    case: Annotated[str, typer.Option(help="What this case is about.")] = "",
    person: Annotated[str, typer.Option(help="Everything of this person.")] = "",
    call: Annotated[str, typer.Option(help="This call.")] = "",
    organization: Annotated[str, typer.Option("--organization", "--org", help="This organization and all beneath it.")] = "",
    id: Annotated[str, typer.Option(help="Id of the hold; made up when left out.")] = "",  # noqa: A002
    as_json: AsJson = False,
) -> None:
    """Let nothing erase content, whatever its class, until the hold is released. It takes an officer key."""
    named = {"case": case, "person": person, "call": call, "organization": organization}
    chosen = [(kind, target) for kind, target in named.items() if target]
    if len(chosen) != 1:
        raise typer.BadParameter("name one of --case, --person, --call and --organization", param_hint="--case")
    ((kind, target),) = chosen
    with desk() as opened:
        name = id or f"hold-{secrets.token_hex(4)}"
        told = f"Hold {name} keeps what there is of {kind} {target}. Undo: safeconduct vault release {name} (two officers)"
        do(opened, PlaceHold(name, kind, target, reason), told, as_json=as_json)


@app.command()
def release(
    id: Annotated[str, typer.Argument(help="Id of the hold.")],  # noqa: A002
    reason: Reason,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Ask that a hold end. A second officer has to agree; from then on what it held may be erased."""
    with desk() as opened:
        act = ReleaseHold(id, reason)
        opened.preview(act)
        output.confirm(f"Release hold {id}? What it held may be erased from then on.", yes=yes)
        do(opened, act, f"Hold {id} is released.", as_json=as_json)


@app.command()
def holds(
    every: Annotated[bool, typer.Option("--all", help="Released ones, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List holds, oldest first."""
    with desk() as opened:
        found = [each for each in opened.registry.holds.values() if every or each.released_at is None]
        output.show_rows(HOLDS, (_hold(each) for each in found), as_json=as_json, title="Holds")


@contextmanager
def _target(out: Path | None) -> Iterator[Any]:
    """Where content goes: to a new file of mode 0600, which goes again when nothing was read, or to stdout."""
    if out is None:
        yield _show
        return
    fd = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    written = False
    try:
        with os.fdopen(fd, "wb") as file:

            def write(content: bytes) -> None:
                nonlocal written
                file.write(content)
                file.flush()
                written = True

            yield write
    finally:
        if not written:
            out.unlink(missing_ok=True)


def _show(content: bytes) -> None:
    """On a terminal, what others wrote may not steer it; into a pipe, exactly the bytes."""
    if sys.stdout.isatty():
        for line in content.decode("utf-8", "replace").splitlines():
            output.data(output.plain(line))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _kept(vault: HomeVault, wanted: dict[str, str]) -> Iterator[dict[str, Any]]:
    if not vault.keys_file.exists() and not vault.folder.is_dir():
        return
    with vault.open_keys() as keys:
        for place, found in vault.store().records():
            moved = keys.rewrapped(str(place))
            key = moved.id if moved is not None else found.key
            dek = keys.dek(key)
            lost = "erased" if keys.was_destroyed(key) else "no key"
            row = {
                "place": str(place),
                "call": found.call,
                "part": found.part,
                "at": show(found.at),
                "class": dek.kept_class if dek is not None else place.kept_class,
                "month": dek.month if dek is not None else place.month,
                "organization": dek.organization if dek is not None else "",
                "caller": dek.subject if dek is not None else "",
                "bytes": found.size,
                "state": "kept" if dek is not None else lost,
            }
            if not found.gone and all(row[name] == word for name, word in wanted.items()):
                yield row


def _hold(found: Hold) -> dict[str, Any]:
    return {
        "id": found.id,
        "on": found.kind,
        "target": found.target,
        "state": "held" if found.released_at is None else f"released {show(found.released_at)}",
        "placed": show(found.placed_at),
        "placed by": found.placed_by,
        "why": found.why,
    }
