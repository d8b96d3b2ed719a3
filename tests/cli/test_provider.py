"""``safeconduct provider``: says where it listens and what it is, ends when told, and explains a bad address."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request

import pytest
from typer.testing import CliRunner

from safeconduct.cli.provider import app


def test_it_says_where_it_is_and_that_it_is_simulated() -> None:
    command = [sys.executable, "-c", "from safeconduct.cli.provider import app; app()", "--json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stdout
        told = json.loads(running.stdout.readline())
        with urllib.request.urlopen(f"{told['url']}/_simulated/requests", timeout=20) as answer:
            assert json.loads(answer.read()) == {"simulated": True, "requests": []}
        running.send_signal(signal.SIGTERM)
        out, words = running.communicate(timeout=20)
    finally:
        running.kill()
        running.wait()
    assert told["simulated"] is True
    assert told["openai_base_url"] == f"{told['anthropic_base_url']}/v1"
    assert "SIMULATED PROVIDER" in words
    assert out == ""
    assert running.returncode == 0


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:", "127.0.0.1:99999", ":80", "127.0.0.1:-1"])
def test_a_bad_address_is_a_usage_error(listen: str) -> None:
    done = CliRunner().invoke(app, ["--listen", listen])
    assert done.exit_code == 2
    assert "HOST:PORT" in done.output


def test_an_address_that_cannot_be_had_is_explained() -> None:
    done = CliRunner().invoke(app, ["--listen", "192.0.2.1:0"])
    assert done.exit_code == 1
    assert "Cannot listen on 192.0.2.1:0" in done.output
