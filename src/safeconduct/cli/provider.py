"""``safeconduct provider``: run the simulated provider until told to stop. ``upstreams.simulated`` says what it answers."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from safeconduct.upstreams.simulated import SimulatedProvider

app = typer.Typer(help="A simulated provider that speaks Anthropic Messages, OpenAI Chat Completions and OpenAI Responses.")

BANNER = """SIMULATED PROVIDER - no model answers here, every answer is made up and says so.
Listening on {url} (Anthropic: {url}, OpenAI: {url}/v1). Any API key will do.
What arrived: GET {url}/_simulated/requests. Stop with Ctrl-C."""


@app.callback(invoke_without_command=True)
def provider(
    listen: Annotated[str, typer.Option(help="HOST:PORT to listen on; port 0 picks a free one.")] = "127.0.0.1:0",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON with the address on stdout.")] = False,
) -> None:
    """Run the simulated provider in the foreground."""
    words = Console(stderr=True, highlight=False, soft_wrap=True)
    host, port = _address(listen)
    try:
        uvloop.run(_serve(host, port, as_json, words))
    except OSError as fault:
        words.print(f"Cannot listen on {listen}: {fault.strerror or fault}. Choose another --listen address.", markup=False)
        raise typer.Exit(1) from fault


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise typer.BadParameter(f"{listen!r} is not HOST:PORT; write it like 127.0.0.1:8081", param_hint="--listen")
    return host, int(port)


async def _serve(host: str, port: int, as_json: bool, words: Console) -> None:
    server, stop = SimulatedProvider(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    bound = await server.start(host, port)
    url = f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
    words.print(BANNER.format(url=url), markup=False)
    if as_json:
        typer.echo(json.dumps({"simulated": True, "url": url, "anthropic_base_url": url, "openai_base_url": f"{url}/v1"}))
    await stop.wait()
    await server.stop()
