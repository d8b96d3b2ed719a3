"""Logs and witnesses for tests: keys, trees of any size, requests, and a witness as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct.assembly.witness_folder import WitnessFolder
from safeconduct.audit import tree
from safeconduct.audit.checkpoint import sign_checkpoint
from safeconduct.audit.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44
from safeconduct.audit.head import Checkpoint
from safeconduct.audit.note import Signer
from safeconduct.audit.witnessing import Submission

ORIGIN = "log.example/one"
LOG = Signer(ORIGIN, bytes(32))
LOG_COSIGNER = Signer(ORIGIN, bytes([7]) * 32, COSIGNATURE_MLDSA44)
W1 = Signer("witness.example/w1", bytes([1]) * 32, COSIGNATURE_ED25519)
W1_LATTICE = Signer("witness.example/w1", bytes([1]) * 32, COSIGNATURE_MLDSA44)
W2 = Signer("witness.example/w2", bytes([2]) * 32, COSIGNATURE_ED25519)


class Leaves:
    """A tree in memory; ``tail`` makes another one from some place on: a fork."""

    def __init__(self, count: int, fork: int | None = None) -> None:
        words = [b"leaf %d%s" % (n, b" forked" if fork is not None and n >= fork else b"") for n in range(count)]
        self.hashes = [tree.leaf_hash(word) for word in words]

    def node(self, level: int, index: int) -> bytes:
        return tree.fold(self.hashes[index << level : (index + 1) << level])

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(ORIGIN, size, tree.root_of(self.hashes[:size]))

    def note(self, size: int, signer: Signer = LOG, *cosigners: Signer) -> bytes:
        return sign_checkpoint(self.checkpoint(size), signer, *cosigners)

    def submission(self, old: int, size: int, signer: Signer = LOG) -> Submission:
        return Submission(old, tuple(tree.consistency_proof(old, size, self.node)), self.note(size, signer))


@contextmanager
def served(folder: WitnessFolder) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The witness of a folder as a process; its URL. It is ended when the block ends."""
    command = [
        sys.executable,
        "-m",
        "safeconduct",
        "witness",
        "serve",
        "--dir",
        str(folder.path),
        "--listen",
        "127.0.0.1:0",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"], process
        finally:
            process.terminate()
            process.wait(20)


def witness_folder(path: Path, name: str = "witness.example/w1", *vkeys: str) -> WitnessFolder:
    """A folder of a witness that knows the log of these tests, or those of ``vkeys``."""
    folder = WitnessFolder(path)
    folder.create(name)
    for vkey in vkeys or (str(LOG.verifier),):
        folder.trust(vkey)
    return folder
