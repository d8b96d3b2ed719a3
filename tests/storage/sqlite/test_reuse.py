"""Fingerprints in a file: found by what is common, gone when they are old or their subject is erased."""

from __future__ import annotations

from safeconduct.storage.sqlite.reuse import MOST_OF_ONE, ReuseStore


def test_answers_are_found_by_what_is_common_and_most_first(tmp_path):
    store = ReuseStore(tmp_path / "reuse.db")
    store.add("call_1", "acme", "weld", "m", "leaf-1", range(1, 1200), at=10)
    store.add("call_2", "acme", "weld", "m", "leaf-2", [5, 6, 7], at=20)
    assert [(found[0], found[6]) for found in store.matches(range(5, 1000), 2)] == [("call_1", 995), ("call_2", 3)]
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


def test_what_answers_at_three_places_share_is_nobodys_answer(tmp_path):
    store = ReuseStore(tmp_path / "reuse.db")
    for number, place in enumerate((("a", "p"), ("a", "p"), ("b", "q"))):
        store.add(f"call_{number}", *place, "m", f"leaf-{number}", [1, 2, 3], at=number)
    assert len(store.matches([1, 2, 3], 2)) == 3
    store.add("call_9", "b", "r", "m", "leaf", [1, 2, 4, 5], at=9)
    assert [found[0] for found in store.matches([1, 2, 3, 4, 5], 2)] == ["call_9"], "1 and 2 are of words that all were told"
    store.close()


def test_of_one_fingerprint_the_newest_answers_are_kept(tmp_path):
    store = ReuseStore(tmp_path / "reuse.db")
    for number in range(MOST_OF_ONE + 3):
        store.add(f"call_{number}", "a", "p", "m", "leaf", [1, 2], at=number)
    assert sorted(found[0] for found in store.matches([1, 2], 2)) == sorted(f"call_{at}" for at in range(3, MOST_OF_ONE + 3))
    store.close()


def test_what_is_too_much_goes_with_the_oldest(tmp_path):
    store = ReuseStore(tmp_path / "reuse.db")
    for number in range(900):
        store.add(f"call_{number}", "a", "p", "m", "leaf", range(number * 100, number * 100 + 100), at=number)
    before = store.size
    assert store.shrink(before) == 0
    assert 400 <= store.shrink(before // 2) <= 600
    assert store.size <= before // 2
    assert store.matches([0, 1, 2], 2) == []
    assert [found[0] for found in store.matches([89_900, 89_901], 2)] == ["call_899"]
    store.close()
