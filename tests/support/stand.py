"""A whole installation for a test: a fresh home, keeper, workers and the simulated provider, as real processes on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Stand:
    """``url`` is the gateway's base URL without /v1; ``key`` belongs to ada, an employee with standard models."""

    home: Path
    url: str
    key: str
    process: subprocess.Popen[str]
    environ: dict[str, str]
    provider_url: str = ""
    stopped: bool = field(default=False)

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def cli(self, *words: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of ours in this home."""
        done = subprocess.run(
            [sys.executable, "-m", "safeconduct", *words],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if ok:
            assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done

    def issue(self, *words: str) -> str:
        """A new key, for example issue("--person", "bo"). Returns its text."""
        lines = self.cli("key", "issue", *words, "--org", "acme-research").stdout.split()
        return next(word for word in lines if word.startswith("sc-key-"))

    def metrics(self) -> dict[str, int]:
        """Counters of all workers; at most half a second old."""
        with _OPENER.open(f"{self.url}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return {name: int(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}

    def arrivals(self) -> int:
        """Calls that reached the gateway so far, after waiting for the counters to be copied."""
        time.sleep(0.7)
        return self.metrics()["safeconduct_arrivals_total"]

    def received(self) -> list[dict[str, Any]]:
        """What the simulated provider received (credentials redacted)."""
        with _OPENER.open(f"{self.provider_url}/_simulated/requests", timeout=5) as answer:
            found = json.loads(answer.read())
        return found["requests"] if isinstance(found, dict) else found

    def stop(self, seconds: float = 40.0) -> int:
        """End it as a person would, with SIGTERM; returns the exit code."""
        if not self.stopped:
            self.stopped = True
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def entries(self) -> list[dict[str, Any]]:
        """Every entry of the signed log, in order; stop the stand first."""
        lines = self.cli("audit", "show", "--tail", "100000", "--json").stdout.splitlines()
        return [json.loads(line) for line in lines if line.strip()]


@contextmanager
def start_stand(
    home: Path, *, workers: int = 1, environ: Mapping[str, str] | None = None, settings: str = "", arguments: tuple[str, ...] = ()
) -> Iterator[Stand]:
    """Start ``safeconduct up`` in ``home`` (made when absent) on a free port, and end it afterwards."""
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_AUTH_TOKEN"))}
    full = {**clean, "SAFECONDUCT_HOME": str(home), "SAFECONDUCT_LISTEN": "127.0.0.1:0", "NO_COLOR": "1", **(environ or {})}
    if settings:
        subprocess.run([sys.executable, "-m", "safeconduct", "init"], env=full, check=True, capture_output=True, timeout=60)
        with (home / "safeconduct.toml").open("a") as file:
            file.write("\n" + settings)
    words = home.with_name(f"{home.name}.stderr")
    with words.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "safeconduct", "up", "--workers", str(workers), "--new-key", *arguments],
            env=full,
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            text=True,
        )
    stand = Stand(home, "", "", process, full)
    try:
        _read_welcome(stand, words)
        effective = json.loads((home / "run" / "effective-settings.json").read_bytes())
        simulated = [each for each in effective["upstream"].values() if each["simulated"]]
        stand.provider_url = simulated[0]["url"].removesuffix("/v1") if simulated else ""
        yield stand
    finally:
        stand.stop()
        if process.stdout is not None:
            process.stdout.close()


def _read_welcome(stand: Stand, words: Path) -> None:
    assert stand.process.stdout is not None
    end = time.monotonic() + START_SECONDS
    for line in stand.process.stdout:
        name, _, value = line.strip().removeprefix("export ").partition("=")
        if name == "ANTHROPIC_BASE_URL":
            stand.url = value
        elif name == "OPENAI_API_KEY":
            stand.key = value
        if line.startswith("wire_api") or time.monotonic() > end:
            break
    assert stand.url, f"the stand did not start: {words.read_text()}"
    assert stand.key, "no key was printed"
