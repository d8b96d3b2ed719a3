"""Changes: every kind has one shape, and nothing else is read as if it had."""

from __future__ import annotations

import hmac
from hashlib import sha256

import msgspec
import pytest

from safeconduct.registry.bodies.parties import OrganizationRegistered
from safeconduct.registry.changes import (
    BODIES,
    SALT_BYTES,
    Change,
    Draft,
    FirstDigest,
    RowHashes,
    digest_of,
    draft,
    read_body,
    row_hash,
    seal,
    sealed,
)
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER


def test_a_draft_carries_the_body_of_its_kind_and_reads_back() -> None:
    body = OrganizationRegistered("Acme", 1, FOREVER, programs=("glass",))
    made = draft(5, "officer", "organization.registered", "acme", body)
    assert read_body(made) == body
    with pytest.raises(ValueError, match="does not carry"):
        draft(5, "officer", "person.registered", "acme", body)
    with pytest.raises(ValueError, match="does not carry"):
        draft(5, "officer", "no.such", "acme", body)


@pytest.mark.parametrize(
    "body",
    [{}, {"name": 3}, {"name": "A", "surprise": 1}, {"name": None}],
)
def test_a_body_of_another_shape_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        read_body(Change(7, 1, "officer", "authority.registered", "bis", body))
    assert refused.value.faults[0].where == "change 7"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Refused, match=r"no change is called party\.thrown"):
        read_body(Change(1, 1, "officer", "party.thrown", "acme", {}))


def test_every_kind_refuses_unknown_keys() -> None:
    for kind, shape in BODIES.items():
        assert shape.__struct_config__.forbid_unknown_fields, kind


def _draft(name: str = "Ann") -> Draft:
    return Draft(1, "officer", "person.registered", "ann", {"name": name, "starts": 1, "ends": 2})


def test_p8_the_hash_of_a_change_tells_nothing_without_its_salt() -> None:
    twin = Draft(1, "officer", "person.registered", "ann", {"ends": 2, "starts": 1, "name": "Ann"})
    one = sealed(_draft(), b"s" * SALT_BYTES)
    assert (one.salt, one.hash) == (b"s" * SALT_BYTES, sealed(twin, b"s" * SALT_BYTES).hash)
    assert one.hash != sealed(_draft(), b"t" * SALT_BYTES).hash
    assert one.hash != sealed(_draft("Anna"), b"s" * SALT_BYTES).hash


@pytest.mark.parametrize("salt", [b"", b"s" * SALT_BYTES, b"k" * 64])
def test_the_hash_of_a_change_is_the_library_s_hmac_of_its_words(salt: bytes) -> None:
    words = b'["officer",1,{"ends":2,"name":"Ann","starts":1},"person.registered","ann"]'
    assert sealed(_draft(), salt).hash == hmac.digest(salt, words, "sha256").hex()


@pytest.mark.parametrize("subject", ["ann", 'a"n\\n ü'])
def test_the_hashes_of_many_changes_are_those_of_each(subject: str) -> None:
    made = RowHashes("officer ü", 7)
    for kind, salt in (
        ("person.registered", b"s" * SALT_BYTES),
        ("person.ended", b"t" * SALT_BYTES),
        ("person.ended", b"u" * 16),
    ):
        one = row_hash(salt, 7, "officer ü", kind, subject, b'{"name":"Ann"}')
        assert made.of(salt, kind, msgspec.json.encode(subject), b'{"name":"Ann"}').hex() == one


def test_the_digest_of_an_act_is_made_of_the_hashes_in_order_and_the_act_s_salt() -> None:
    one, other = seal([_draft(), _draft("Anna")], bytes(range(2 * SALT_BYTES)))
    whole = sha256(b"".join(map(bytes.fromhex, (one.hash, other.hash, sha256(b"salt of an act: s").hexdigest())))).hexdigest()
    assert digest_of([one, other], b"t") != whole
    assert digest_of([one, other], b"s") == whole != digest_of([other, one], b"s")
    assert digest_of([Draft(9, "", "", "", {}, hash=one.hash), other], b"s") == whole, "without the words it holds as well"
    with pytest.raises(ValueError, match="more drafts than salts"):
        list(seal([_draft(), _draft()], bytes(SALT_BYTES)))


def test_acts_of_before_keep_the_digest_they_had() -> None:
    digest = FirstDigest(b"salt")
    for name in ("Ann", "Anna"):
        digest.add(1, "officer", "person.registered", "ann", b'{"name":"%s"}' % name.encode())
    row = '["officer",1,{"name":"%s"},"person.registered","ann"]'
    words = f"[{row % 'Ann'},{row % 'Anna'}]"
    assert digest.hex() == hmac.digest(b"salt", words.encode(), "sha256").hex()
