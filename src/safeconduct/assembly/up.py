"""Which processes make up a running installation, and what is a person told when they run?"""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.error import URLError
from urllib.parse import urlsplit

import msgspec

from safeconduct.assembly import canaries, safeguards
from safeconduct.assembly.feeder_process import STATUS_FILE as WITNESS_FILE
from safeconduct.assembly.home import Home
from safeconduct.assembly.log import STATUS_FILE
from safeconduct.assembly.process import UNFIT
from safeconduct.assembly.vault import HomeVault
from safeconduct.registry.keys import looks_like_key
from safeconduct.settings.load import Settings, UpstreamSettings, default_upstreams, listen_address
from safeconduct.storage.files.buckets import FILE as BUCKETS
from safeconduct.storage.files.locks import Held
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.upstreams.provider import read_credential
from safeconduct.workers.stopping import Stop
from safeconduct.workers.supervisor import Child, Supervisor

READY_SECONDS = 60.0
HELPERS_SECONDS = 3.0  # to end in, for those who have nothing to finish


@dataclass(frozen=True, slots=True)
class Running:
    """What was started: the supervisor, the base URL, and the upstreams as they are used."""

    supervisor: Supervisor
    url: str
    upstreams: Mapping[str, UpstreamSettings]
    lock: Held

    @property
    def simulated(self) -> bool:
        return any(upstream.simulated for upstream in self.upstreams.values())


def chosen_upstreams(settings: Settings, environ: Mapping[str, str], simulated_url: str) -> dict[str, UpstreamSettings]:
    """The providers to use: those configured; else each vendor whose key is in the environment; else the simulated one.

    An empty ``simulated_url`` means that none is to be simulated.
    """
    chosen: dict[str, UpstreamSettings] = dict(settings.upstream)
    for name, upstream in default_upstreams().items():
        if name in chosen:
            continue
        if _provider_key(upstream, environ):
            chosen[name] = upstream
        elif simulated_url:
            url = simulated_url if name == "anthropic" else f"{simulated_url}/v1"
            chosen[name] = msgspec.structs.replace(upstream, url=url, credential="", simulated=True)
    return chosen


def misplaced_keys(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Variables that should hold a provider's key and hold one of ours: the lines for clients were pasted into this shell."""
    variables = [
        upstream.credential.removeprefix("env:")
        for name, upstream in default_upstreams().items()
        if name not in settings.upstream
    ]
    return [variable for variable in variables if looks_like_key(environ.get(variable, "").strip())]


def missing_key(upstream: UpstreamSettings, environ: Mapping[str, str]) -> str:
    """The variable that should hold this provider's key and is not set; empty when nothing is missing."""
    kind, _, variable = upstream.credential.partition(":")
    return variable if kind == "env" and not environ.get(variable, "").strip() else ""


def start(
    home: Home,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    workers: int,
    tell: Callable[[str], None],
    simulate: bool,
    before: Callable[[], None] = lambda: None,
    stopping: Stop | None = None,
) -> Running:
    """Start keeper, workers and, where no provider is named, the simulated one.

    ``before`` is called once nothing we can see stands in the way, before the first process; setting ``stopping`` ends the run.
    Raises Refused when a port is taken, another gateway runs in this home, or a credential cannot be read.
    """
    lock = Held(home.run / "up.lock", "a gateway of this home")  # two would overwrite each other's files under run
    try:
        return _started(home, settings, environ, workers, tell, before, stopping or Stop(), simulate=simulate, lock=lock)
    except BaseException:
        lock.release()
        raise


def _started(
    home: Home,
    settings: Settings,
    environ: Mapping[str, str],
    workers: int,
    tell: Callable[[str], None],
    before: Callable[[], None],
    stopping: Stop,
    *,
    simulate: bool,
    lock: Held,
) -> Running:
    host, port = listen_address(settings.gateway.listen)
    port = port or _free_port(host)
    _refuse_taken(host, port)
    simulated_port = _free_port("127.0.0.1")
    upstreams = chosen_upstreams(settings, environ, f"http://127.0.0.1:{simulated_port}" if simulate else "")
    for name, upstream in upstreams.items():
        read_credential(name, upstream.credential, environ)  # said here once, not by every worker
    HomeVault(home, settings, environ).prepare()  # workers get its public half only
    ChangeStore.open(home.registry).close()  # brings the file to this version's format: workers only read
    canaries.want_taken_over(home)
    before()
    shown = f"[{host}]" if ":" in host else host
    gateway = msgspec.structs.replace(settings.gateway, listen=f"{shown}:{port}", workers=workers)
    effective = msgspec.structs.replace(settings, gateway=gateway, upstream=upstreams)
    path = home.run / "effective-settings.json"
    path.write_bytes(msgspec.json.encode(effective))
    _forget_last_run(home)
    python = [sys.executable, "-I", "-m"] if sys.flags.isolated else [sys.executable, "-m"]
    keyless = _without_keys(environ, settings)
    children = [Child("keeper", [*python, "safeconduct.assembly.keeper_process", str(home.path)], keyless)]
    if any(upstream.simulated for upstream in upstreams.values()):
        listen = f"127.0.0.1:{simulated_port}"
        argv = [*python, "safeconduct", "provider", "--listen", listen]
        children.insert(0, Child("provider", argv, keyless, home.run / "provider.log"))
    if settings.log.witness:
        children.append(Child("feeder", [*python, "safeconduct.assembly.feeder_process", str(home.path)], keyless))
    if settings.reconcile.at:
        children.append(Child("reconciler", [*python, "safeconduct.assembly.reconcile_process", str(home.path)], keyless))
    if settings.watch.on:
        children.append(Child("watcher", [*python, "safeconduct.assembly.watch_process", str(home.path)], keyless))
    guards = safeguards.enabled(settings)
    deadlines = {each.name: str(each.deadline_ms) for each in guards.processes}
    for process, sockets in safeguards.places(home, settings, guards.processes).items():
        for place in range(len(sockets)):
            argv = [*python, "safeconduct.assembly.scorer_process", str(home.path), process, str(place), deadlines[process]]
            children.append(Child(f"scorer-{process}-{place}", argv, keyless))
    for slot in range(workers):
        argv = [*python, "safeconduct.assembly.gateway_process", str(home.path), str(slot), str(path)]
        children.append(Child(f"worker-{slot}", argv, environ))
    supervisor = Supervisor(children, tell, stopping)
    supervisor.start()
    return Running(supervisor, f"http://{shown}:{port}", upstreams, lock)


def _forget_last_run(home: Home) -> None:
    """Remove what processes of an earlier start said about themselves: it would count as said by these."""
    for pattern in ("worker-*.pid", "meters-*.bin", BUCKETS, STATUS_FILE, WITNESS_FILE):
        for stale in home.run.glob(pattern):
            stale.unlink()


def wait_ready(running: Running, home: Home, workers: int) -> None:
    """Wait until every worker listens and the gateway says it is ready, or it is told to stop. Raises Refused after a minute."""
    end = time.monotonic() + READY_SECONDS
    why = "no worker listens"
    while time.monotonic() < end and not running.supervisor.stopping.is_set():
        running.supervisor.look()
        if unfit := [child.name for child in running.supervisor.children if child.last == UNFIT]:
            raise Refused(
                Fault("cannot_start", f"{unfit[0]} cannot start", str(home.path), "mend what it said above, then start again")
            )
        if len(list(home.run.glob("worker-*.pid"))) >= workers:
            ready, why = _ready(running.url)
            if ready and _listening(running):
                return
        time.sleep(0.05)
    if running.supervisor.stopping.is_set():
        return
    raise Refused(Fault("not_ready", f"the gateway did not become ready: {why}", running.url, "see the messages above"))


def stop(running: Running, drain_seconds: float) -> bool:
    """End everything in order: workers (they drain) and reconciler, watcher, keeper (it signs), feeder, provider."""
    names = [child.name for child in running.supervisor.children]
    workers = [name for name in names if name.startswith("worker-")]
    scorers = [name for name in names if name.startswith("scorer-")]
    try:
        order = [[*workers, "reconciler"], ["watcher"], ["keeper"], ["feeder"]]
        clean = running.supervisor.stop(order, drain_seconds + 5.0)
        return running.supervisor.stop([["provider", *scorers]], HELPERS_SECONDS) and clean  # nobody asks them any more
    finally:
        running.lock.release()


def _provider_key(upstream: UpstreamSettings, environ: Mapping[str, str]) -> bool:
    """Whether the environment holds a key for this provider. One of ours is none, and is never sent to a provider (P11)."""
    key = environ.get(upstream.credential.removeprefix("env:"), "").strip()
    return bool(key) and not looks_like_key(key)


def _ready(url: str) -> tuple[bool, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/readyz", timeout=2) as answer:
            return answer.status == 200, ""
    except URLError as fault:
        body = fault.read() if hasattr(fault, "read") else b""
        try:
            return False, "; ".join(json.loads(body)["faults"])
        except (ValueError, KeyError):
            return False, str(fault.reason)
    except OSError as fault:
        return False, str(fault)


def _listening(running: Running) -> bool:
    """Whether the simulated provider, where one is used, takes connections."""
    for upstream in running.upstreams.values():
        if upstream.simulated:
            parts = urlsplit(upstream.url)
            try:
                socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1).close()
            except OSError:
                return False
    return True


def _refuse_taken(host: str, port: int) -> None:
    """Say so now when somebody else listens there; with SO_REUSEPORT the kernel would let both in and mix their callers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Refused(
                Fault(
                    "port_taken", f"cannot listen there: {fault.strerror}", f"{host}:{port}", "set SAFECONDUCT_LISTEN=host:port"
                )
            ) from fault


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _without_keys(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """INVARIANT (P11): provider keys live in the sender only; keeper and simulated provider start without them."""
    named = {upstream.credential.removeprefix("env:") for upstream in settings.upstream.values()}
    return {
        name: value for name, value in environ.items() if name not in named and not name.endswith(("_API_KEY", "_AUTH_TOKEN"))
    }
