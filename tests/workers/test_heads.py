"""The anchor: what was signed last, by the store that stands apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.audit.checkpoint import Checkpoint, sign_checkpoint
from safeconduct.audit.note import Signer
from safeconduct.storage.files.heads import HeadFile
from safeconduct.terms.faults import Refused
from safeconduct.workers.heads import Anchor
from support.audit_home import SIGNER


def note(size: int, signer: Signer = SIGNER) -> bytes:
    return sign_checkpoint(Checkpoint(signer.verifier.name, size, bytes([size]) * 32), signer)


def test_p7_an_anchor_moves_only_from_the_head_it_knows(tmp_path: Path) -> None:
    one = Anchor(HeadFile(tmp_path / "head"), SIGNER.verifier)
    assert (one.note, one.head) == (None, None)
    one.advance(note(1))
    other = Anchor(HeadFile(tmp_path / "head"), SIGNER.verifier)
    assert other.head is not None
    assert other.head.size == 1
    other.advance(note(2))
    with pytest.raises(Refused, match="another keeper signed this log meanwhile") as refused:
        one.advance(note(2))
    assert refused.value.faults[0].code == "log_two_keepers"
    assert one.note == note(1)


@pytest.mark.parametrize("data", [b"no note", note(1, Signer(SIGNER.verifier.name, bytes(32)))])
def test_p7_a_head_of_another_log_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "head").write_bytes(data)
    with pytest.raises(Refused) as refused:
        Anchor(HeadFile(tmp_path / "head"), SIGNER.verifier)
    assert refused.value.faults[0].code == "log_head_foreign"
