from safeconduct.registry.held import Release


def test_a_release_passes_from_its_moment_to_its_end() -> None:
    word = Release("H-0123456789ab", 20, "officer:mira", 10)
    assert [word.passes(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
