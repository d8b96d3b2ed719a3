"""Who is at hand, who lies on the shelf, and that nothing is left of whom is forgotten."""

from __future__ import annotations

from safeconduct.watch.memory import Memory
from support.watching import Shelf


def test_the_least_recently_seen_go_to_the_shelf_and_come_back_as_they_were() -> None:
    shelf = Shelf()
    memory = Memory(shelf, 2)
    memory.of("person/a", 1).calls = 7
    memory.of("person/b", 2)
    memory.of("person/a", 3)
    memory.of("person/c", 4)
    assert set(shelf) == {"person/b"}
    memory.of("person/b", 5)
    assert set(shelf) >= {"person/a"}
    assert memory.of("person/a", 6).calls == 7
    assert len(memory) == 2


def test_p8_whoever_is_forgotten_is_neither_here_nor_there() -> None:
    shelf = Shelf()
    memory = Memory(shelf, 1)
    memory.of("person/a", 1).calls = 7
    memory.of("person/b", 1)
    assert memory.forget("person/a") is not None
    assert memory.forget("person/b") is not None
    assert memory.forget("person/c") is None
    assert not shelf
    assert memory.names() == []
    assert memory.changed() == []
    assert memory.peek("person/a") is None
    assert memory.of("person/a", 2).calls == 0


def test_a_snapshot_holds_whoever_was_seen_since_the_last() -> None:
    memory = Memory(Shelf(), 5)
    memory.of("person/a", 1)
    memory.of("person/b", 1)
    assert {who for who, _ in memory.changed()} == {"person/a", "person/b"}
    memory.of("person/b", 2)
    assert {who for who, _ in memory.changed()} == {"person/b"}


def test_what_cannot_be_read_starts_anew_and_is_counted() -> None:
    shelf = Shelf({"person/a": b"\x92\x01\x02"})
    memory = Memory(shelf, 5)
    assert memory.of("person/a", 3).first == 3
    assert memory.damaged == 1
