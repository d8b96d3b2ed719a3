"""``safeconduct api``: the officers' API, for programs."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from safeconduct.assembly.api import serve
from safeconduct.cli import output
from safeconduct.settings.load import listen_address

app = typer.Typer(
    help="The officers' API: cases and requests over HTTP, for programs. Each call brings an officer key.", no_args_is_help=True
)


@app.command("serve")
def run(
    listen: Annotated[str, typer.Option(help="HOST:PORT to listen on; port 0 picks a free one.")] = "127.0.0.1:8464",
    host: Annotated[
        list[str] | None, typer.Option(help="HOST[:PORT] that it is called by, behind a proxy; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON with the address on stdout.")] = False,
) -> None:
    """Answer officers' programs until told to stop. Speaks HTTP; put it behind TLS where a network lies between."""
    with output.door():
        try:
            name, port = listen_address(listen)
        except ValueError as wrong:
            raise typer.BadParameter(str(wrong), param_hint="--listen") from wrong

        def tell(url: str) -> None:
            output.say(f"the officers' API answers at {url}; it describes itself at {url}/openapi.json; stop it with Ctrl-C")
            if as_json:
                typer.echo(f'{{"url": "{url}"}}')

        serve(os.environ, name, port, host or (), tell)


@app.callback()
def main() -> None:
    """The officers' API."""
