"""python -m bench.log --entries 10000000: does the log carry ten million entries, and how fast is each thing done with it?

Writes a log of real entries (decisions and outcomes as the gateway writes them) with the keeper's tiles and signs it. Then, each
in a process of its own so that its memory is its own: verifies all of it, proves single entries, proves consistency, exports the
whole log and checks the bundle with the single file for strangers. At last, entries through the real journal: how long one of 64
concurrent callers waits until its entry is durable, and how many a second group commit carries. Rates are by CPU time but for the
journal's. Everything lies in a work folder and is gone afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import log_append
from bench.log_entries import WRITERS, Chain
from safeconduct.assembly import bundle as bundles
from safeconduct.audit.checkpoint import Checkpoint, Proof, sign_checkpoint
from safeconduct.audit.note import Signer
from safeconduct.audit.tree import consistency_proof, verify_consistency
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.logstore import LogStore
from safeconduct.workers.edge import Edge

SIGNER = Signer("bench.example/log", bytes(range(32)))
PROOFS = 200
VERIFY_FLOOR = 200_000  # entries a second a core
PROOF_CEILING_MS = 50.0
Found = dict[str, Any]


class Hasty(Disk):
    """Writes without waiting for the disk: what is measured of the disk is measured by the journal's own stage."""

    def fsync(self, fd: int) -> None:  # noqa: ARG002
        return None


def write(folder: Path, entries: int) -> Found:
    """The log itself."""
    store = LogStore(folder / "log", Hasty())
    edge = Edge(store, 0)
    chains = [Chain(number) for number in range(WRITERS)]
    pairs = [chain.start() for chain in chains]
    number = 0
    size = 0
    while size + len(pairs) < entries:
        pairs += chains[number % WRITERS].call(number)
        number += 1
        if len(pairs) >= 4096:
            size += len(pairs)
            edge.add([leaf for leaf, _ in pairs], [data for _, data in pairs])
            pairs = []
    size += len(pairs)
    edge.add([leaf for leaf, _ in pairs], [data for _, data in pairs])
    edge.write(size)
    store.write_vkey(str(SIGNER.verifier))
    store.write_checkpoint(sign_checkpoint(Checkpoint(SIGNER.verifier.name, size, edge.root()), SIGNER))
    total = sum(path.stat().st_size for path in (folder / "log").rglob("*") if path.is_file())
    return {"entries": size, "GB": round(total / 1e9, 2)}


def verify(folder: Path, _entries: int) -> Found:
    """All of it, one core."""
    began = time.process_time()
    report = verify_log(LogStore(folder / "log"), SIGNER.verifier)
    took = time.process_time() - began
    if not report.holds:
        raise SystemExit(f"the log does not hold: {report.findings[0]}")
    return {"entries/s": round(report.size / took), "holds": report.size / took >= VERIFY_FLOOR}


def prove(folder: Path, _entries: int) -> Found:
    """Inclusion of single entries, each with nothing remembered, and consistency with a tree of half the size."""
    chance = random.Random(1)
    times = []
    for _ in range(PROOFS):
        began = time.perf_counter()
        tree = _tree(folder)
        index = chance.randrange(tree.head.size)
        data = next(data for place, data in tree.entries(index, index + 1) if place == index)
        path = bundles.inclusion_proof(index, tree.head.size, tree.reader.nodes())
        Proof(index, data, tuple(path), tree.note).check(SIGNER.verifier)
        times.append((time.perf_counter() - began) * 1000)
    tree = _tree(folder)
    size = tree.head.size
    began = time.perf_counter()
    proof = consistency_proof(size // 2 + 1, size, tree.reader.nodes())
    took = (time.perf_counter() - began) * 1000
    old = _root_at(folder, size // 2 + 1)
    if not verify_consistency(size // 2 + 1, size, old, tree.head.root, proof):
        raise SystemExit("the consistency proof does not hold")
    times.sort()
    p50, worst = times[len(times) // 2], times[-1]
    return {
        "p50 ms": round(p50, 2),
        "worst ms": round(worst, 2),
        "consistency ms": round(took, 2),
        "holds": worst <= PROOF_CEILING_MS,
    }


def export(folder: Path, entries: int) -> Found:
    """The whole log as a bundle, read back."""
    began = time.process_time()
    with BundleFolder(folder / "bundle") as target:
        made = bundles.write(
            target, bundles.Wanted("whole", until=entries, parts=(bundles.Part(_tree(folder)),)), lambda *_: None
        )
        target.finish()
    return {"entries/s": round(made.entries / (time.process_time() - began)), "files": made.files}


def stranger(folder: Path, entries: int) -> Found:
    """The bundle, checked by the file that is in it."""
    began = time.perf_counter()
    command = [sys.executable, "-I", str(folder / "bundle" / "verify.py"), str(folder / "bundle"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = usage.ru_utime + usage.ru_stime
    return {
        "entries/s": round(entries / took),
        "exit code": process.returncode,
        "seconds on the clock": round(time.perf_counter() - began, 1),
        "MB": round(usage.ru_maxrss / 1024),
        "holds": process.returncode == 0 and entries / took >= VERIFY_FLOOR,
    }


def _tree(folder: Path) -> bundles.Tree:
    found = bundles.Tree.open(folder / "log")
    if found is None:
        raise SystemExit("there is no log: the first stage did not run")
    return found


def _root_at(folder: Path, size: int) -> bytes:
    """The root of the first ``size`` entries, from the tiles."""
    return Edge(LogStore(folder / "log"), _tree(folder).head.size).root_at(size, _tree(folder).head.size)


STAGES: dict[str, Callable[[Path, int], Found]] = {
    "write": write,
    "verify": verify,
    "prove": prove,
    "export": export,
    "stranger": stranger,
    "append": log_append.append,
}


def main() -> int:
    """Measure and print a table; with ``--stage`` be one of the processes. Exit code 5 when a bound did not hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=300_000)
    arguments.add_argument("--only", default="", help="stages to run beside write, with commas between")
    arguments.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    arguments.add_argument("--stage", choices=list(STAGES), help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.stage:
        print(json.dumps({**STAGES[asked.stage](asked.folder, asked.entries), "MB ": _peak()}))
        return 0
    wanted = ["write", *(asked.only.split(",") if asked.only else [name for name in STAGES if name != "write"])]
    missed = 0
    work = Path(tempfile.mkdtemp(prefix="bench-log-", dir=asked.folder))
    try:
        for name in wanted:
            began = time.perf_counter()
            found = _run(work, name, asked.entries)
            missed += found.pop("holds", True) is False
            told = "  ".join(f"{key.strip()} {value:,}" for key, value in found.items())
            print(f"{name:<9}{time.perf_counter() - began:>8.1f} s   {told}", flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("every bound holds" if not missed else f"{missed} stages missed their bound")
    return 5 if missed else 0


def _run(folder: Path, name: str, entries: int) -> Found:
    command = [sys.executable, "-m", "bench.log", "--stage", name, "--folder", str(folder), "--entries", str(entries)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=3600, check=True)
    found: Found = json.loads(done.stdout)
    return found


def _peak() -> int:
    """The largest this process ever was, in MB, counted from its own beginning."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    sys.exit(main())
