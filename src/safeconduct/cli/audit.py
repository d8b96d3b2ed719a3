"""``safeconduct audit``: does the log hold, what is in it, and a proof of one entry for somebody who trusts nobody here.

Everything works on a folder alone, without a running gateway: the home's log, or a copy given with ``--log``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from safeconduct.assembly.home import find
from safeconduct.audit.checkpoint import MAX_PROOF_BYTES, Checkpoint, Proof, open_checkpoint
from safeconduct.audit.note import MAX_NOTE_BYTES, NoteInvalid, Verifier
from safeconduct.audit.tiles import WIDTH, node_reader
from safeconduct.audit.tree import inclusion_proof
from safeconduct.audit.verify import Progress as Tell
from safeconduct.audit.verify import Report, verify_log
from safeconduct.cli import output
from safeconduct.cli.output import AsJson
from safeconduct.storage.files.disk import read_bounded
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import show as show_moment

app = typer.Typer(help="The log: verify it, look into it, and prove one entry to a stranger.", no_args_is_help=True)

LogFolder = Annotated[Path | None, typer.Option("--log", help="Folder of the log. The home's log when left out.")]
Key = Annotated[
    str,
    typer.Option(
        "--vkey", help="The log's public key, name+hash+key, or a file that holds it. The one beside the log by default."
    ),
]


@app.command("verify")
def verify(
    log: LogFolder = None,
    vkey: Key = "",
    pin: Annotated[Path | None, typer.Option(help="A checkpoint saved earlier that this log must extend.")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify the whole log: checkpoint, every entry against tiles and root, each writer's chain, one outcome for each call.

    Exit code 0 when it holds, 4 with the first bad place when it does not.
    """
    with _door():
        store, verifier = _opened(log, vkey)
        pinned = open_checkpoint(read_bounded(pin, MAX_NOTE_BYTES), verifier) if pin else None
        with _progress() as tell:
            report = verify_log(store, verifier, pinned, tell)
        if as_json:
            output.show_json(_as_data(report))
        else:
            _tell_report(report)
        if log is None and (waiting := JournalFolder(find().journal).boots()):
            output.say(f"{len(waiting)} journals are open or wait for the keeper; what they hold is durable and not signed yet")
    if not report.holds:
        raise typer.Exit(output.PROOF_DOES_NOT_HOLD)


@app.command("prove")
def prove(
    index: Annotated[int | None, typer.Argument(help="Index of the entry in the log, from 0.", min=0)] = None,
    call: Annotated[str, typer.Option("--call", help="Id of a call, instead of an index: its decision.")] = "",
    outcome: Annotated[bool, typer.Option("--outcome", help="With --call: its outcome instead of its decision.")] = False,
    out: Annotated[Path | None, typer.Option(help="File to write, *.tlog-proof by custom. Stdout when left out.")] = None,
    log: LogFolder = None,
    vkey: Key = "",
) -> None:
    """Write a proof of one entry (C2SP tlog-proof): the entry, its path to the root, and the signed checkpoint."""
    if (index is None) == (not call):
        raise typer.BadParameter("give either an index or --call", param_hint="INDEX or --call")
    with _door():
        store, verifier = _opened(log, vkey)
        note = store.checkpoint()
        checkpoint = open_checkpoint(note, verifier)
        place = _find_call(store, checkpoint.size, call, outcome) if index is None else index
        entry = _entry(store, checkpoint, place)
        path = inclusion_proof(place, checkpoint.size, node_reader(checkpoint.size, store.tile))
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
    with _door():
        proof = Proof.parse(read_bounded(file, MAX_PROOF_BYTES))
        checkpoint = proof.check(_verifier(vkey))
        if as_json:
            output.show_json({"holds": True, "index": proof.index, **_head(checkpoint), "entry": _tree(proof.entry)})
        else:
            output.say(f"holds: entry {proof.index} of the {checkpoint.size} that {checkpoint.origin} signed")
            output.data(proof.entry.decode())


@app.command("show")
def show(
    index: Annotated[int | None, typer.Argument(help="Index of the entry in the log, from 0.", min=0)] = None,
    tail: Annotated[int, typer.Option(help="How many of the newest entries.", min=1, max=100_000)] = 20,
    log: LogFolder = None,
    vkey: Key = "",
    as_json: AsJson = False,
) -> None:
    """Show one entry, or the newest ones."""
    with _door():
        store, verifier = _opened(log, vkey)
        checkpoint = open_checkpoint(store.checkpoint(), verifier)
        if index is not None:
            output.show_record(_tree(_entry(store, checkpoint, index)), as_json=as_json)
            return
        since = max(0, checkpoint.size - tail)
        found = [(place, _tree(data)) for place, data in store.entries(since, checkpoint.size, checkpoint.size)]
        if as_json:
            output.show_json([{"index": place, "entry": entry} for place, entry in found])
        else:
            columns = ("index", "at", "writer", "type", "what", "caller", "model")
            output.show_rows(columns, [_row(place, entry) for place, entry in found], as_json=False)


@app.command("checkpoint")
def checkpoint(log: LogFolder = None, vkey: Key = "", as_json: AsJson = False) -> None:
    """Print the signed checkpoint, its signature checked: the line to keep elsewhere, for ``verify --pin``."""
    with _door():
        store, verifier = _opened(log, vkey)
        note = store.checkpoint()
        opened = open_checkpoint(note, verifier)
        if as_json:
            output.show_json({**_head(opened), "vkey": str(verifier)})
        else:
            typer.echo(note.decode(), nl=False)


@contextmanager
def _door() -> Iterator[None]:
    """What does not hold is exit code 4; everything else is told as the other commands do."""
    with output.door():
        try:
            yield
        except NoteInvalid as invalid:
            fault = Fault("proof_invalid", str(invalid), "the log", "take the key, log or proof from where it was published")
            output.show_faults([fault])
            raise typer.Exit(output.PROOF_DOES_NOT_HOLD) from None
        except ValueError as damaged:
            output.show_faults([Fault("log_damaged", str(damaged), "the log", "run audit verify to see the first bad place")])
            raise typer.Exit(output.PROOF_DOES_NOT_HOLD) from None


def _opened(log: Path | None, vkey: str) -> tuple[LogStore, Verifier]:
    """The log folder and the key to check it with. Raises Refused when there is nothing signed yet."""
    folder = find().log if log is None else log
    store = LogStore(folder)
    if not (folder / "checkpoint").exists():
        mend = "name a folder with --log, or let the keeper run: safeconduct serve signs a checkpoint each second"
        raise Refused(Fault("nothing_signed", "there is no signed checkpoint here", str(folder), mend))
    if vkey:
        return store, _verifier(vkey)
    output.say("using the public key that lies beside the log; give --vkey to use one that you were handed elsewhere")
    return store, Verifier.parse(store.vkey())


def _verifier(vkey: str) -> Verifier:
    """A key given as text or as a file."""
    if "+" not in vkey:
        vkey = read_bounded(Path(vkey), 4096).decode("ascii", "replace")
    return Verifier.parse(vkey)


def _entry(store: LogStore, checkpoint: Checkpoint, index: int) -> bytes:
    if index >= checkpoint.size:
        what = f"the log has {checkpoint.size} signed entries, counted from 0"
        raise Refused(Fault("no_such_entry", what, f"entry {index}", "see audit show"))
    return next(data for _, data in store.entries(index, index + 1, checkpoint.size))


def _find_call(store: LogStore, size: int, call: str, outcome: bool) -> int:
    """The index of a call's entry; the newest are looked at first."""
    kind = "call.ended" if outcome else "call.decided"
    needle = b'"call":' + msgspec.json.encode(call)
    with _progress() as tell:
        for number in range((size - 1) // WIDTH, -1, -1):
            for index, data in store.entries(number * WIDTH, min(size, (number + 1) * WIDTH), size):
                if needle in data and (entry := _tree(data)).get("call") == call and entry.get("type") == kind:
                    return index
            tell(size - number * WIDTH, size)
    what = f"no signed {kind} entry is about it"
    raise Refused(Fault("no_such_call", what, f"call {call[:80]}", "wait a second for the next checkpoint, or check the id"))


def _tree(entry: bytes) -> dict[str, Any]:
    return msgspec.json.decode(entry, type=dict[str, Any])


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


def _head(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}


def _as_data(report: Report) -> dict[str, Any]:
    return {"holds": report.holds, **asdict(report)}


def _tell_report(report: Report) -> None:
    if report.origin:
        output.data(f"{report.origin}: {report.size} entries of {report.writers} writers, root {report.root}")
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(report.outcomes.items()))
        output.data(f"  {report.decided} calls decided, {report.ended} outcomes ({outcomes or 'none'}), {report.acts} acts")
    if report.open_calls:
        first = ", ".join(str(index) for index in report.open_calls[:5])
        output.data(f"  {len(report.open_calls)} calls are in flight, or wait to be closed as abandoned: entry {first}")
    for finding in report.findings[:20]:
        output.data(f"  {finding.code}: {finding}")
    if (more := len(report.findings) - 20 + report.more) > 0:
        output.data(f"  and {more} more")
    output.data("the log holds" if report.holds else f"THE LOG DOES NOT HOLD. First bad place: {report.findings[0]}")


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on stderr, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("entries", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
