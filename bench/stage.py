"""Starts and ends what the bench runs, pins it to a core, and drives it. Leaves the choice of what to run to `run`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import meter
from bench.launch import PATHS, Launch

_STOP_WITHIN = 10.0  # seconds a target has to end by itself before it is killed


class Trouble(Exception):
    """Something needed for a measurement did not work; the sentence says what to look at."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Cores:
    """Gateway on one core, mock and driver on the other, so that neither steals from the other unseen."""

    gateway: str
    others: str

    @classmethod
    def choose(cls) -> Cores:
        cores = sorted(os.sched_getaffinity(0))
        return cls(gateway=str(cores[0]), others=str(cores[-1]))


def _start(command: tuple[str, ...], core: str, log: Path, env: dict[str, str], cwd: Path | None) -> subprocess.Popen[bytes]:
    prefix: tuple[str, ...] = ()
    if shutil.which("setpriv"):
        prefix += ("setpriv", "--pdeathsig", "TERM")  # nothing outlives a bench that is killed
    if shutil.which("taskset"):
        prefix += ("taskset", "-c", core)
    with log.open("ab") as sink:
        return subprocess.Popen(
            (*prefix, *command),
            env={**os.environ, **env},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    pids = meter.tree(process.pid)
    process.terminate()
    try:
        process.wait(_STOP_WITHIN)
    except subprocess.TimeoutExpired:
        pass
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(_STOP_WITHIN)


def _await_port(port: int, process: subprocess.Popen[bytes], within: float, log: Path) -> None:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Trouble(f"it ended with status {process.returncode} before it listened; see {log}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise Trouble(f"nothing listened on port {port} after {within:.0f} s; see {log}")


class Mock:
    """The C provider, running."""

    def __init__(self, port: int) -> None:
        self.port = port

    def arrivals(self) -> int:
        """How many POSTs have reached it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/mock/count", timeout=10) as answer:
            return int(json.load(answer)["arrivals"])


@contextlib.contextmanager
def mock(binary: Path, cores: Cores, log: Path) -> Iterator[Mock]:
    port = free_port()
    process = _start((str(binary), str(port)), cores.others, log, {}, None)
    try:
        _await_port(port, process, 10, log)
        yield Mock(port)
    finally:
        _stop(process)


class Stage:
    """One target, running: drive it and read what it paid."""

    def __init__(self, launch: Launch, pid: int, work: Path, cores: Cores) -> None:
        self.launch = launch
        self.pid = pid
        self._work = work
        self._cores = cores

    def drive(self, dialect: str, body: str = "", **options: float) -> dict[str, float]:
        """Run the driver; `options` are its one-letter flags. Returns its figures and `cpu_us`, what the target paid."""
        command = [str(self._work / "drive"), "-p", str(self.launch.port), "-u", PATHS[dialect]]
        command += ["-b", str(self._work / "bodies" / f"{dialect}{body}.json")]
        if shutil.which("taskset"):
            command = ["taskset", "-c", self._cores.others, *command]
        for line in self.launch.headers:
            command += ["-H", line]
        for flag, value in options.items():
            command += [f"-{flag}", f"{value:g}" if isinstance(value, float) else str(value)]
        before = meter.cpu_ns(self.pid) if self.pid else 0
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        spent = (meter.cpu_ns(self.pid) if self.pid else 0) - before
        if done.returncode:
            raise Trouble(f"the driver failed: {done.stderr.strip()}")
        figures: dict[str, float] = json.loads(done.stdout)
        figures["cpu_us"] = spent / 1_000
        return figures

    def memory(self) -> meter.Memory:
        return meter.memory(self.pid) if self.pid else meter.Memory(0, 0)

    def threads_us(self) -> dict[str, float]:
        return {name: spent / 1_000 for name, spent in meter.threads_ns(self.pid).items()}

    def await_answer(self, dialect: str, tries: int = 40) -> None:
        """Until one call is answered. A port may be open long before the program behind it is ready."""
        figures: dict[str, float] = {}
        for _ in range(tries):
            figures = self.drive(dialect, c=1, n=1, g=10.0, t=5.0)
            if figures["ok"]:
                return
            time.sleep(0.5)
        raise Trouble(f"no {dialect} call was answered: {figures}; see {self._work / 'logs' / (self.launch.name + '.log')}")


@contextlib.contextmanager
def staged(launch: Launch, work: Path, cores: Cores) -> Iterator[Stage]:
    if not launch.command:
        yield Stage(launch, 0, work, cores)
        return
    log = work / "logs" / f"{launch.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    process = _start(launch.command, cores.gateway, log, dict(launch.env), launch.cwd)
    try:
        _await_port(launch.port, process, launch.ready_within, log)
        yield Stage(launch, process.pid, work, cores)
    finally:
        _stop(process)
