from safeconduct.assembly.held import Waiting
from safeconduct.registry.held import Release
from safeconduct.terms.held import LASTS, Held

NOTE = Held("H-0123456789ab", 10, "call_1", "sc_1", "acme")


def test_the_state_of_something_held() -> None:
    word = Release(NOTE.id, 20 + LASTS, "officer:mira", 20)
    assert Waiting(NOTE, None, True).state(30) == "waiting"
    assert Waiting(NOTE, word, True).state(30) == "released"
    assert Waiting(NOTE, word, True).state(30 + LASTS) == "over"
    assert Waiting(NOTE, Release(NOTE.id, 0, "officer:mira", 20), True).state(30) == "declined"
