"""The product under measurement: a home made, filled and started through its own command line, the mock as its provider.

Twice: the compiled wheel in an environment of its own, and the pure Python of the working tree. Nothing is switched off: the
ready program with its terms, a person's key, the decision, and the durable record before forwarding.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.launch import Launch, model_names
from bench.stage import Trouble

OURS, PURE = "safeconduct", "safeconduct-pure"
_ROOT = Path(__file__).resolve().parents[1]
_VENV = "venv-safeconduct"
_PERSON, _ORGANIZATION = "ada", "acme-research"  # of the ready program that `safeconduct init` makes


def prepare(name: str, work: Path, port: int, mock_port: int) -> Launch:
    """Install what `name` measures and say how to serve it. Raises Trouble: it cannot be compiled here, or a command fails."""
    if name == PURE:
        return _launch(name, Path(sys.executable).with_name("safeconduct"), work / name, port, mock_port)
    print("bench: building the compiled wheel unless it is there", file=sys.stderr, flush=True)
    script = [str(_ROOT / "scripts" / "compiled_venv.sh"), str(work / _VENV), "runtime"]
    done = subprocess.run(["sh", *script], capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise Trouble(f"the compiled wheel could not be made: {done.stderr.strip()[-600:]}")
    return _launch(name, work / _VENV / "bin" / "safeconduct", work / name, port, mock_port)


def _launch(name: str, program: Path, home: Path, port: int, mock_port: int) -> Launch:
    """Make a fresh home and say how to serve it on `port`. Raises Trouble when a command of ours fails."""
    shutil.rmtree(home, ignore_errors=True)
    env = {
        "SAFECONDUCT_HOME": str(home),
        "SAFECONDUCT_LISTEN": f"127.0.0.1:{port}",
        "SAFECONDUCT_OPENAI_URL": f"http://127.0.0.1:{mock_port}/v1",
        "SAFECONDUCT_ANTHROPIC_URL": f"http://127.0.0.1:{mock_port}",
        "OPENAI_API_KEY": "sk-bench-upstream",
        "ANTHROPIC_API_KEY": "sk-bench-upstream",
    }
    _run(program, ["init"], env)
    catalog = home / "bench-models.toml"
    catalog.write_text("".join(_entry(name) for name in model_names()))
    _run(program, ["model", "add", "--file", str(catalog)], env)
    key = _run(program, ["key", "issue", "--person", _PERSON, "--org", _ORGANIZATION, "--label", "bench"], env)
    headers = (f"authorization: Bearer {key}",)
    return Launch(name, (str(program), "serve", "--workers", "1"), port, headers=headers, env=env)


def _entry(name: str) -> str:
    upstream = "anthropic" if name.startswith("claude") else "openai"
    return f'[[model]]\nid = "{name}"\nupstream = "{upstream}"\ntier = "standard"\n\n'


def _run(program: Path, words: list[str], env: dict[str, str]) -> str:
    command = [str(program), *words]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise Trouble(f"safeconduct {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout.strip()
