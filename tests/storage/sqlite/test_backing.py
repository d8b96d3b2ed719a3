"""A whole history leaves one file and fills another, and is the same there."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.storage.sqlite.backing import BackingStore
from support.registry_histories import history
from support.registry_world import PSEUDONYM_KEY


def test_a_history_is_the_same_in_another_file(tmp_path: Path) -> None:
    drafts = [each for each in history(3, 40) if each.kind != "key.issued"]
    with BackingStore.open(tmp_path / "one.db") as one, BackingStore.open(tmp_path / "two.db") as two:
        one.append(drafts)
        two.fill(one.rows(), one.act_rows())
        assert list(two.rows()) == list(one.rows())
        assert list(two.act_rows()) == list(one.act_rows()) != []
        assert list(two.registry(PSEUDONYM_KEY).everyone()) == list(one.registry(PSEUDONYM_KEY).everyone())


def test_what_is_read_stands_still_while_others_write(tmp_path: Path) -> None:
    drafts = [each for each in history(4, 40) if each.kind != "key.issued"]
    with BackingStore.open(tmp_path / "one.db") as writer, BackingStore.open(tmp_path / "one.db", read_only=True) as reader:
        writer.append(drafts[:10])
        with reader.standing_still() as version:
            writer.append(drafts[10:])
            assert (version, len(list(reader.rows()))) == (10, 10)
        assert len(list(reader.rows())) == len(drafts)


def test_a_history_with_a_gap_fills_nothing(tmp_path: Path) -> None:
    drafts = [each for each in history(5, 10) if each.kind != "key.issued"]
    with BackingStore.open(tmp_path / "one.db") as one, BackingStore.open(tmp_path / "two.db") as two:
        one.append(drafts)
        rows = list(one.rows())
        with pytest.raises(OSError, match="next place"):
            two.fill([rows[0], *rows[2:]], ())
        assert two.head() == 0
