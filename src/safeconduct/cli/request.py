"""``safeconduct request``: acts that wait for somebody's agreement."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safeconduct.cli import output
from safeconduct.cli.acting import desk, do
from safeconduct.cli.output import AsJson, Why, Yes
from safeconduct.instruments.packs import differences, read_pack
from safeconduct.office.acts import ApproveRequest, DeclineRequest, EnterPack
from safeconduct.registry.papers import Request
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="Requests: acts that wait until somebody else agrees.", no_args_is_help=True)

COLUMNS = ("id", "state", "act", "about", "asked by", "waits for", "asked", "expires", "why")
NAMED = 10  # requests told by name when one has to be chosen
UNSHOWN = ("text", "digest", "strings", "documents")  # members of acts that say nothing to a reader, or are told apart
Id = Annotated[str, typer.Argument(help="Id of the request.")]
MaybeId = Annotated[str, typer.Argument(help="Id of the request; may be left out when only one waits.")]


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those that are done, declined or expired, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits, oldest first."""
    with desk() as opened:
        now = opened.now()
        found = [each for each in opened.registry.requests.values() if every or each.state_at(now) == "open"]
        output.show_rows(COLUMNS, (_row(each, now) for each in found), as_json=as_json, title="Requests")


@app.command("show")
def show_(id: Id, as_json: AsJson = False) -> None:  # noqa: A002
    """Show what exactly would be done, and who agreed so far."""
    with desk() as opened:
        found = opened.registry.requests.get(id)
        if found is None:
            raise Refused(Fault("unknown_request", f"there is no request {id}", "request", "see: safeconduct request list"))
        record = {
            **_row(found, opened.now()),
            "agreed": list(found.approvals),
            "needs": {each.authority or "second officer": each.why for each in found.needs},
            "closed by": found.closed_by,
            "the act": {name: value for name, value in found.body.items() if name not in UNSHOWN},
            **_pack(found, opened.registry),
        }
        output.show_record(record, as_json=as_json)


@app.command()
def approve(id: MaybeId = "", yes: Yes = False, as_json: AsJson = False) -> None:  # noqa: A002
    """Agree. With the last agreement the act is judged anew and done at once."""
    with desk() as opened:
        now = opened.now()
        waits = [each.id for each in opened.registry.requests.values() if each.state_at(now) == "open"]
        if not id and len(waits) != 1:
            what = f"{len(waits)} requests wait; name one: {', '.join(waits[:NAMED])}" if waits else "no request waits"
            raise typer.BadParameter(what, param_hint="ID")
        act = ApproveRequest(id or waits[0])
        opened.preview(act)
        found = opened.registry.requests[act.id]
        output.confirm(f"Agree to {found.act} {found.subject}, asked by {found.asker}?", yes=yes)
        do(opened, act, f"{found.act} {found.subject} is done, as {found.asker} asked.", as_json=as_json)


@app.command()
def decline(id: Id, why: Why = "", as_json: AsJson = False) -> None:  # noqa: A002
    """Say no; the act will not be done. To undo, ask for it anew."""
    with desk() as opened:
        do(opened, DeclineRequest(id, why), f"Request {id} is declined; nothing of it has happened.", as_json=as_json)


def _pack(request: Request, registry: Registry) -> dict[str, Any]:
    """What a rule pack that waits says: nobody may have to agree to what he cannot read."""
    if request.act != EnterPack.act:
        return {}
    pack, before = read_pack(str(request.body["text"])), registry.pack_versions(request.subject)
    return {
        "version": pack.version,
        "source": pack.source,
        "sha256": pack.content_sha256,
        "what changes": list(differences(read_pack(before[-1].text), pack)) if before else [],
        "lists": {each.id: " ".join(each.countries) for each in pack.lists},
    }


def _row(request: Request, now: Moment) -> dict[str, Any]:
    return {
        "id": request.id,
        "state": request.state_at(now),
        "act": request.act,
        "about": request.subject,
        "asked by": request.asker,
        "waits for": list(dict.fromkeys(each.authority or "second officer" for each in request.needs)),
        "asked": show(request.opened_at),
        "expires": show(request.expires),
        "why": request.why,
    }
