from safeconduct.terms.held import is_held_id


def test_ids_of_held_things() -> None:
    assert is_held_id("H-0123456789ab")
    assert not is_held_id("H-0123456789AB")
