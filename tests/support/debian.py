"""Programs of Debian that some tests are checked against: Go with its checksum database's note and tlog, and SoftHSM.

``python -m support.debian`` installs them where it may (as root, with apt); elsewhere those tests are skipped and say why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("golang-go", "golang-golang-x-mod-dev", "softhsm2")
GO_SOURCES = Path("/usr/share/gocode")
INSTALL_LIMIT = 600.0


def present() -> bool:
    """Whether everything is there."""
    sources = (GO_SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir()
    return shutil.which("go") is not None and sources and shutil.which("softhsm2-util") is not None


def install() -> str:
    """Install what is missing. Returns a sentence about what is there now."""
    if present():
        return "the programs of Debian that tests compare with are there"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"tests that compare with {', '.join(PACKAGES)} will be skipped: install these packages to run them"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=INSTALL_LIMIT, check=False)
        if done.returncode:
            return f"tests that compare with {', '.join(PACKAGES)} will be skipped: {done.stderr.strip()[-300:]}"
    return f"installed {', '.join(PACKAGES)}"


if __name__ == "__main__":
    sys.stderr.write(f"debian: {install()}\n")
