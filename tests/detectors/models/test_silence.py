"""The library that runs the models tells nobody anything and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_LOADED = """
import os
from safeconduct.detectors.models.scorer import Scorer
Scorer.load().score("hello")
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


def test_p8_loading_the_models_sends_nothing_and_leaves_no_file(tmp_path: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    environ.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run([sys.executable, "-c", _LOADED], env=environ, capture_output=True, text=True, timeout=100)
    assert done.stdout.strip() == "1", done.stderr
    assert list(tmp_path.rglob("*")) == []
