"""Commitments: what opens them, and what cannot."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit.commitment import commit, mac, opens, salt, subject_key
from safeconduct.registry import keys

MASTER = bytes(range(32))


def test_p8_a_commitment_is_hmac_over_the_canonical_pair() -> None:
    expected = hmac.new(b"k" * 32, b'["request","\xc3\xa9\\n"]', hashlib.sha256).hexdigest()
    assert commit(b"k" * 32, "request", "é\n") == expected


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",))), st.text(st.characters(exclude_categories=("Cs",))))
def test_p8_only_the_same_value_opens_it(value: str, other: str) -> None:
    made = commit(salt(MASTER, "call-1", "f"), "f", value)
    assert opens(made, salt(MASTER, "call-1", "f"), "f", value)
    assert opens(made, salt(MASTER, "call-1", "f"), "f", other) == (value == other)


def test_p8_equal_values_of_different_entries_subjects_and_fields_do_not_look_equal() -> None:
    keys = [subject_key(MASTER, name) for name in ("ada", "bo")]
    made = {commit(salt(key, entry, name), name, "same") for key in keys for entry in ("c1", "c2") for name in ("a", "b")}
    assert len(made) == 8


def test_p8_a_persons_salts_die_with_the_handle() -> None:
    keys = {subject_key(MASTER, "ada", handle) for handle in (b"", b"h" * 16, b"i" * 16)}
    assert len(keys) == 3
    made = commit(salt(subject_key(MASTER, "ada", b"h" * 16), "call-1", "f"), "f", "same")
    assert not opens(made, salt(subject_key(MASTER, "ada"), "call-1", "f"), "f", "same")


def test_a_presented_key_is_looked_up_by_what_is_kept_of_an_issued_one() -> None:
    text = keys.mint(bytes(range(32)))
    assert mac(b"pepper-of-the-tests-of-32-bytes!", text.encode()) == keys.digest(b"pepper-of-the-tests-of-32-bytes!", text)
