"""One field of one entry, opened: how it is named, and that nothing but the committed value opens it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from safeconduct.assembly.bundle import Tree
from safeconduct.assembly.disclosing import Asked, Disclosing
from safeconduct.audit import commitment
from safeconduct.audit.entries import decode
from safeconduct.terms.faults import Refused
from support.bundles import BODY, UNKNOWN, BundleHome


@pytest.fixture
def home(tmp_path: Path) -> BundleHome:
    made = BundleHome(tmp_path)
    made.calls(5)
    made.keep()
    return made


def entries(home: BundleHome) -> list[tuple[int, bytes]]:
    tree = Tree.open(home.paths.log)
    assert tree is not None
    return list(tree.entries(0, tree.head.size))


def walk(home: BundleHome, *asked: str) -> Disclosing:
    disclosing = Disclosing(home.paths, [Asked.parse(each) for each in asked])
    for index, data in entries(home):
        disclosing.look("", index, data)
    return disclosing


def test_p8_a_field_opens_with_its_own_salt_alone(home: BundleHome, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    disclosing = walk(home, f"call-2:requested={UNKNOWN}", f"call-2:request=@{tmp_path / 'body'}")
    assert not disclosing.waits
    first, second = disclosing.of("")
    assert (first.name, second.name, second.value) == ("requested", "request_sha256", sha256(BODY).hexdigest())
    assert first.salt != second.salt
    entry = decode(dict(entries(home))[first.index])
    assert commitment.opens(entry.requested_commitment, first.salt, "requested", UNKNOWN)
    assert not commitment.opens(entry.request_commitment, first.salt, "request_sha256", sha256(BODY).hexdigest())
    disclosing.finish()


@pytest.mark.parametrize("text", ["call-2:requested=another", "call-2:session=x"])
def test_p8_no_other_value_opens_it(home: BundleHome, text: str) -> None:
    with pytest.raises(Refused):
        walk(home, text)


def test_what_is_not_there_is_told_at_the_end(home: BundleHome) -> None:
    disclosing = walk(home, "call-77:requested=x", "9999:subject")
    assert disclosing.waits
    with pytest.raises(Refused) as refused:
        disclosing.finish()
    assert len(refused.value.faults) == 2


def test_no_error_quotes_the_value() -> None:
    with pytest.raises(Refused) as refused:
        Asked.parse("call-1:nothing=a secret value")
    assert "secret" not in str(refused.value)
