"""Which files of the history are ours to read? Folders named for days, parts by their names, in the form that we write, bounded.

Whoever reads the history, reads what somebody else may have put there: a link elsewhere, a file of another form, one that is
small on the disk and fills the memory when it is read. None of it is opened for more than to see that. What is in a part is
``history``'s to say, what it means for a hunt ``hunting``'s.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from safeconduct.terms.faults import Fault, Refused

SUFFIX: Final = ".parquet"
GROUP_ROWS: Final = 50_000  # rows that are written, and read, as one
MOST_ROWS: Final = 4_000_000  # of one file
MOST_BYTES: Final = 1 << 30  # of one file on the disk
MOST_GROUP: Final = 512 << 20  # bytes of one group of rows when unpacked
MOST_TEXT: Final = 4_096  # bytes of one string
_BATCH: Final = 10_000
_HEX: Final = frozenset("0123456789abcdef")


def days(folder: Path) -> list[Path]:
    """The folders of days, the oldest first: nothing that is a link, and nothing of another name."""
    return sorted(path for path in folder.iterdir() if is_day(path.name) and not path.is_symlink() and path.is_dir())


def parts(day: Path) -> list[Path]:
    """The files of one day. Raises Refused where something lies among them that is none, and looks like one."""
    found = sorted(path for path in day.iterdir() if path.name.endswith(SUFFIX))
    faults = [_unfit(path, why) for path in found if (why := _strange(path))]
    if faults:
        raise Refused(*faults)
    return found


def own(day: Path) -> Iterator[Path]:
    """The files of one day that can be read; all others stay where they are."""
    for path in sorted(day.iterdir()):
        if path.name.endswith(SUFFIX) and not _strange(path):
            yield path


def rows(path: Path) -> int:
    """How many rows a part says it has; 0 where it cannot be read. Raises OSError of the disk."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except OSError as wrong:
        if wrong.errno is not None:
            raise
    except (pa.ArrowException, UnicodeDecodeError, MemoryError, OverflowError):
        pass
    return 0


def wants_fit(path: Path, schema: pa.Schema) -> None:
    """Read a file once, in pieces, with every string at most once in memory. Raises Refused when it is none of ours; OSError.

    INVARIANT: nothing of a file is unpacked before its own account of its size was found to be bounded.
    """
    why = _strange(path)
    try:
        why = why or _wrong(path, schema)
    except OSError as wrong:
        if wrong.errno is not None:  # the disk's, not the file's
            raise
        why = "it is damaged"
    except (pa.ArrowException, UnicodeDecodeError, MemoryError, OverflowError):
        why = "it is damaged"
    if why:
        raise Refused(_unfit(path, why))


def _wrong(path: Path, schema: pa.Schema) -> str:
    with pq.ParquetFile(path) as file:
        if not file.schema_arrow.equals(schema):
            return "it has other columns than retained signals"
        meta = file.metadata
        if meta.num_rows > MOST_ROWS:
            return f"it has {meta.num_rows:,} rows; {MOST_ROWS:,} are the most"
        leaves = [meta.schema.column(number) for number in range(meta.num_columns)]
        texts = [each.path for each in leaves if each.physical_type == "BYTE_ARRAY"]
        for number in range(meta.num_row_groups):
            group = meta.row_group(number)
            whole = sum(group.column(each).total_uncompressed_size for each in range(group.num_columns))
            if max(whole, group.total_byte_size) > MOST_GROUP:
                return f"it would take more than {MOST_GROUP:,} bytes of memory at once"
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for batch in file.iter_batches(_BATCH):
            if any(_longest(column) > MOST_TEXT for column in batch.columns):
                return f"a text in it has more than {MOST_TEXT:,} bytes"
    return ""


def _longest(column: pa.Array) -> int:
    """Bytes of the longest string in a column, however deep it lies; each string is looked at once however often it is meant."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _longest(column.dictionary)
    if pa.types.is_list(kind):
        return _longest(column.flatten())
    if pa.types.is_struct(kind):
        return max((_longest(each) for each in column.flatten()), default=0)
    return int(pc.max(pc.binary_length(column)).as_py() or 0) if pa.types.is_string(kind) else 0


def _strange(path: Path) -> str:
    """Why this is not even to be opened; nothing when it is a plain file with a name of ours."""
    if not is_part(path.name):
        return "no part of the history has such a name"
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        return "it is no plain file"
    return f"it has {found.st_size:,} bytes; {MOST_BYTES:,} are the most" if found.st_size > MOST_BYTES else ""


def is_day(name: str) -> bool:
    """Whether a day is called so: 2026-11-23."""
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def is_part(name: str) -> bool:
    """Whether parts of the history have such names."""
    digits = name.removeprefix("part-").removesuffix(SUFFIX)
    return name == f"part-{digits}{SUFFIX}" and len(digits) == 16 and set(digits) <= _HEX


def _unfit(path: Path, why: str) -> Fault:
    name = "".join(each if each.isprintable() else "?" for each in path.name)[:80]
    mend = "nothing of it was used; see who may write to the history, take the file away, and run the hunt again"
    return Fault("history_unfit", f"{path.parent.name}/{name} is not what the watch wrote: {why}", str(path.parent.parent), mend)
