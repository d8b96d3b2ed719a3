"""``safeconduct witness``: cosign checkpoints of logs that others keep. An overseer runs it, on a machine of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from safeconduct.assembly.witness_folder import WitnessFolder, serve
from safeconduct.audit.note import Verifier
from safeconduct.cli import output
from safeconduct.cli.output import AsJson
from safeconduct.settings.load import listen_address
from safeconduct.storage.files.disk import read_bounded
from safeconduct.terms import moments
from safeconduct.terms.faults import Fault, Refused

app = typer.Typer(
    help="A witness: cosigns what a log signs, and never a log that was rewritten (C2SP tlog-witness).", no_args_is_help=True
)

MAX_VKEY_BYTES = 4096
Folder = Annotated[Path, typer.Option("--dir", help="Folder of this witness: its keys, and what it cosigned last of each log.")]


@app.command("init")
def init(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Name of this witness, like a URL without scheme: witness.example/w1.")],
    as_json: AsJson = False,
) -> None:
    """Make the folder and both keys of a witness, and print the public ones: they go to logs and into trust policies."""
    with output.door():
        witness = WitnessFolder(folder)
        witness.create(name)
        keys = [str(signer.verifier) for signer in witness.signers()]
        if as_json:
            output.show_json({"name": name, "ed25519": keys[0], "mldsa44": keys[1]})
        else:
            output.say(f"the witness {name} lives in {folder}; one of these two keys goes to those who shall believe it")
            for key in keys:
                output.data(key)


@app.command("trust")
def trust(
    folder: Folder,
    vkey: Annotated[str, typer.Option("--vkey", help="The log's public key, name+hash+key, or a file that holds it.")],
    as_json: AsJson = False,
) -> None:
    """Cosign for this log from now on. The name in the key is the log's origin; a log may have several keys."""
    with output.door():
        witness = WitnessFolder(folder)
        witness.signers()
        try:
            text = vkey if "+" in vkey else read_bounded(Path(vkey), MAX_VKEY_BYTES).decode("ascii", "replace")
            fresh = witness.trust(text)
            name = Verifier.parse(text).name
        except ValueError as wrong:
            fault = Fault("vkey_invalid", str(wrong), "--vkey", "give name+hash+key as the log publishes it")
            raise Refused(fault) from wrong
        if as_json:
            output.show_json({"origin": name, "fresh": fresh})
        output.say(f"{name} is known from now on" if fresh else f"{name} was known by this key already")


@app.command("status")
def status(folder: Folder, as_json: AsJson = False) -> None:
    """Show the logs that are known, and what was cosigned last of each."""
    with output.door():
        witness = WitnessFolder(folder)
        witness.signers()
        store = witness.store()
        try:
            rows = [
                {
                    "origin": seen.origin,
                    "size": seen.checkpoint.size if seen.checkpoint else None,
                    "root": seen.checkpoint.root.hex() if seen.checkpoint else None,
                    "at": moments.show(seen.at * moments.SECOND) if seen.checkpoint else None,
                    "keys": len(seen.vkeys),
                }
                for seen in store.logs()
            ]
        finally:
            store.close()
        output.show_rows(("origin", "size", "root", "at", "keys"), rows, as_json=as_json)


@app.command("serve")
def run(
    folder: Folder,
    listen: Annotated[str, typer.Option(help="HOST:PORT to listen on; port 0 picks a free one.")] = "127.0.0.1:8463",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON with the address on stdout.")] = False,
) -> None:
    """Answer logs until told to stop. Speaks HTTP; put it behind TLS where a network lies between."""
    with output.door():
        try:
            host, port = listen_address(listen)
        except ValueError as wrong:
            raise typer.BadParameter(str(wrong), param_hint="--listen") from wrong
        names = {signer.verifier.name for signer in WitnessFolder(folder).signers()}

        def tell(url: str) -> None:
            output.say(f"the witness {', '.join(names)} answers at {url}/add-checkpoint; stop it with Ctrl-C")
            if as_json:
                typer.echo(f'{{"url": "{url}"}}')

        serve(WitnessFolder(folder), host, port, tell)
