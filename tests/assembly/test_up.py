"""A whole installation as processes: what falls starts again, what ends ends in order, and two never share a home or a port."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from safeconduct.assembly import up
from safeconduct.assembly.home import Home
from safeconduct.assembly.up import chosen_upstreams, misplaced_keys, missing_key
from safeconduct.registry.keys import mint
from safeconduct.settings.load import Settings, UpstreamSettings
from support.faults_home import keep
from support.raw_client import RawClient, messages, request
from support.stand import Stand, start_stand

WAIT = 20.0
DRAIN = "[gateway]\ndrain_seconds = 1.0\n"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    home = tmp_path_factory.mktemp("up") / "home"
    with start_stand(home, workers=2) as running:
        yield running
        assert running.stop() == 0
    keep(Home(home))  # the log holds, whatever was killed


CANARY_STRING = "acme-canary-20260601"


def until(holds: Callable[[], object]) -> None:
    """Wait until something has come about, within a bound."""
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


def pid_of(stand: Stand, slot: int) -> int:
    return int((stand.home / "run" / f"worker-{slot}.pid").read_text())


def ask(port: int, data: bytes) -> tuple[int, bytes]:
    async def once() -> tuple[int, bytes]:
        client = await RawClient.connect(port)
        try:
            got = await client.exchange(data)
        finally:
            client.reset()
        return got.status, got.body

    return asyncio.run(once())


def served(stand: Stand, key: str = "") -> bool:
    try:
        return ask(stand.port, request(body=messages(), key=key or stand.key))[0] == 200
    except OSError:
        return False


def children(stand: Stand) -> list[int]:
    return [int(word) for word in Path(f"/proc/{stand.process.pid}/task/{stand.process.pid}/children").read_text().split()]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_both_workers_take_connections(stand: Stand) -> None:
    for _ in range(40):
        status, said = ask(stand.port, request(body=messages(), key=stand.key))
        assert status == 200, said

    def both() -> bool:
        files = [(stand.home / "run" / f"meters-{slot}.bin").read_bytes() for slot in (0, 1)]
        return all(int.from_bytes(data[:8], "little") > 0 for data in files)

    until(both)


def test_a_killed_worker_and_a_killed_keeper_start_again(stand: Stand) -> None:
    before = pid_of(stand, 0)
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(stand, 0) != before)
    until(lambda: served(stand))
    keeper = next(pid for pid in children(stand) if "keeper_process" in command(pid))
    os.kill(keeper, signal.SIGKILL)
    until(lambda: any("keeper_process" in command(pid) and pid != keeper for pid in children(stand)))
    assert served(stand), "calls go on without the keeper"
    until(lambda: ask(stand.port, request("/readyz", method="GET"))[0] == 200)


def test_p5_a_list_of_canaries_counts_in_every_worker_without_a_start(stand: Stand, tmp_path: Path) -> None:
    file = tmp_path / "seeds.txt"
    file.write_text(CANARY_STRING)
    stand.cli("org", "add", "watching", "--name", "Watching")
    stand.cli("canary", "add", str(file), "--org", "watching", "--name", "seeds")
    said = request(body=messages(f"see {CANARY_STRING} here"), key=stand.key)

    def refused_by_both() -> bool:
        return all(b"safeguard_canaries" in each for each in (ask(stand.port, said)[1] for _ in range(8)))

    until(refused_by_both)
    assert served(stand), "what holds no canary passes"


def test_a_second_gateway_of_the_same_home_is_refused(stand: Stand) -> None:
    done = stand.cli("up", ok=False)
    assert done.returncode == 1
    assert "running already" in done.stderr
    assert served(stand), "the first one lives on"
    assert (stand.home / "run" / "worker-0.pid").exists()


def test_a_taken_port_is_refused_with_its_place_and_a_way_out(stand: Stand, tmp_path: Path) -> None:
    other = Stand(tmp_path / "other", "", "", stand.process, {**stand.environ, "SAFECONDUCT_HOME": str(tmp_path / "other")})
    other.environ["SAFECONDUCT_LISTEN"] = f"127.0.0.1:{stand.port}"
    done = other.cli("up", ok=False)
    assert done.returncode == 1
    assert f"127.0.0.1:{stand.port}" in done.stderr.replace("\n", "")
    assert "SAFECONDUCT_LISTEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_p11_no_secret_stands_in_the_arguments_of_any_process(stand: Stand) -> None:
    secrets = [path.read_bytes().hex() for path in (stand.home / "secrets").iterdir()]
    for pid in [stand.process.pid, *children(stand)]:
        words = command(pid)
        assert stand.key not in words
        assert not any(secret in words for secret in secrets)


def test_p2_an_orderly_end_cuts_what_does_not_end_and_a_second_start_keeps_the_state(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with start_stand(home, settings=DRAIN) as first:
        key = first.key
        rest = asyncio.run(_stopped_while_streaming(first))
        assert b"event: error" in rest, "the dialect's own terminal event"
        assert first.process.wait(WAIT) == 0
        first.stopped = True
    with start_stand(home) as second:
        assert served(second, key), "the key of the first start still works"
        assert second.stop() == 0
    entries = keep(Home(home))
    outcomes = [entry["outcome"] for entry in entries if entry["type"] == "call.ended"]
    assert outcomes == ["cut", "served"]
    assert {entry["reason"] for entry in entries if entry["type"] == "writer.stopped"} >= {"drained", "drained, calls cut"}


async def _stopped_while_streaming(stand: Stand) -> bytes:
    client = await RawClient.connect(stand.port, limit=2**24)
    await client.send(request(body=messages("[[endless]] [[slow:0,20]]", stream=True), key=stand.key))
    await client.until(b"content_block_delta")
    stand.process.send_signal(signal.SIGTERM)
    rest = await client.ended()
    client.reset()
    return rest


def test_a_worker_that_cannot_start_says_why_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environ = {"SAFECONDUCT_HOME": str(home), "SAFECONDUCT_LISTEN": "127.0.0.1:0", "ANTHROPIC_API_KEY": "two words"}
    one = Stand(home, "", "", None, {**os.environ, **environ})  # type: ignore[arg-type]
    begun = time.monotonic()
    done = one.cli("up", ok=False)
    assert done.returncode == 1
    assert "characters that no header may carry" in done.stderr
    assert "two words" not in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - begun < WAIT, "not only after the patience of the start has run out"


def test_a_keeper_that_cannot_start_ends_the_start_though_the_last_one_left_its_report(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with start_stand(home, workers=2) as first:
        assert first.stop() == 0
    assert (home / "run" / "keeper.json").exists()
    key = home / "secrets" / "log.key"
    key.rename(key.with_name("log.key.elsewhere"))
    begun = time.monotonic()
    done = first.cli("up", ok=False)
    assert done.returncode == 1
    assert "keeper cannot start" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - begun < WAIT, "not only after the patience of the start has run out"
    assert not (home / "run" / "meters-1.bin").exists(), "what a worker of the last start counted is not counted again"


def test_upstreams_come_from_settings_then_keys_then_the_simulated_one() -> None:
    chosen = chosen_upstreams(Settings(), {"ANTHROPIC_API_KEY": "k"}, "http://127.0.0.1:1")
    assert (chosen["anthropic"].simulated, chosen["openai"].simulated) == (False, True)
    assert chosen["openai"].url == "http://127.0.0.1:1/v1"
    assert set(chosen_upstreams(Settings(), {}, "")) == set()
    assert json.dumps(chosen["anthropic"].credential) == '"env:ANTHROPIC_API_KEY"'


def test_p11_a_key_of_ours_is_never_taken_for_a_providers() -> None:
    """The lines for clients, pasted into the shell that starts the gateway again, name OPENAI_API_KEY too."""
    pasted = {"OPENAI_API_KEY": f" {mint(bytes(32))}\n", "ANTHROPIC_API_KEY": "sk-ant-1"}
    chosen = chosen_upstreams(Settings(), pasted, "http://127.0.0.1:1")
    assert (chosen["anthropic"].simulated, chosen["openai"].simulated) == (False, True)
    assert set(chosen_upstreams(Settings(), pasted, "")) == {"anthropic"}
    assert misplaced_keys(Settings(), pasted) == ["OPENAI_API_KEY"]


def test_a_key_that_is_not_set_is_named() -> None:
    named = UpstreamSettings("https://x.example", ["chat"], credential="env:X_KEY")
    assert missing_key(named, {"X_KEY": " "}) == "X_KEY"
    assert missing_key(named, {"X_KEY": "k"}) == ""
    assert missing_key(UpstreamSettings("https://x.example", ["chat"]), {}) == ""


def test_a_first_start_that_is_refused_has_spent_no_key_and_the_next_one_shows_it(stand: Stand, tmp_path: Path) -> None:
    home = tmp_path / "home"
    environ = {**stand.environ, "SAFECONDUCT_HOME": str(home), "SAFECONDUCT_LISTEN": f"127.0.0.1:{stand.port}"}
    other = Stand(home, "", "", stand.process, environ)
    assert other.cli("up", ok=False).returncode == 1
    assert json.loads(other.cli("key", "list", "--json").stdout) == []
    missing = f'\n[upstream.anthropic]\nurl = "http://127.0.0.1:9"\ndialects = ["messages"]\ncredential = "file:{home}/none"\n'
    settings = (home / "safeconduct.toml").read_text()
    (home / "safeconduct.toml").write_text(settings + missing)
    environ["SAFECONDUCT_LISTEN"] = "127.0.0.1:0"
    refused = other.cli("up", ok=False)
    assert refused.returncode == 1
    assert "credential file of anthropic" in refused.stderr
    assert "starts again" not in refused.stderr, "nothing was started"
    assert json.loads(other.cli("key", "list", "--json").stdout) == []
    (home / "safeconduct.toml").write_text(settings)
    process = subprocess.Popen(
        [sys.executable, "-m", "safeconduct", "up"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        assert "ANTHROPIC_AUTH_TOKEN=sc-key-" in lines[1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WAIT)


def test_what_a_killed_start_leaves_behind_ends_by_itself(tmp_path: Path) -> None:
    with start_stand(tmp_path / "home") as one:
        left = children(one)
        assert len(left) == 6  # keeper, provider, worker, reconciler, watcher, scorer
        one.process.kill()
        one.process.wait()
        until(lambda: not any(alive(pid) for pid in left))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_p11_only_the_sender_starts_with_provider_keys() -> None:
    settings = Settings(
        upstream={"house": UpstreamSettings(url="https://models.example", credential="env:HOUSE_SECRET", dialects=("chat",))}
    )
    environ = {"PATH": "x", "ANTHROPIC_API_KEY": "a", "ANTHROPIC_AUTH_TOKEN": "b", "HOUSE_SECRET": "c"}
    assert up._without_keys(environ, settings) == {"PATH": "x"}


def test_p11_the_keeper_does_not_hold_provider_keys(tmp_path: Path) -> None:
    with start_stand(tmp_path / "home", environ={"ELSEWHERE_API_KEY": "canary-key"}) as fresh:
        told = {command(pid): Path(f"/proc/{pid}/environ").read_bytes() for pid in children(fresh)}
        keeper = next(words for words in told if "keeper_process" in words)
        assert b"SAFECONDUCT_HOME" in told[keeper]
        assert b"canary-key" not in told[keeper]
