"""``safeconduct audit``: does the log hold, what is in it, and a proof of one entry for somebody who trusts nobody here.

Everything works on a folder alone, without a running gateway: the home's log, or a copy given with ``--log``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from safeconduct.assembly.home import find
from safeconduct.assembly.verifying import Verified, in_folder, of_home, verify_places
from safeconduct.audit.chain import Finding
from safeconduct.audit.checkpoint import MAX_PROOF_BYTES, Checkpoint, Proof, open_checkpoint
from safeconduct.audit.classes import shown
from safeconduct.audit.note import MAX_NOTE_BYTES, Verifier, signers_of
from safeconduct.audit.reading import At
from safeconduct.audit.tiles import WIDTH
from safeconduct.audit.tree import inclusion_proof
from safeconduct.audit.verify import Report
from safeconduct.cli import output
from safeconduct.cli.auditing import Key, LogFolder, ShardName, door, head, opened, progress, tree, verifier_of
from safeconduct.cli.nouns import AuditSteps
from safeconduct.cli.output import AsJson
from safeconduct.storage.files.disk import read_bounded
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show as show_moment
from safeconduct.workers.ports import Store

app = typer.Typer(
    cls=AuditSteps, help="The log: verify it, look into it, and prove one entry to a stranger.", no_args_is_help=True
)


@app.command("verify")
def verify(
    log: LogFolder = None,
    vkey: Key = "",
    pin: Annotated[Path | None, typer.Option(help="A checkpoint saved earlier that this log must extend.")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify the whole log: checkpoint, every entry against tiles and root, each writer's chain, one outcome for each call.

    All shards and the log over them, too. Exit code 0 when it holds, 4 with the first bad place when it does not.
    """
    with door():
        _, verifier = opened(log, "", vkey)
        pinned = read_bounded(pin, MAX_NOTE_BYTES) if pin else None
        places = of_home(find()) if log is None else in_folder(log)
        found = verify_places(places, verifier, pinned, progress, _witnesses() if log is None else ())
        if as_json:
            output.show_json(_as_data(found))
        else:
            for report in found.reports.values():
                _tell_report(report)
            for finding in found.across:
                output.data(f"  {finding.kind}: {finding}")
            output.data("the log holds" if found.holds else f"THE LOG DOES NOT HOLD. First bad place: {_first(found)}")
        if log is None and (waiting := JournalFolder(find().journal).boots()):
            output.say(f"{len(waiting)} journals are open or wait for the keeper; what they hold is durable and not signed yet")
    if not found.holds:
        raise typer.Exit(output.PROOF_DOES_NOT_HOLD)


@app.command("prove")
def prove(
    index: Annotated[int | None, typer.Argument(help="Index of the entry in the log, from 0.", min=0)] = None,
    call: Annotated[str, typer.Option("--call", help="Id of a call, instead of an index: its decision.")] = "",
    outcome: Annotated[bool, typer.Option("--outcome", help="With --call: its outcome instead of its decision.")] = False,
    out: Annotated[Path | None, typer.Option(help="File to write, *.tlog-proof by custom. Stdout when left out.")] = None,
    shard: ShardName = "",
    log: LogFolder = None,
    vkey: Key = "",
) -> None:
    """Write a proof of one entry (C2SP tlog-proof): the entry, its path to the root, and the signed checkpoint."""
    if (index is None) == (not call):
        raise typer.BadParameter("give either an index or --call", param_hint="INDEX or --call")
    with door():
        store, verifier = opened(log, shard, vkey)
        note = store.checkpoint()
        checkpoint = open_checkpoint(note, verifier)
        place = _find_call(store, checkpoint.size, call, outcome) if index is None else index
        entry = _entry(store, checkpoint, place)
        path = inclusion_proof(place, checkpoint.size, At(store, note, checkpoint.size).nodes())
        proof = Proof(place, entry, tuple(path), note)
        proof.check(verifier)  # a damaged log makes no proofs
        if out is None:
            typer.echo(proof.text().decode(), nl=False)
        else:
            out.write_bytes(proof.text())
            output.say(f"entry {place} of {checkpoint.size} is proven in {out}")


@app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="The proof.")],
    vkey: Annotated[str, typer.Option("--vkey", help="The log's public key, name+hash+key, or a file that holds it.")],
    as_json: AsJson = False,
) -> None:
    """Check a proof offline, with the log's public key and nothing else. Exit code 4 when it does not hold."""
    with door():
        proof = Proof.parse(read_bounded(file, MAX_PROOF_BYTES))
        checkpoint = proof.check(verifier_of(vkey))
        if as_json:
            output.show_json({"holds": True, "index": proof.index, **head(checkpoint), "entry": shown(tree(proof.entry))})
        else:
            output.say(f"holds: entry {proof.index} of the {checkpoint.size} that {checkpoint.origin} signed")
            output.data(msgspec.json.encode(shown(tree(proof.entry))).decode())


@app.command("show")
def show(
    index: Annotated[int | None, typer.Argument(help="Index of the entry in the log, from 0.", min=0)] = None,
    tail: Annotated[int, typer.Option(help="How many of the newest entries.", min=1, max=100_000)] = 20,
    shard: ShardName = "",
    log: LogFolder = None,
    vkey: Key = "",
    as_json: AsJson = False,
) -> None:
    """Show one entry, or the newest ones."""
    with door():
        store, verifier = opened(log, shard, vkey)
        checkpoint = open_checkpoint(store.checkpoint(), verifier)
        if index is not None:
            output.show_record(shown(tree(_entry(store, checkpoint, index))), as_json=as_json)
            return
        since = max(0, checkpoint.size - tail)
        found = [(place, shown(tree(data))) for place, data in store.entries(since, checkpoint.size, checkpoint.size)]
        if as_json:
            output.show_json([{"index": place, "entry": entry} for place, entry in found])
        else:
            columns = ("index", "at", "writer", "type", "what", "caller", "model")
            output.show_rows(columns, [_row(place, entry) for place, entry in found], as_json=False)


@app.command("checkpoint")
def checkpoint(log: LogFolder = None, shard: ShardName = "", vkey: Key = "", as_json: AsJson = False) -> None:
    """Print the signed checkpoint, its signature checked: the line to keep elsewhere, for ``verify --pin``."""
    with door():
        store, verifier = opened(log, shard, vkey)
        note = store.checkpoint()
        signed = open_checkpoint(note, verifier)
        cosigners = [name for name, key_id in signers_of(note) if key_id != verifier.key_id]
        if as_json:
            output.show_json({**head(signed), "vkey": str(verifier), "cosigners": cosigners})
        else:
            typer.echo(note.decode(), nl=False)
            if cosigners:
                output.say(f"also signed by {', '.join(cosigners)}; whose word counts is for a trust policy to say")


def _witnesses() -> list[Verifier]:
    """Those whose word about times the home's settings take."""
    return [Verifier.parse(each.vkey) for each in find().settings().log.witness.values()]


def _entry(store: Store, checkpoint: Checkpoint, index: int) -> bytes:
    if index >= checkpoint.size:
        what = f"the log has {checkpoint.size} signed entries, counted from 0"
        raise Refused(Fault("no_such_entry", what, f"entry {index}", "see audit show"))
    return next(data for _, data in store.entries(index, index + 1, checkpoint.size))


def _find_call(store: Store, size: int, call: str, outcome: bool) -> int:
    """The index of a call's entry; the newest are looked at first."""
    kind = "call.ended" if outcome else "call.decided"
    needle = b'"call":' + msgspec.json.encode(call)
    with progress() as tell:
        for number in range((size - 1) // WIDTH, -1, -1):
            for index, data in store.entries(number * WIDTH, min(size, (number + 1) * WIDTH), size):
                if needle in data and (entry := tree(data)).get("call") == call and entry.get("type") == kind:
                    return index
            tell(size - number * WIDTH, size)
    what = f"no signed {kind} entry is about it"
    raise Refused(Fault("no_such_call", what, f"call {call[:80]}", "wait a second for the next checkpoint, or check the id"))


def _row(index: int, entry: dict[str, Any]) -> dict[str, Any]:
    what = entry.get("effect") or entry.get("outcome") or entry.get("act") or entry.get("role") or entry.get("reason")
    code = entry.get("code") or ", ".join(entry.get("reasons", ()))
    if entry.get("type") == "enforcement.applied":
        what, code = _enforced(entry), ""
    return {
        "index": index,
        "at": show_moment(entry.get("at", 0)),
        "writer": f"{entry.get('boot')}/{entry.get('seq')}",
        "type": entry.get("type"),
        "what": f"{what or ''} {code}".strip(),
        "caller": entry.get("caller") or entry.get("actor"),
        "model": entry.get("resolved") or entry.get("served_model"),
    }


def _enforced(entry: dict[str, Any]) -> str:
    """What one worker did when something took effect, in one line."""
    causes, cut, kept = ", ".join(entry.get("causes", ())), entry.get("cut", 0), entry.get("kept", 0)
    took = f", last byte after {entry.get('last_byte_us', 0) / 1000:,.1f} ms" if cut else ""
    return f"{causes}: {cut:,} cut, {kept:,} went on{took}"


def _as_data(found: Verified) -> dict[str, Any]:
    """The first tree's report as ever; where there are others, all of them by name."""
    reports = {name: _report(report) for name, report in found.reports.items()}
    told = {**next(iter(reports.values())), "holds": found.holds}
    if len(reports) > 1:
        told |= {"trees": reports, "across": [_finding(finding) for finding in found.across]}
    return told


def _report(report: Report) -> dict[str, Any]:
    return {"holds": report.holds, **asdict(report), "findings": [_finding(finding) for finding in report.findings]}


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "kind": finding.kind, "index": finding.index, "what": finding.what}


def _first(found: Verified) -> str:
    named = [f"{finding} ({finding.kind})" for report in found.reports.values() for finding in report.findings]
    return [*named, *(f"{finding} ({finding.kind})" for finding in found.across)][0]


def _tell_report(report: Report) -> None:
    if report.origin:
        output.data(f"{report.origin}: {report.size} entries of {report.writers} writers, root {report.root}")
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(report.outcomes.items()))
        output.data(f"  {report.decided} calls decided, {report.ended} outcomes ({outcomes or 'none'}), {report.acts} acts")
    if report.minimum:
        output.data(f"  the entries below {report.minimum} were pruned: their hashes still hold the tree together")
    if report.waited:
        output.data(f"  {report.waited} times a writer's entries had waited while no keeper ran")
    if report.open_calls:
        first = ", ".join(str(index) for index in report.open_calls[:5])
        output.data(f"  {len(report.open_calls)} calls are in flight, or wait to be closed as abandoned: entry {first}")
    for finding in report.findings[:20]:
        output.data(f"  {finding.kind} ({finding.code}): {finding}")
    if (more := len(report.findings) - 20 + report.more) > 0:
        output.data(f"  and {more} more")
