"""The real clients, headless: how they are installed, and how each is run against one address with a fresh home.

Versions are pinned in ``tests/clients``. Nothing reaches outside: proxies point at a dead port, loopback is direct.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.node import node, npm

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "tests" / "clients"
INSTALLED = Path(os.environ.get("SAFECONDUCT_CLIENTS", ROOT / ".cache" / "clients"))
DEAD = "http://127.0.0.1:9"  # discard port, nobody listens: a call to the outside fails at once
INSTALL_LIMIT = 600.0


@dataclass(frozen=True)
class Run:
    """What a client did: exit code, both outputs, wall time in seconds, and the monotonic moment of its end."""

    code: int
    out: str
    err: str
    seconds: float
    ended: float

    @property
    def said(self) -> str:
        """Everything the user saw."""
        return f"{self.out}\n{self.err}"

    def json(self) -> Any:
        return json.loads(self.out)


def installed() -> Path:
    """The folder with the clients' ``node_modules``, installing the pinned versions first when they are not there.

    Safe to call from several processes: the first installs, the others wait. Raises RuntimeError when npm cannot.
    """
    INSTALLED.mkdir(parents=True, exist_ok=True)
    lock = (PINS / "package-lock.json").read_bytes()
    stamp, pinned = INSTALLED / "installed", hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == pinned:
        return INSTALLED
    with (INSTALLED / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == pinned:
            return INSTALLED
        shutil.copy(PINS / "package.json", INSTALLED)
        shutil.copy(PINS / "package-lock.json", INSTALLED)
        command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=INSTALL_LIMIT, check=False)
        if done.returncode:
            raise RuntimeError(
                f"npm could not install the test clients; run pytest -m 'not clients' without them:\n{done.stderr}"
            )
        stamp.write_text(pinned)
    return INSTALLED


def claude_binary() -> Path:
    """The native Claude Code binary for this machine."""
    return _one("@anthropic-ai/claude-code-*/claude")


def codex_binary() -> Path:
    """The native Codex binary for this machine."""
    return _one("@openai/codex-*/vendor/*/bin/codex")


def _one(pattern: str) -> Path:
    found = sorted((installed() / "node_modules").glob(pattern))
    if not found:
        raise RuntimeError(f"no client binary for this platform: {pattern}")
    return found[0]


def environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """A bare environment: nothing of the developer's own settings, no way out but loopback."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), DEAD)
    direct = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        **proxies,
        **direct,
        **extra,
    }


def run(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, stdin: str = "", limit: float = 60.0) -> Run:
    """Run one client to its end. Raises subprocess.TimeoutExpired when it does not come to one."""
    begun = time.monotonic()
    done = subprocess.run(
        list(command), env=dict(env), cwd=cwd, input=stdin, capture_output=True, text=True, timeout=limit, check=False
    )
    ended = time.monotonic()
    return Run(done.returncode, done.stdout, done.stderr, ended - begun, ended)


def run_claude(
    base_url: str,
    token: str,
    prompt: str,
    *,
    model: str = "claude-opus-4-8",
    tools: Sequence[str] = ("Bash",),
    output: str = "json",
    env: Mapping[str, str] | None = None,
    place: Path | None = None,
    more: Sequence[str] = (),
    limit: float = 60.0,
) -> Run:
    """``claude -p`` with the prompt on stdin. ``base_url`` is without ``/v1``; ``output`` is text, json or stream-json.

    In ``place`` sessions stay, so that ``more`` can go on with one (``--continue``).
    """
    with _place(place, "claude-") as (home, work):
        settings = {
            "ANTHROPIC_BASE_URL": base_url,
            "ANTHROPIC_AUTH_TOKEN": token,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            **(env or {}),
        }
        command = [str(claude_binary()), "-p", "--model", model, "--output-format", output]
        command += ["--verbose"] if output == "stream-json" else []
        command += ["--allowedTools", ",".join(tools)] if tools else []
        command += more
        return run(command, env=environment(home, settings), cwd=work, stdin=prompt, limit=limit)


CODEX_PROVIDER = """model = "{model}"
model_provider = "safeconduct"

[model_providers.safeconduct]
name = "Safeconduct"
base_url = "{base_url}"
env_key = "SAFECONDUCT_KEY"
wire_api = "responses"
{more}"""


def run_codex(
    base_url: str,
    key: str,
    prompt: str,
    *,
    model: str = "gpt-5.6",
    provider: str = "",
    images: Sequence[Path] = (),
    place: Path | None = None,
    resume: bool = False,
    limit: float = 60.0,
) -> Run:
    """``codex exec`` with the prompt on stdin. ``base_url`` ends in ``/v1``; ``provider`` adds lines to the provider's block.

    In ``place`` sessions stay, so that the last one can be gone on with (``resume``).
    """
    with _place(place, "codex-") as (home, work):
        (home / ".codex").mkdir(exist_ok=True)
        (home / ".codex" / "config.toml").write_text(CODEX_PROVIDER.format(model=model, base_url=base_url, more=provider))
        command = [str(codex_binary()), "exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--json"]
        for image in images:
            command += ["--image", str(image)]
        env = environment(home, {"SAFECONDUCT_KEY": key})
        command += ["resume", "--last"] if resume else []
        return run([*command, "-"], env=env, cwd=work, stdin=prompt, limit=limit)


def run_script(name: str, task: Mapping[str, Any], limit: float = 60.0) -> Run:
    """One of the TypeScript SDK scripts in ``tests/clients``; the task goes in as JSON, the answer comes out as JSON."""
    with tempfile.TemporaryDirectory(prefix="node-") as folder:
        home, _ = _homes(folder)
        env = environment(home, {"SDK_HOME": str(installed())})
        return run([*node(), str(PINS / name)], env=env, cwd=installed(), stdin=json.dumps(task), limit=limit)


@contextmanager
def _place(kept: Path | None, prefix: str) -> Iterator[tuple[Path, Path]]:
    """Home and working folder of one run: fresh ones, or those in ``kept``, which stay."""
    if kept is not None:
        kept.mkdir(exist_ok=True)
        yield (kept / "home", kept / "work") if (kept / "home").exists() else _homes(str(kept))
        return
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        yield _homes(name)


def _homes(name: str) -> tuple[Path, Path]:
    home, work = Path(name) / "home", Path(name) / "work"
    home.mkdir()
    work.mkdir()
    return home, work


if __name__ == "__main__":
    sys.stderr.write(f"clients: {installed()}\n")
