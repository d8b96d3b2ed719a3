"""The command line: which nouns there are. Each lives in a file of its own."""

from __future__ import annotations

import os
import resource as resource_limits
import sys
from importlib import metadata
from typing import Annotated

import typer

from safeconduct.cli import (
    agent,
    agreement,
    api,
    ask,
    audit,
    authority,
    backup,
    canary,
    case,
    decide,
    demo,
    export,
    fact,
    heads,
    held,
    history,
    hunt,
    instrument,
    key,
    measure,
    model,
    monitor,
    officer,
    org,
    pack,
    person,
    preview,
    project,
    provider,
    prune,
    readiness,
    reconcile,
    replay,
    report,
    request,
    resource,
    risk,
    signal,
    up,
    vault,
    watch,
    witness,
)

app = typer.Typer(
    name="safeconduct",
    help="Controlled access to frontier AI models that is provable and never blunt.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(metadata.version("safeconduct"))
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Controlled access to frontier AI models that is provable and never blunt."""


app.command("up", help=up.UP_HELP)(up.up)
app.command("init", help=up.INIT_HELP)(up.init)
app.command("serve", help=up.SERVE_HELP)(up.serve)
app.command("demo", help=demo.DEMO_HELP)(demo.demo)
app.add_typer(provider.app, name="provider")
app.add_typer(org.app, name="org")
app.add_typer(project.app, name="project")
app.add_typer(person.app, name="person")
app.add_typer(agent.app, name="agent")
app.add_typer(key.app, name="key")
app.add_typer(fact.app, name="fact")
app.add_typer(model.app, name="model")
app.add_typer(resource.app, name="resource")
app.add_typer(instrument.app, name="instrument")
app.add_typer(authority.app, name="authority")
app.add_typer(officer.app, name="officer")
app.add_typer(request.app, name="request")
app.add_typer(pack.app, name="pack")
app.add_typer(case.app, name="case")
app.add_typer(measure.app, name="measure")
app.add_typer(held.app, name="held")
app.add_typer(canary.app, name="canary")
app.add_typer(api.app, name="api")
app.add_typer(hunt.app, name="hunt")
app.add_typer(vault.app, name="vault")
agreement.add_steps(instrument.app)
instrument.app.command("preview")(preview.preview_command)
instrument.app.command("diff", help=history.DIFF_HELP)(history.diff)
app.add_typer(decide.app, name="decide")
app.add_typer(ask.app, name="ask")
app.command("readiness", help=readiness.READINESS_HELP)(readiness.ready)
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(watch.app, name="watch")
app.add_typer(risk.app, name="risk")
app.add_typer(signal.app, name="signal")
app.add_typer(witness.app, name="witness")
app.command("monitor", help=monitor.MONITOR_HELP)(monitor.monitor)
audit.app.command("replay", help=replay.REPLAY_HELP)(replay.replay_command)
audit.app.command("export", help=export.EXPORT_HELP)(export.export_command)
audit.app.command("report", help=report.REPORT_HELP)(report.report_command)
audit.app.command("prune", help=prune.PRUNE_HELP)(prune.prune_command)
audit.app.command("accept-head", help=heads.ACCEPT_HELP)(heads.accept_command)


def run() -> None:
    """The entry point of the ``safeconduct`` command."""
    _leave_no_core()
    _hold_standard_streams()
    try:
        app()
    finally:
        _let_go_of_stdout()


def _leave_no_core() -> None:
    """INVARIANT (P8, P11): a crash of this process, or of one it starts, writes no memory with content and keys to the disk."""
    resource_limits.setrlimit(resource_limits.RLIMIT_CORE, (0, resource_limits.getrlimit(resource_limits.RLIMIT_CORE)[1]))


def _hold_standard_streams() -> None:
    """Open what the caller closed of stdin, stdout and stderr: no socket or journal may get their numbers, and catch words."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # the processes we start need them as much
        if number == 1:
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the stream of this whole process
        elif number == 2:
            sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.close(number)


def _let_go_of_stdout() -> None:
    """Write out what is left. Where that fails it was told already, and the interpreter need not tell it again."""
    try:
        sys.stdout.flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
