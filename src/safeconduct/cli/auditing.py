"""What do the commands of ``safeconduct audit`` share? Finding the log and its key, a bar, and how a damaged log is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from safeconduct.assembly.home import Home, existing, find
from safeconduct.assembly.places import places_of
from safeconduct.audit.checkpoint import Checkpoint
from safeconduct.audit.note import NoteInvalid, Verifier
from safeconduct.audit.verify import Progress as Tell
from safeconduct.cli import output
from safeconduct.storage.files.disk import read_bounded
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.workers.ports import Store

LogFolder = Annotated[Path | None, typer.Option("--log", help="Folder of the log. The home's log when left out.")]
ShardName = Annotated[
    str, typer.Option("--shard", help='The shard: its year, "root" for the log over the shards; the first when left out.')
]
Key = Annotated[
    str,
    typer.Option(
        "--vkey", help="The log's public key, name+hash+key, or a file that holds it. The one beside the log by default."
    ),
]


@contextmanager
def door() -> Iterator[None]:
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


def folder_of(log: Path | None, shard: str) -> Path:
    """The folder of one tree, of a given log or of the home's. Raises Refused for a shard that is none."""
    base = find().log if log is None else log
    if shard and shard != "root" and not (shard.isascii() and shard.isdecimal() and len(shard) == 4):
        raise Refused(Fault("unknown_shard", "a shard is named by its year, or root", shard[:40], "see the folders of the log"))
    return base / shard if shard else base


def opened(log: Path | None, shard: str, vkey: str) -> tuple[Store, Verifier]:
    """One tree, and the key to check it with: of a given log folder, or the home's from wherever it lies. Raises Refused."""
    folder = folder_of(log, shard)
    store: Store = LogStore(folder)
    if log is None and (settings := find().settings().log).store:
        found = next((each for each in [*find().shards(), find().root_shard()] if each.name == shard), None)
        if found is not None:
            store = places_of(find(), settings, os.environ).log(found)
    try:
        store.checkpoint()
    except FileNotFoundError:
        mend = "name a folder with --log, or let the keeper run: safeconduct serve signs a checkpoint each second"
        raise Refused(Fault("nothing_signed", "there is no signed checkpoint here", str(folder), mend)) from None
    if vkey:
        return store, verifier_of(vkey)
    output.say("using the public key that lies beside the log; give --vkey to use one that you were handed elsewhere")
    return store, Verifier.parse(store.vkey())


def verifier_of(vkey: str) -> Verifier:
    """A key given as text or as a file."""
    if "+" not in vkey:
        vkey = read_bounded(Path(vkey), 8192).decode("ascii", "replace")
    return Verifier.parse(vkey)


def home() -> Home:
    """The home that the environment names. Raises Refused when there is none."""
    return existing()


def head(checkpoint: Checkpoint) -> dict[str, Any]:
    """A checkpoint as data."""
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}


def tree(entry: bytes) -> dict[str, Any]:
    """An entry as data, all of it: for looking something up. What is shown goes through ``audit.classes``."""
    return msgspec.json.decode(entry, type=dict[str, Any])


@contextmanager
def progress(word: str = "entries") -> Iterator[Tell]:
    """A bar on stderr, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn(word), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(word, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
