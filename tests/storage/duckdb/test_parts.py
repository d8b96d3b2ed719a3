"""Files that somebody else put among retained signals: told apart, not run, not loaded, and nothing elsewhere is touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from safeconduct.assembly.home import Home
from safeconduct.assembly.hunting import Hunts, history_of
from safeconduct.inquiry.hunt import Condition, Hunt, Shape
from safeconduct.storage.duckdb import parts
from safeconduct.storage.duckdb.history import SCHEMA, SignalHistory, day_of, table_of
from safeconduct.storage.duckdb.hunting import Hunting
from safeconduct.terms.faults import Refused
from support.hunts import DAY, START, found, kept, signal

NAME = "part-00000000000000ff.parquet"
EVERY = Shape((Condition("calls", 1),))
SQL = "'; COPY (SELECT 1) TO 'told.txt'; --"


def _table(**texts: str) -> pa.Table:
    return table_of([signal(1, **texts)])


def _text(path: Path) -> None:
    path.write_text("person\nada\n")


def _cut(path: Path) -> None:
    pq.write_table(_table(), path)
    path.write_bytes(path.read_bytes()[:-40] + b"PAR1")


def _columns(path: Path) -> None:
    pq.write_table(pa.table({"person": ["ada"], "at": [1]}), path)


def _types(path: Path) -> None:
    table = _table()
    pq.write_table(table.set_column(0, "at", pa.array(["now"])), path)


def _flipped(path: Path) -> None:
    pq.write_table(table_of([signal(number) for number in range(999)]), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    path.write_bytes(data)


def _bomb(path: Path) -> None:
    """Half a megabyte that is meant a hundred thousand times: some kilobytes on the disk, 50 GB in memory."""
    row = table_of([signal(1)])
    word = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["x" * 500_000]))
    wide = {name: pa.repeat(row[name][0], 100_000) for name in SCHEMA.names if name != "client"}
    columns = [word.cast(pa.dictionary(pa.int32(), pa.string())) if name == "client" else wide[name] for name in SCHEMA.names]
    schema = SCHEMA.set(SCHEMA.get_field_index("client"), pa.field("client", pa.dictionary(pa.int32(), pa.string())))
    plain = pa.table(columns, schema=schema)
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(plain)


def _long(path: Path) -> None:
    pq.write_table(table_of([signal(1, tools=("Bash", "x" * 5_000))]), path, compression="zstd")


def _unpacked(path: Path) -> None:
    table = table_of([signal(number, shingles=(7,) * 64) for number in range(2_000)])
    pq.write_table(table, path, compression="zstd", use_dictionary=False)


PLANTS: dict[str, Callable[[Path], None]] = {
    "text": _text,
    "cut": _cut,
    "columns": _columns,
    "types": _types,
    "flipped": _flipped,
    "bomb": _bomb,
    "long": _long,
    "unpacked": _unpacked,
}


@pytest.fixture
def day(tmp_path: Path) -> Path:
    folder: Path = kept(tmp_path, [signal(1)]) / day_of(START)
    return folder


@pytest.mark.parametrize("plant", PLANTS)
def test_a_file_that_the_watch_did_not_write_is_named_and_not_used(
    plant: str, day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_GROUP", 1 << 20)
    PLANTS[plant](day / NAME)
    before = pa.total_allocated_bytes()
    with pytest.raises(Refused, match=f"{day.name}/{NAME} is not what the watch wrote") as refused:
        found(tmp_path, day.parent, EVERY)
    assert refused.value.faults[0].code == "history_unfit"
    assert pa.total_allocated_bytes() - before < 1 << 20
    history = SignalHistory(day.parent)
    history.tidy(START + DAY, days=30)
    assert (day / NAME).exists(), "evidence of who was there stays for whoever looks into it"
    assert history.forget("bea") == 0
    assert not (day / NAME).exists(), "nobody can tell whom it names"
    assert found(tmp_path, day.parent, EVERY) == {"person/ada": 1}


@pytest.mark.parametrize("name", ["*.parquet", "part-[0-9]*.parquet", f"{SQL}.parquet", "part-../x.parquet", "part-00.parquet"])
def test_a_name_that_is_none_of_ours_is_told_and_is_no_pattern(name: str, day: Path, tmp_path: Path) -> None:
    pq.write_table(_table(), day / name.replace("/", "\N{FRACTION SLASH}"))
    with pytest.raises(Refused, match="no part of the history has such a name"):
        found(tmp_path, day.parent, EVERY)


def test_folders_that_are_no_days_are_not_read(day: Path, tmp_path: Path) -> None:
    for name in (f"{day.name[:-1]}*", "**", SQL.replace("/", ""), f"{day.name}x", "2024-2-1"):
        (day.parent / name).mkdir()
        pq.write_table(_table(person="mallory"), day.parent / name / NAME)
    assert found(tmp_path, day.parent, EVERY) == {"person/ada": 1}


def test_links_lead_nowhere_neither_to_read_nor_to_write_nor_to_remove(day: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    pq.write_table(_table(person="mallory"), elsewhere / NAME)
    (day.parent / "2000-01-01").symlink_to(elsewhere)
    (day.parent / day_of(START + DAY)).symlink_to(elsewhere)
    history = SignalHistory(day.parent)
    history.add([signal(2, day=1)], START + DAY)
    history.flush(START + DAY)
    history.tidy(START + 2 * DAY, days=30)
    assert found(tmp_path, day.parent, EVERY) == {"person/ada": 2}
    (day / NAME).symlink_to(elsewhere / NAME)
    with pytest.raises(Refused, match="it is no plain file"):
        found(tmp_path, day.parent, EVERY)
    (day / NAME).with_suffix(".replaces").write_bytes(b"../../elsewhere/" + NAME.encode() + b"\n\xff\xfe\n..\n")
    history.forget("mallory")
    history.tidy(START + 60 * DAY, days=30)
    assert [path.name for path in elsewhere.iterdir()] == [NAME]


def test_a_pipe_or_a_folder_among_the_parts_holds_nobody_up(day: Path, tmp_path: Path) -> None:
    os.mkfifo(day / NAME)
    (day / f"{NAME}.d").mkdir()
    with pytest.raises(Refused, match="it is no plain file"):
        found(tmp_path, day.parent, EVERY)
    history = SignalHistory(day.parent)
    history.tidy(START + DAY, days=30)
    history.tidy(START + 60 * DAY, days=30)
    assert [path.name for path in day.iterdir()] == [f"{NAME}.d"]


def test_statements_in_texts_are_texts(tmp_path: Path) -> None:
    history = kept(tmp_path, [signal(1, SQL, client=SQL, requested="$files", tools=(SQL,))])
    assert found(tmp_path, history, EVERY, organizations=("acme",)) == {f"person/{SQL}": 1}
    assert not list(tmp_path.rglob("told.txt"))


def test_what_was_put_together_stays_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safeconduct.storage.duckdb.history.MERGED_ROWS", 8)
    history = SignalHistory(tmp_path / "signals")
    for number in range(10):
        history.add([signal(3 * number + each) for each in range(3)], START)
        history.flush(START)
    for _ in range(3):
        history.tidy(START + DAY, days=30)
    counts = [parts.rows(path) for path in parts.parts(tmp_path / "signals" / day_of(START))]
    assert sum(counts) == 30
    assert max(counts) <= 8
    assert len(counts) <= 6


@pytest.mark.parametrize("damage", [b"", b"PAR1 this is none PAR1"])
def test_a_damaged_partial_is_told_with_what_to_do(damage: bytes, day: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    history_of(home).parent.mkdir(parents=True)
    day.parent.rename(history_of(home))
    hunts, hunt = Hunts(home), Hunt("h-1", EVERY, 0)
    hunts.add(hunt)
    assert [each.hits for each in hunts.run(hunt, lambda *_: None)] == [1]
    (partial,) = (home.path / "hunts").rglob("*.parquet")
    partial.write_bytes(damage)
    for ask in (lambda: hunts.run(hunt, lambda *_: None), lambda: hunts.progress(hunt)):
        with pytest.raises(Refused, match="safeconduct hunt remove h-1"):
            ask()


def test_a_partial_with_another_name_is_no_day_that_was_searched(day: Path, tmp_path: Path) -> None:
    hunting = Hunting(day.parent, tmp_path / "p", Hunt("h-1", EVERY, 0))
    list(hunting.run())
    (done,) = (tmp_path / "p").glob("*.parquet")
    (tmp_path / "p" / "2024*.parquet").write_bytes(done.read_bytes())
    assert hunting.done() == {day.name}
    assert [each.hits for each in hunting.found()] == [1]
    hunting.close()
