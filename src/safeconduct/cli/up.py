"""``up``, ``init`` and ``serve``: from nothing to a running gateway, and what to paste into a client."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from types import FrameType
from typing import Annotated

import typer

from safeconduct.assembly import home as homes
from safeconduct.assembly import up as assembly
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.assembly.process import clock
from safeconduct.assembly.seed import ORGANIZATION, sow
from safeconduct.cli import output
from safeconduct.settings.load import LogSettings
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.workers.stopping import Stop

FIRST_PERSON = "ada"
FIRST_MODEL = "claude-opus-4-8"  # Claude Code's own default is newer than the ready program's catalog
Workers = Annotated[int, typer.Option("--workers", "-w", min=0, max=128, help="Worker processes; 0 takes the settings' number.")]


def init(bare: Annotated[bool, typer.Option("--bare", help="No ready program: an empty registry.")] = False) -> None:
    """Make a home."""
    with output.door():
        home = homes.find()
        if home.exists:
            raise Refused(
                Fault("home_exists", "there is a home already; it was left as it is", str(home.path), "use it, or name another")
            )
        _create(home, bare=bare)
        output.say(f"Home made at {home.path}.")


def up(
    workers: Workers = 0,
    new_key: Annotated[bool, typer.Option("--new-key", help="Issue one more key for the ready program and show it.")] = False,
) -> None:
    """Start everything, in the foreground, until Ctrl-C."""
    with output.door():
        home = homes.find()
        fresh = not home.exists
        if fresh:
            output.say(f"First start: making a home at {home.path} ...")
            _create(home, bare=False)
        _run(home, workers, simulate=True, new_key=new_key)


def serve(workers: Workers = 0) -> None:
    """Start the gateway of an existing home, in the foreground, until SIGTERM or Ctrl-C."""
    with output.door():
        _run(homes.existing(), workers, simulate=False)


def _create(home: Home, *, bare: bool) -> None:
    """Make the whole home aside and give it its name at the end: a start that fails leaves nothing behind."""
    if home.path.exists() and any(home.path.iterdir()):
        raise Refused(
            Fault("home_unfit", "the folder holds something that is no home", str(home.path), "name an empty or new folder")
        )
    aside = Home(home.path.with_name(f".{home.path.name}.new-{os.getpid()}"))
    try:
        homes.create(aside)
        log = LogSettings()
        text = f'# docs/settings.md explains every key.\n\n[log]\norigin = "{log.origin}"\nnode = "{log.node}"\n'
        aside.settings_file.write_text(text, "utf-8")
        ChangeStore.open(aside.registry).close()
        if not bare:
            with open_desk({**os.environ, "SAFECONDUCT_HOME": str(aside.path)}) as desk:
                sow(desk, clock())
        aside.path.replace(home.path)
    except BaseException:
        shutil.rmtree(aside.path, ignore_errors=True)
        raise


def _first_key(*, again: bool) -> str:
    """A key for the ready program when nobody has one yet, or when asked for again; otherwise empty."""
    with open_desk() as desk:
        if not again and (desk.registry.keys or FIRST_PERSON not in desk.registry.people):
            return ""
        issued = desk.issue_key(holder_kind="person", holder=FIRST_PERSON, organization=ORGANIZATION, label="first key")
        return issued.text


def _run(home: Home, workers: int, *, simulate: bool, new_key: bool = False) -> None:
    environ: Mapping[str, str] = dict(os.environ)
    settings = home.settings(environ)
    count = workers or settings.gateway.workers
    key = ""
    stopping = Stop()

    def asked(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    def issue() -> None:  # only now: a start that is refused has issued nothing that nobody saw
        nonlocal key
        key = _first_key(again=new_key) if simulate else ""

    for variable in assembly.misplaced_keys(settings, environ):
        output.say(
            f"{variable} holds a key of Safeconduct, not one of a provider: it is not used. Clients need it, not this shell."
        )
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # before the first process, so that none is left behind
        signal.signal(number, asked)
    running = assembly.start(
        home, settings, environ, workers=count, tell=output.say, simulate=simulate, before=issue, stopping=stopping
    )
    try:
        assembly.wait_ready(running, home, count)
        if not stopping.is_set():
            _welcome(running, home, key, environ)
        running.supervisor.run()
        output.say("Stopping: calls in flight are finished, then the log is signed a last time ...")
    finally:
        assembly.stop(running, settings.gateway.drain_seconds)


def _welcome(running: assembly.Running, home: Home, key: str, environ: Mapping[str, str]) -> None:
    output.say(f"Safeconduct answers at {running.url}. State: {home.path}. Stop with Ctrl-C.")
    for name, upstream in sorted(running.upstreams.items()):
        kind = "SIMULATED provider: no model answers, every answer is made up" if upstream.simulated else upstream.url
        missing = assembly.missing_key(upstream, environ)
        output.say(f"  {name}: {kind}" + (f" (called without a key: {missing} is not set)" if missing else ""))
    if not running.upstreams:
        output.say("  No provider is configured: set ANTHROPIC_API_KEY or OPENAI_API_KEY, or name one in the settings.")
    if key:
        output.say(f"A key for {FIRST_PERSON} of {ORGANIZATION}, shown this once. Paste into your shell:", "")
    else:
        output.say(
            "Paste into your shell (your key was shown when it was issued; a new one: safeconduct key issue --person ID):", ""
        )
    shown = key or "'<your key>'"  # quoted: pasted as it is, it is a wrong key and no fault of the shell
    output.data(f"export ANTHROPIC_BASE_URL={running.url}")
    output.data(f"export ANTHROPIC_AUTH_TOKEN={shown}")
    output.data(f"export OPENAI_BASE_URL={running.url}/v1")
    output.data(f"export OPENAI_API_KEY={shown}")
    output.data(f"export ANTHROPIC_MODEL={FIRST_MODEL}")
    output.say("", "For Codex, in ~/.codex/config.toml:", "")
    output.data(
        'model = "gpt-5.6"\n'
        'model_provider = "safeconduct"\n\n'
        "[model_providers.safeconduct]\n"
        'name = "Safeconduct"\n'
        f'base_url = "{running.url}/v1"\n'
        'env_key = "OPENAI_API_KEY"\n'
        'wire_api = "responses"'
    )
    output.say("", f"Verify the log at any time: safeconduct audit verify --log {home.log}")
