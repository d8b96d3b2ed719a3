"""Go's own checksum database code agrees with us and with the verifier: on notes, on ten thousand random trees, on our tiles."""

from __future__ import annotations

import hashlib
import random
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from safeconduct.audit.checkpoint import Checkpoint, sign_checkpoint
from safeconduct.audit.note import Signer
from safeconduct.audit.tree import consistency_proof, fold, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion
from safeconduct_verifier import verify
from support.audit_home import SIGNER
from support.go_check import ask, build, lacking
from support.verifier_bundle import entries, export, grown, head, policy

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking() or "there")
TREES = 10_000
LARGEST = 1_200


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("go"))


class Leaves:
    """Leaf hashes with the perfect subtrees over them remembered: every tree of the test is a prefix of these."""

    def __init__(self, count: int) -> None:
        self.levels = [[leaf_hash(number.to_bytes(4, "big")) for number in range(count)]]
        while len(row := self.levels[-1]) > 1:
            self.levels.append([fold(row[at : at + 2]) for at in range(0, len(row) - 1, 2)])

    def node(self, level: int, index: int) -> bytes:
        return self.levels[level][index]

    def root(self, size: int) -> bytes:
        parts = [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]
        root = b""
        for level, index in parts:
            root = fold([self.node(level, index), root]) if root else self.node(level, index)
        return root


def tampered(chance: random.Random, path: list[bytes]) -> list[bytes]:
    place = chance.randrange(len(path))
    item = bytearray(path[place])
    item[chance.randrange(32)] ^= 1 << chance.randrange(8)
    kinds: list[Callable[[], list[bytes]]] = [
        lambda: [*path[:place], bytes(item), *path[place + 1 :]],
        lambda: path[:place] + path[place + 1 :],
        lambda: [*path[:place], bytes(item), *path[place:]],
    ]
    return chance.choice(kinds)()


def test_p7_go_and_the_verifier_agree_with_us_on_ten_thousand_random_trees(go: Path) -> None:
    chance, leaves = random.Random(4), Leaves(LARGEST)
    questions: list[tuple[object, ...]] = []
    expected: list[bool] = []

    def put(holds: bool, *question: object) -> None:
        questions.append(question)
        expected.append(holds)

    roots = {size: leaves.root(size) for size in range(1, LARGEST + 1)}
    for number in range(TREES):
        new = number + 1 if number < 130 else chance.randint(1, LARGEST)
        old, index = chance.randint(1, new), chance.randrange(new)
        leaf, path = leaves.node(0, index), inclusion_proof(index, new, leaves.node)
        put(True, "inclusion", new, index, roots[new], leaf, *path)
        assert verify_inclusion(index, new, leaf, path, roots[new])
        assert verify.inclusion_root(index, new, leaf, path) == roots[new]
        proof = consistency_proof(old, new, leaves.node)
        put(True, "consistency", old, new, roots[old], roots[new], *proof)
        assert verify_consistency(old, new, roots[old], roots[new], proof)
        if path:
            bad = tampered(chance, path)
            put(False, "inclusion", new, index, roots[new], leaf, *bad)
            assert not verify_inclusion(index, new, leaf, bad, roots[new])
            assert verify.inclusion_root(index, new, leaf, bad) != roots[new]
        if proof:
            bad = tampered(chance, proof)
            put(False, "consistency", old, new, roots[old], roots[new], *bad)
            assert not verify_consistency(old, new, roots[old], roots[new], bad)
    for size in chance.sample(range(1, LARGEST + 1), 200):
        assert verify.root_of([leaves.levels[0][:size]]) == roots[size]
    answers = ask(go, questions)
    assert len(answers) == len(expected)
    wrong = [
        (question, answer)
        for question, answer, holds in zip(questions, answers, expected, strict=True)
        if (answer[:2] == "ok") != holds
    ]
    assert not wrong, wrong[:3]


def test_p7_go_opens_our_notes_and_refuses_them_tampered_with(go: Path) -> None:
    vkey, trust = str(SIGNER.verifier), verify.Trust(policy())
    heads = [Checkpoint(SIGNER.verifier.name, size, hashlib.sha256(bytes([size])).digest()) for size in range(50)]
    notes = [sign_checkpoint(one, SIGNER) for one in heads]
    answers = ask(go, [("note", vkey, note) for note in notes])
    assert [b64decode(answer.split()[1]).decode() for answer in answers] == [one.text() for one in heads]
    assert [trust.open(note)[:3] for note in notes] == [(one.origin, one.size, one.root) for one in heads]
    other = sign_checkpoint(heads[3], Signer(SIGNER.verifier.name, bytes(32)))
    flipped = (note[:-30] + bytes([note[-30] ^ 1]) + note[-29:] for note in notes)
    bad = [other, *(note.replace(b"\n\n", b"0\n\n", 1) for note in notes), *flipped]
    assert {answer[:2] for answer in ask(go, [("note", vkey, note) for note in bad])} == {"no"}
    for note in bad:
        with pytest.raises(verify.Bad):
            trust.open(note)


def test_p7_go_reads_our_tiles(go: Path, tmp_path: Path) -> None:
    made = export(grown(tmp_path / "home").log, tmp_path / "bundle")
    now, found = head(made), entries(made)
    wanted = [0, 1, 255, 256, 400, 511, 512, len(found) - 1]
    (answer,) = ask(go, [("tiles", made, now.size, now.root, *wanted)])
    assert [b64decode(word) for word in answer.split()[1:]] == [leaf_hash(found[index]) for index in wanted]
    tile = next((made / "tile" / "1" / "000.p").iterdir())
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert ask(go, [("tiles", made, now.size, now.root, 300)])[0].startswith("no")
