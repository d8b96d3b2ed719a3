"""python -m bench.log --entries 10000000: does the log carry ten million entries, and how fast is each thing done with it?

Writes a log of real entries (decisions and outcomes as the gateway writes them) with the keeper's tiles and signs it. Then, each
in a process of its own so that its memory is its own: verifies all of it, proves single entries, proves consistency, exports the
whole log and checks the bundle with the single file for strangers. At last, entries through the real journal: how long one of 64
concurrent callers waits until its entry is durable, and how many a second group commit carries. Rates are by CPU time but for the
journal's. Everything lies in a work folder and is gone afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
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

import uvloop

from safeconduct.assembly import bundle as bundles
from safeconduct.audit.checkpoint import Checkpoint, Proof, sign_checkpoint
from safeconduct.audit.entries import CallDecided, CallEnded, Outcome, WriterStarted, encode
from safeconduct.audit.note import Signer
from safeconduct.audit.tree import consistency_proof, leaf_hash, verify_consistency
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.logstore import LogStore
from safeconduct.workers.edge import Edge

SIGNER = Signer("bench.example/log", bytes(range(32)))
T0 = 1_781_300_000_000_000
WRITERS = 8
PROOFS = 200
CALLERS = 64
GROUPS = 2_000  # of CALLERS appends each
VERIFY_FLOOR = 200_000  # entries a second a core
PROOF_CEILING_MS = 50.0
APPEND_CEILING_MS = 1.5
COMMIT_FLOOR = 30_000
Found = dict[str, Any]


class Hasty(Disk):
    """Writes without waiting for the disk: what is measured of the disk is measured by the journal's own stage."""

    def fsync(self, fd: int) -> None:  # noqa: ARG002
        return None


class Chain:
    """One writer's entries, from templates."""

    def __init__(self, number: int) -> None:
        self.boot = f"{number:012x}"
        self.seq = 0
        self.prev = ""
        self.decision = CallDecided(
            at=0,
            body_length=2048,
            call="",
            caller="",
            dialect="messages",
            effect="permit",
            operation="generate",
            organization="acme",
            policy_hash="a" * 64,
            project="p-research",
            reasons=("permitted",),
            registry_version=1_200_345,
            request_commitment="c" * 64,
            requested="claude-fable-5",
            resolved="claude-fable-5",
            rules=("us-bis-2026-06-26/trusted-partners", "program/base"),
            session_commitment="d" * 64,
            standing_hash="b" * 64,
            stream=True,
        )
        self.outcome = CallEnded(
            at=0,
            bytes_out=1_900,
            duration_us=1_234_567,
            first_byte_us=234_567,
            forwarded=True,
            outcome=Outcome.SERVED,
            served_model="claude-fable-5-20260501",
            status=200,
            stop_reason="end_turn",
            tokens_in=812,
            tokens_out=344,
        )

    def start(self) -> tuple[bytes, bytes]:
        return self._chained(WriterStarted(at=T0, role="gateway", versions=("safeconduct=0.1.0",), workers=WRITERS))

    def call(self, number: int) -> list[tuple[bytes, bytes]]:
        """A decision and its outcome: leaf hash and bytes of each."""
        at, decision, outcome = T0 + number * 40, self.decision, self.outcome
        decision.at, outcome.at = at, at + 20
        decision.call = outcome.call = f"call_{number:024x}"
        decision.caller = f"sc_{number % 40_000:040x}"
        first = self._chained(decision)
        outcome.closes_boot, outcome.closes_seq = self.boot, self.seq
        return [first, self._chained(outcome)]

    def _chained(self, entry: CallDecided | CallEnded | WriterStarted) -> tuple[bytes, bytes]:
        self.seq += 1
        entry.boot, entry.node, entry.seq, entry.prev = self.boot, "node-1", self.seq, self.prev
        data = encode(entry)
        leaf = leaf_hash(data)
        self.prev = leaf.hex()
        return leaf, data


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


def append(folder: Path, _entries: int) -> Found:
    """Durable appends through the real journal: callers that each wait for their own entry, then as many as come."""
    clock = time.time_ns
    started = WriterStarted(at=T0, role="gateway", workers=1)
    journal = Journal.open(folder / "journal", "node-1", "bench", clock=lambda: clock() // 1000, start_entry=started)
    waits = uvloop.run(_callers(journal))
    rate = uvloop.run(_flood(folder))
    journal.close()
    waits.sort()
    p50, p99 = waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000
    return {
        "p50 ms": round(p50, 3),
        "p99 ms": round(p99, 3),
        "group commit entries/s": round(rate),
        "holds": p50 <= APPEND_CEILING_MS and rate >= COMMIT_FLOOR,
    }


async def _callers(journal: Journal) -> list[float]:
    """Each caller appends, waits until it is durable, and appends again."""
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    template = Chain(0).decision

    async def caller(number: int) -> None:
        for turn in range(GROUPS // 10):
            done = loop.create_future()
            entry = CallDecided(
                **{name: getattr(template, name) for name in template.__struct_fields__ if name not in ("type", "v")}
            )
            entry.at, entry.call = T0 + turn, f"call_{number:08x}{turn:016x}"
            began = time.perf_counter()
            journal.append(entry, then=lambda durable, done=done: done.set_result(durable))
            if not await done:
                raise SystemExit("the journal failed")
            waits.append(time.perf_counter() - began)

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return waits


async def _flood(folder: Path) -> float:
    """Entries a second on the clock when callers never stop coming: many times ``CALLERS`` wait at once."""
    loop = asyncio.get_running_loop()
    started = WriterStarted(at=T0, role="gateway", workers=1)
    journal = Journal.open(folder / "journal", "node-1", "flood", clock=lambda: T0, start_entry=started)
    chain = Chain(0)
    total = GROUPS * CALLERS
    left = total
    finished = loop.create_future()

    def then(durable: bool) -> None:
        nonlocal left
        left -= 1
        if not durable or not left:
            finished.set_result(durable)

    began = time.perf_counter()
    for number in range(0, total, CALLERS * 8):
        for each in range(number, min(total, number + CALLERS * 8)):
            chain.outcome.at, chain.outcome.call = T0 + each, f"call_{each:024x}"
            journal.append(chain.outcome, then=then)
        await asyncio.sleep(0)
    if not await finished:
        raise SystemExit("the journal failed")
    took = time.perf_counter() - began
    journal.close()
    return total / took


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
    "append": append,
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
