"""Fingerprints in a file: found by what is common, gone when they are old or their subject is erased."""

from __future__ import annotations

from safeconduct.storage.sqlite.reuse import ReuseStore


def test_answers_are_found_by_what_is_common_and_most_first(tmp_path):
    store = ReuseStore(tmp_path / "reuse.db")
    store.add("call_1", "acme", "weld", "m", "leaf-1", range(1, 1200), at=10)
    store.add("call_2", "acme", "weld", "m", "leaf-2", [5, 6, 7], at=20)
    assert [(found[0], found[5]) for found in store.matches(range(5, 1000), 2)] == [("call_1", 995), ("call_2", 3)]
    assert store.matches([5, 6], 3) == []
    store.close()


def test_p8_of_an_erased_subject_no_print_is_left_in_the_file(tmp_path):
    path = tmp_path / "reuse.db"
    store = ReuseStore(path)
    store.add("call_1", "acme", "weld", "m", "leaf-secret-one", [2**62 + 12345, -(2**60)], at=10)
    store.add("call_2", "acme", "weld", "m", "leaf-2", [5], at=10)
    assert store.forget_subject("leaf-secret-one") == 1
    assert store.matches([2**62 + 12345], 1) == []
    store.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"leaf-secret-one" not in left
    assert (2**62 + 12345).to_bytes(8, "big") not in left
    assert b"leaf-2" in left


def test_old_answers_are_forgotten_and_others_outlive_a_restart(tmp_path):
    store = ReuseStore(tmp_path / "reuse.db")
    store.add("call_1", "acme", "weld", "m", "leaf", [1, 2], at=10)
    store.add("call_2", "acme", "weld", "m", "leaf", [1, 2], at=20)
    assert store.forget_before(15) == 1
    store.close()
    again = ReuseStore(tmp_path / "reuse.db")
    assert [found[0] for found in again.matches([1, 2], 2)] == ["call_2"]
    again.close()
