"""The verifier by itself: strict reading, the shortcut, policies, disclosures, erasure, pruning, shards, and the command."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.audit.commitment import commit
from safeconduct.audit.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44
from safeconduct.audit.entries import (
    CallEnded,
    ContentErased,
    Entry,
    LogPruned,
    Outcome,
    ShardClosed,
    ShardOpened,
    WriterStarted,
    canonical,
    encode,
)
from safeconduct.audit.note import Signer
from safeconduct.audit.tree import leaf_hash
from safeconduct_verifier import verify
from support.audit_home import SIGNER
from support.audit_samples import T0, decided, ended
from support.verifier_bundle import Entries, entries, export, grown, judge, policy, remanifest, resign, write_log

FILE = Path(verify.__file__)
SALT = bytes(range(32))


def chained(*made: Entry, boot: str = "w") -> Entries:
    """A writer's entries from its start on."""
    found: Entries = []
    for seq, entry in enumerate((WriterStarted(at=T0, role="desk"), *made), 1):
        entry.boot, entry.node, entry.seq, entry.prev = boot, "node-1", seq, leaf_hash(found[-1]).hex() if found else ""
        found.append(encode(entry))
    return found


def test_p7_the_verifier_is_one_short_file_that_imports_nothing_of_ours() -> None:
    text = FILE.read_text()
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) == {"cryptography"}
    assert "safeconduct" not in text.replace("Safeconduct", "").replace("safeconduct_verifier", "")
    assert len(text.splitlines()) < 700


PLAIN = (encode(decided()), encode(ended()), *chained(decided(), CallEnded(at=T0, outcome=Outcome.REFUSED, count=3)))


@given(st.sampled_from(PLAIN), st.integers(0, 2000), st.integers(0, 255), st.sampled_from(["set", "cut", "double"]))
def test_p7_the_shortcut_never_takes_what_the_strict_reader_refuses(data: bytes, place: int, octet: int, how: str) -> None:
    place %= len(data)
    inner = {"set": bytes([octet]), "cut": b"", "double": data[place : place + 2]}[how]
    changed = data[:place] + inner + data[place + 1 :]
    for kind in ("call.decided", "call.ended"):
        cut = verify.Shortcut(kind)
        for sample in PLAIN:
            if json.loads(sample)["type"] == kind:
                cut.learn(json.loads(sample))
        if changed.endswith(cut.tail) and not changed.translate(None, verify._PLAIN) and (found := cut.fit(changed.decode())):
            entry = verify.read_entry(changed)
            assert canonical(changed)
            assert {str(value) for value in found.groups() if value} <= {
                str(value).lower() if isinstance(value, bool) else str(value) for value in entry.values()
            }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"a":NaN}',
        b'{"a":1.5}',
        b'{"a":9007199254740993}',
        b"\xff",
        b"[" * 50_000,
        PLAIN[0].replace(b'"at":', b'"at": '),
        PLAIN[0].replace(b'{"at"', b'{"at":1,"at"'),
        PLAIN[0].replace(b'"acme"', b'"\\u0061cme"'),
        PLAIN[2].replace(b'"seq":1', b'"seq":true'),
        PLAIN[2].replace(b'"boot":"w"', b'"boot":["w"]'),
        PLAIN[3].replace(b'"prev":"', b'"prev":"F'),
        PLAIN[4].replace(b'"outcome":"refused"', b'"outcome":1'),
    ],
)
def test_p7_what_is_not_canonical_or_lacks_its_chain_is_refused(data: bytes) -> None:
    with pytest.raises(verify.Bad):
        verify.read_entry(data)


def test_p7_entries_of_kinds_and_fields_unknown_here_are_read_by_their_chain(tmp_path: Path) -> None:
    found = chained(decided(), decided("other"))
    odd = json.loads(found[-1]) | {"seq": 4, "prev": leaf_hash(found[-1]).hex(), "type": "new.kind", "more": {"ü": [1, "é"]}}
    odd = verify.canonical(odd).encode()
    write_log(tmp_path, [*found, odd])
    seen = judge(tmp_path)
    assert (seen.code, seen.report.logs[0]["entries"]["new.kind"]) == (0, 1)
    write_log(tmp_path, [*found, odd.replace(b'"seq":4', b'"seq":5')])
    assert judge(tmp_path).code == 11


KEYS = [
    Signer(f"w.example/{n}", bytes([n]) * 32, COSIGNATURE_ED25519 if n % 2 else COSIGNATURE_MLDSA44).verifier for n in range(1, 6)
]


@pytest.mark.parametrize(
    ("lines", "signed", "holds"),
    [
        (["quorum none"], "", True),
        (["quorum w1"], "", False),
        (["quorum w1"], "w1", True),
        (["group a 2 w1 w2 w3", "quorum a"], "w1", False),
        (["group a 2 w1 w2 w3", "quorum a"], "w1 w3", True),
        (["group a any w1 w2", "group b all w3 w4", "group c 2 a b", "quorum c"], "w2 w3", False),
        (["group a any w1 w2", "group b all w3 w4", "group c 2 a b", "quorum c"], "w2 w3 w4", True),
    ],
)
def test_p7_a_quorum_is_what_the_policy_says(lines: list[str], signed: str, holds: bool) -> None:
    head = [f"witness w{number} {key} https://w.example/" for number, key in enumerate(KEYS, 1)]
    trust = verify.Trust("\n".join(["# ours", f"\tlog {SIGNER.verifier}", *head, "", *lines, ""]).encode())
    assert trust.covers(trust.quorum, set(signed.split())) is holds


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum"],
        ["quorum w9"],
        ["quorum none", "quorum none"],
        ["group a 0 w1", "quorum a"],
        ["group a 2 w1", "quorum a"],
        ["group a any w1 w1", "quorum a"],
        ["group a any w1", "group b any w1", "quorum a"],
        ["group a any none", "quorum a"],
        ["group w1 any w2", "quorum none"],
        [f"witness other {KEYS[0]}", "quorum none"],
        [f"witness none {KEYS[4]}", "quorum none"],
        [f"log {KEYS[0]}", "quorum none"],
        [f"witness w8 {SIGNER.verifier}", "quorum none"],
        ["witness w8 w.example+00000000+AAAA", "quorum none"],
        ["say hello", "quorum none"],
        ["quorum none\r"],
    ],
)
def test_a_policy_that_is_none_is_refused(lines: list[str]) -> None:
    head = [f"log {SIGNER.verifier}", *(f"witness w{number} {key}" for number, key in enumerate(KEYS[:4], 1))]
    with pytest.raises(verify.Bad, match="is no "):
        verify.Trust("\n".join([*head, *lines, ""]).encode())


def disclosed(bundle: Path, index: int, **fields: Any) -> None:
    (bundle / "disclosures").mkdir(exist_ok=True)
    told = {"index": index, "fields": [{"field": "requested_commitment", "name": "requested", **fields}]}
    (bundle / "disclosures" / f"{index}.json").write_text(json.dumps(told))
    remanifest(bundle)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A whole bundle: one call of a caller, then an entry that says that all about the caller was erased."""
    asked = decided("c1")
    asked.requested_commitment, asked.kept_sha256, asked.kept_place = (
        commit(SALT, "requested", "m"),
        "e" * 64,
        "standard/2026-06/w:0",
    )
    closing = ended("c1")
    closing.closes_boot, closing.closes_seq = "w", 2
    erased = ContentErased(at=T0, scope="subject", caller=asked.caller, keys=2, ground="gdpr-17", actor="a", second="b")
    write_log(tmp_path / "log", chained(asked, closing))
    (tmp_path / "log" / "log.vkey").write_text(f"{SIGNER.verifier}\n")
    made = export(tmp_path / "log", tmp_path / "bundle")
    (tmp_path / "erased").write_bytes(b"\n".join(chained(asked, closing, erased)))
    return made


def erase(bundle: Path) -> None:
    resign(bundle, (bundle.parent / "erased").read_bytes().split(b"\n"))


def test_p7_a_field_opens_by_its_salt_and_value_only(bundle: Path) -> None:
    disclosed(bundle, 1, salt=SALT.hex(), value="m")
    seen = judge(bundle)
    assert (seen.code, seen.report.shown) == (0, [{"index": 1, "field": "requested", "value": "m"}])
    for wrong in ({"salt": SALT.hex(), "value": "n"}, {"salt": "00", "value": "m"}, {"salt": "xx", "value": "m"}, {}):
        disclosed(bundle, 1, **wrong)
        seen = judge(bundle)
        assert (seen.code, seen.places) == (10 if wrong else 11, [("disclosure", 1, "disclosures/1.json")])


def test_p8_what_was_erased_is_lawfully_erased_and_the_log_holds(bundle: Path) -> None:
    erase(bundle)
    assert judge(bundle).code == 0
    assert judge(bundle).report.logs[0]["erased"] == 1
    disclosed(bundle, 1)
    seen = judge(bundle)
    assert (seen.code, seen.places) == (15, [("disclosure", 1, "disclosures/1.json")])
    assert run(bundle / "verify.py", bundle).stdout.splitlines()[-1] == "LAWFULLY ERASED"
    (bundle / "disclosures" / "1.json").unlink()
    remanifest(bundle)
    assert judge(bundle, "--call", "c1").code == 15
    assert judge(bundle, "--call", "c1", "--part", "answer").code == 15


def test_an_entry_is_shown_on_demand(bundle: Path) -> None:
    assert judge(bundle, "--entry", "1").report.shown[0]["entry"]["call"] == "c1"
    assert (judge(bundle, "--entry", "99").code, judge(bundle, "--entry", "99").places) == (11, [("entry", 99, "")])


def test_p7_a_pruned_prefix_is_lawful_where_an_entry_says_so(tmp_path: Path) -> None:
    home = grown(tmp_path / "home")
    whole = export(home.log, tmp_path / "whole")
    found = entries(whole)
    last = json.loads([data for data in found if b'"boot":"w2"' in data][-1])
    pruned = LogPruned(at=T0 + 10_000_000, minimum_index=512, actor="a", second="b")
    pruned.boot, pruned.node, pruned.seq = "w2", "node-1", last["seq"] + 1
    pruned.prev = leaf_hash(verify.canonical(last).encode()).hex()
    for data, code in (([*found, encode(pruned)], 0), (found, 11)):
        made = Path(shutil.copytree(whole, tmp_path / f"cut{code}"))
        resign(made, data)
        for name in ("tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001"):
            (made / name).unlink()
        (made / "pruned").write_text("512\n")
        remanifest(made)
        seen = judge(made)
        assert (seen.code, seen.report.logs[0]["pruned"]) == (code, 512)
        assert [place for place in seen.places if code == 0 or place[0] != "pruned"] == []
        assert judge(made, "--entry", "5").code == (15 if code == 0 else 11)
        (made / "tile/1/000.p/2").write_bytes(bytes(64))
        remanifest(made)
        assert judge(made).code == 10


def test_p7_every_shard_that_the_root_log_names_has_to_be_there(tmp_path: Path) -> None:
    signers = {name: Signer(f"test.example/log{name}", bytes([len(name) + 1]) * 32) for name in ("", "/2027", "/root")}
    heads = {
        name: write_log(tmp_path / name.strip("/"), chained(decided(), boot=f"b{name}"), signers[name]) for name in ("", "/2027")
    }
    for name, signer in signers.items():
        (tmp_path / name.strip("/")).mkdir(exist_ok=True)
        (tmp_path / name.strip("/") / "log.vkey").write_text(f"{signer.verifier}\n")
    opened = [ShardOpened(at=T0, origin=one.verifier.name, vkey=str(one.verifier)) for one in list(signers.values())[:2]]
    closed = ShardClosed(at=T0, origin="test.example/log", size=heads[""].size, root=heads[""].root.hex())
    write_log(tmp_path / "root", chained(*opened, closed), signers["/root"])
    trusted = policy(signers["/root"].verifier, signers[""].verifier)
    seen = judge(tmp_path, trusted=trusted)
    assert (seen.code, [log["folder"] for log in seen.report.logs]) == (0, ["root", "", "2027"])
    write_log(
        tmp_path / "root",
        chained(*opened, ShardClosed(at=T0, origin="test.example/log", size=9, root="0" * 64)),
        signers["/root"],
    )
    assert judge(tmp_path, trusted=trusted).places == [("shard", 2, "")]
    shutil.rmtree(tmp_path / "2027")
    seen = judge(tmp_path, trusted=trusted)
    assert (seen.code, "test.example/log/2027" in seen.findings[-1]["what"]) == (12, True)


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_p7_the_command_says_what_it_found_and_ends_with_its_exit_code(bundle: Path, tmp_path: Path) -> None:
    trust, inside = tmp_path / "policy", bundle / "verify.py"
    trust.write_bytes(policy())
    done = run(inside, bundle, "--policy", trust)
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "IT HOLDS", "")
    assert "NO POLICY" in run(inside, bundle).stdout
    (bundle / "tile" / "entries" / "000.p" / "3").unlink()
    done = run(inside, bundle, "--policy", trust, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["exit"], told["findings"][0]["file"]) == (11, 11, "tile/entries/000.p/3")
    assert "IT DOES NOT HOLD: missing" in run(inside, bundle, "--policy", trust).stdout
    for words in (
        [],
        ["nowhere"],
        [bundle, "--policy", bundle / "README.md"],
        [bundle, "--pin", bundle / "README.md"],
        ["--proof", "x"],
    ):
        assert run(inside, *words).returncode == 2


def test_p7_a_proof_holds_by_itself_and_a_bundle_of_proofs_too(tmp_path: Path) -> None:
    home = grown(tmp_path / "home")
    made = export(home.log, tmp_path / "proofs", scope="question", indexes=[3, 5, 300])
    assert (judge(made).code, judge(made).report.logs[0]["proven"]) == (0, 3)
    trust, proof = tmp_path / "policy", made / "proofs" / "300.tlog-proof"
    trust.write_bytes(policy())
    done = run(FILE, "--proof", proof, "--policy", trust)
    assert (done.returncode, '"index": 300' in done.stdout) == (0, True)
    data = proof.read_bytes()
    for bad in (data.replace(b"index 300", b"index 301"), data.replace(b"extra ", b"extra A"), data[:100], b""):
        proof.write_bytes(bad)
        assert run(FILE, "--proof", proof, "--policy", trust).returncode in (10, 14)
        assert ("proof", 300, "proofs/300.tlog-proof") in judge(made).places
