"""Run as a script: one scenario of writer and keeper, struck at every single system call, each in a process of its own.

After each strike a new keeper starts from what is left, and everything that was acknowledged must be in a log that verifies,
once. Prints one line per broken case and a summary; exits 1 when there was one. Arguments: an empty folder, a strike's name.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from support.audit_faults import STRIKES, CountingDisk
from support.audit_home import SIGNER, LogHome, call
from support.audit_samples import decided

Scenario = Callable[[Path, CountingDisk, int], None]  # an empty folder, the disk, and where to tell what is acknowledged
SIGNATURE = "\N{EM DASH} ".encode()
SHOWN = 40
Broken = Callable[[Path, list[str]], list[str]]


def scenario(folder: Path, disk: CountingDisk, told: int) -> None:
    """Two writers, a keeper between them: open and closed calls, full bundles, rotated segments, an orderly end."""
    home = LogHome(folder)
    keeper = home.keeper(disk)
    first, second = home.writer("one", disk), home.writer("two", disk)

    def tell(text: str) -> None:
        os.write(told, text.encode() + b"\n")

    def sign() -> None:
        home.clock.now += SECOND
        while keeper.step(home.clock.now):
            pass

    for number in range(3):
        tell(f"one {call(first, f'a{number}')} {call(first, 'open', None)}")
        tell(f"two {call(second, f'b{number}')}")
        sign()
    tell(f"two {second.append_sync(*(decided(f'bulk {number}') for number in range(520)))}")
    sign()
    second.close()
    tell(f"one {call(first, 'last')}")
    sign()
    sign()
    keeper.finish(home.clock.now)
    first.close()


def struck(folder: Path, at: int, strike: str, scenario: Scenario) -> tuple[bool, list[str]]:
    """Run the scenario in a child. Returns whether it was struck, and what it had acknowledged."""
    hear, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        disk = CountingDisk(at, STRIKES[strike])
        with suppress(OSError, Refused):
            scenario(folder, disk, told)
        os._exit(0 if disk.calls < at else 7)
    os.close(told)
    heard = b""
    while piece := os.read(hear, 65_536):
        heard += piece
    os.close(hear)
    _, status = os.waitpid(child, 0)
    return status != 0, heard.decode().splitlines()


def broken(folder: Path, heard: list[str]) -> list[str]:
    """What does not hold after a new keeper has run over what was left."""
    wrong = []
    pinned: Checkpoint | None = None
    if (folder / "log" / "checkpoint").exists():
        pinned = open_checkpoint((folder / "log" / "checkpoint").read_bytes(), SIGNER.verifier)
    for life in ("second", "third"):
        home = LogHome(folder, life)
        home.keep()
        report = verify_log(LogStore(home.log), SIGNER.verifier, pinned)
        wrong += [f"{life}: {finding}" for finding in report.findings]
        wrong += [f"{life}: call {index} has no outcome" for index in report.open_calls]
        pinned = open_checkpoint((folder / "log" / "checkpoint").read_bytes(), SIGNER.verifier)
    held = Counter((entry["boot"], entry["seq"]) for entry in home.entries())
    wrong += [f"entry {key} is there {count} times" for key, count in held.items() if count != 1]
    for line in heard:
        boot, *seqs = line.split()
        wrong += [f"acknowledged entry {boot} {seq} is lost" for seq in seqs if (boot, int(seq)) not in held]
    if home.heads.read_bytes() != (folder / "log" / "checkpoint").read_bytes():
        wrong.append("the head apart is not the checkpoint")
    left = [path.name for path in home.journal.iterdir() if not path.name.startswith(".")]
    return wrong + [f"journal {name} was left behind" for name in left if name != "keeper-third-0001"]


def calls(folder: Path, scenario: Scenario) -> list[str]:
    """The names of all system calls of a scenario that nothing strikes, in order."""
    hear, told = os.pipe()
    disk = CountingDisk(0, STRIKES["kill"])
    scenario(folder, disk, told)
    os.close(hear)
    os.close(told)
    return disk.names


def state(folder: Path, heard: list[str]) -> str:
    """What tells one state of a folder, and what was acknowledged, from any other: names and bytes of all that lies there.

    ML-DSA signatures are others each time: of them there is the name of the signer and the length. So are names of files on their
    way, which hold a process's number.
    """
    found = sha256(repr(heard).encode())
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        shown = [line[:SHOWN] if line.startswith(SIGNATURE) else line for line in data.rstrip(b"\0").split(b"\n")]
        name = path.name.split(".")[:-2] if path.suffix == ".new" else path.name
        found.update(repr((path.relative_to(folder).parent, name, path.is_file(), len(data), shown)).encode())
    return found.hexdigest()


def every_point(
    base: Path, strike: str, scenario: Scenario, broken: Broken, prepare: Callable[[Path], None], share: str = "1/1"
) -> int:
    """Strike a scenario at each of its points, one after the other, and tell what is broken then. Returns the exit code.

    ``share`` 2/4 is the second of four parts, so that several processes take all points together. Points that leave the same
    bytes behind after the same acknowledgements (before a sync, and after it) are judged once.
    """
    part, parts = map(int, share.split("/"))
    prepare(base / "whole")
    names = calls(base / "whole", scenario)
    points = [at for at, name in enumerate(names, 1) if strike in ("kill", "eio") or name in ("write", "allocate")]
    few = len(points) < 20
    points = points[len(points) * (part - 1) // parts : len(points) * part // parts]
    faulty, judged = 0, dict[str, list[str]]()
    gc.freeze()  # what was imported stays in pages that no child has to copy
    for at in points:
        folder = base / "struck"
        prepare(folder)
        hit, heard = struck(folder, at, strike, scenario)
        left = state(folder, heard)
        if left not in judged:
            judged[left] = broken(folder, heard)
        wrong = judged[left] if hit else ["the scenario was not struck"]
        sys.stdout.writelines(f"{strike} at {names[at - 1]}, call {at}: {what}\n" for what in wrong[:3])
        faulty += bool(wrong)
        shutil.rmtree(folder)
    sys.stdout.write(f"{len(points)} points, {len(judged)} states, {faulty} broken\n")
    return 1 if faulty or few else 0


if __name__ == "__main__":
    sys.exit(every_point(Path(sys.argv[1]), sys.argv[2], scenario, broken, lambda _: None))
