"""What a bundle is made of, over a log without a home: trees, proofs, and the lines for whoever opens it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.assembly.bundle import MAX_PROOFS, Disclosed, Part, Tree, Wanted, write
from safeconduct.audit.checkpoint import Proof
from safeconduct.audit.trust import Trust
from safeconduct.audit.verify import verify_log
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Refused
from support.audit_home import SIGNER, LogHome, call


@pytest.fixture
def log(tmp_path: Path) -> LogHome:
    home = LogHome(tmp_path / "home")
    writer = home.writer()
    for number in range(200):
        call(writer, f"c{number}")
    writer.close()
    home.keep()
    return home


def opened(log: LogHome, prefix: str = "") -> Tree:
    tree = Tree.open(log.log, prefix)
    assert tree is not None
    return tree


def make(target: Path, wanted: Wanted) -> Path:
    with BundleFolder(target) as bundle:
        write(bundle, wanted, lambda done, total: None)
        bundle.finish()
    return target


def test_p7_a_whole_tree_is_a_log_of_its_own(log: LogHome, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    tree = opened(log)
    with BundleFolder(tmp_path / "b") as bundle:
        made = write(bundle, Wanted("whole", parts=(Part(tree),)), lambda done, total: seen.append((done, total)))
        bundle.finish()
    assert seen[-1] == (tree.head.size, tree.head.size)
    assert made.entries == tree.head.size
    assert verify_log(LogStore(tmp_path / "b"), SIGNER.verifier).holds
    policy = Trust.parse((tmp_path / "b" / "policy").read_bytes())
    assert policy.check((tmp_path / "b" / "checkpoint").read_bytes()) == tree.head


def test_proofs_stand_alone_and_disclosures_beside_them(log: LogHome, tmp_path: Path) -> None:
    tree = opened(log)
    opened_field = Disclosed(7, "session_commitment", "session", b"s" * 32, "value")
    folder = make(tmp_path / "b", Wanted("question", "case=1", parts=(Part(tree, [0, 7, 255, 300], [opened_field]),)))
    for index in (0, 7, 255, 300):
        proof = Proof.parse((folder / "proofs" / f"{index}.tlog-proof").read_bytes())
        assert proof.check(SIGNER.verifier) == tree.head
    assert json.loads((folder / "disclosures" / "7.json").read_text()) == {
        "index": 7,
        "fields": [{"field": "session_commitment", "name": "session", "salt": "73" * 32, "value": "value"}],
    }
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["indexes"] == [0, 7, 255, 300]
    assert (manifest["question"], manifest["complete"]) == ("case=1", False)
    assert "case=1" in (folder / "README.md").read_text()


def test_later_trees_lie_in_their_folders(log: LogHome, tmp_path: Path) -> None:
    folder = make(tmp_path / "b", Wanted("range", parts=(Part(opened(log), [1]), Part(opened(log, "2027/"), [2]))))
    assert (folder / "2027" / "proofs" / "2.tlog-proof").exists()
    assert [each["folder"] for each in json.loads((folder / "manifest.json").read_text())["trees"]] == ["", "2027"]


def test_more_proofs_than_make_sense_are_refused(log: LogHome, tmp_path: Path) -> None:
    with BundleFolder(tmp_path / "b") as bundle, pytest.raises(Refused, match="are more than"):
        write(bundle, Wanted("range", parts=(Part(opened(log), range(MAX_PROOFS + 1)),)), lambda done, total: None)


def test_where_nothing_is_signed_there_is_no_tree(tmp_path: Path) -> None:
    assert Tree.open(tmp_path) is None


def test_a_witnessed_note_of_another_log_is_no_end(log: LogHome) -> None:
    (log.log / "witnessed").write_bytes(b"nonsense\n")
    with pytest.raises(ValueError, match="note"):
        Tree.open(log.log)
    assert Tree.open(log.log, newest=True) is not None
