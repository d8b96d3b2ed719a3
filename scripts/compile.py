"""Builds the compiled wheel: the same sources, and native code beside them for the modules listed in compiled.txt.

    python scripts/compile.py FOLDER     the wheel goes into FOLDER

The compiler is mypyc, of the locked mypy, in a copy of the sources: nothing is written into the source tree.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "scripts" / "compiled.txt"


class CannotCompile(Exception):
    """Why, and how to mend it."""


def modules() -> list[str]:
    """The listed modules, as paths below src."""
    lines = (line.strip() for line in LIST.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def require_compiler() -> None:
    """Raises CannotCompile when the machine has no C compiler or no Python headers; as root they are installed first."""
    missing = []
    if not shutil.which("gcc"):
        missing += ["gcc", "libc6-dev"]
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        missing.append(f"libpython{sys.version_info.major}.{sys.version_info.minor}-dev")
    if not missing:
        return
    words = " ".join(missing)
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        raise CannotCompile(f"compiling needs {words}; install them (Debian, Ubuntu: apt-get install {words}) and run again")
    print(f"compile: installing {words}", file=sys.stderr)
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        done = subprocess.run(["apt-get", *command], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            raise CannotCompile(f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}; install {words} and run again")


def compile_in(folder: Path) -> None:
    """Copy the sources to ``folder`` and compile there. Raises CannotCompile with what the compiler said."""
    shutil.copytree(ROOT / "src" / "safeconduct", folder / "safeconduct", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    command = [sys.executable, "-m", "mypyc", "--config-file=/dev/null", *modules()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        faults = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line]
        raise CannotCompile("\n".join(faults[:20]) or (done.stdout + done.stderr)[-2000:])
    shutil.rmtree(folder / "build")


def build(out: Path) -> None:
    """Compile, and write the wheel into ``out``. Raises CannotCompile."""
    require_compiler()
    with tempfile.TemporaryDirectory(prefix="safeconduct-compile-") as name:
        compile_in(Path(name))
        uv = str(ROOT / ".venv" / "bin" / "uv")
        command = [uv, "build", "--wheel", "--quiet", "--python", sys.executable, "--out-dir", str(out), str(ROOT)]
        subprocess.run(command, env={**os.environ, "SAFECONDUCT_COMPILED": name}, check=True, timeout=300)


def main() -> int:
    """0 and the wheel, or 1 and why not."""
    try:
        build(Path(sys.argv[1]))
    except CannotCompile as why:
        print(f"compile: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
