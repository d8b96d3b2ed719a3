"""Which strings and documents does each organization watch? Its lists of canaries, kept in the home as keyed hashes.

What a canary is and how a text is searched for one is the detector's (``detectors.canaries``). One file holds all lists: every
text is searched for the canaries of every organization, because the string of one is most telling in the hands of another.

INVARIANT (P8): no string and no word of a document is kept, shown or told in an error.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.detectors.canaries import Canaries, fingerprint, prints
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.locks import Held
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

FILE: Final = "canaries.json"
KEY_BYTES: Final = 32
MOST_LISTS: Final = 1_000
MOST_PRINTS: Final = 200_000  # of all lists: they are held by every worker
MOST_NAME: Final = 100


class Watched(msgspec.Struct, frozen=True):
    """One list: fingerprints of strings, and of rows of words of a document. Without both it is none."""

    organization: str
    name: str
    added_at: Moment
    strings: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()


class Kept(msgspec.Struct, frozen=True):
    """The file."""

    key: bytes
    lists: tuple[Watched, ...] = ()

    def canaries(self) -> Canaries:
        """Everything that is looked for."""
        strings = frozenset[str]().union(*(each.strings for each in self.lists))
        return Canaries(self.key, strings, frozenset[str]().union(*(each.documents for each in self.lists)))


def read(home: Home) -> Kept | None:
    """The lists of a home; None where there are none. Raises Refused."""
    path = home.path / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        what = f"the lists of canaries cannot be read: {type(error).__name__}"
        raise Refused(Fault("canaries_unreadable", what, str(path), "mend the file, or take it away")) from error


def add(home: Home, organization: str, name: str, now: Moment, *, lines: Sequence[str] = (), document: str = "") -> Watched:
    """Add a list of one string a line, or of the rows of a document. All of it, or nothing. Raises Refused with every fault."""
    with _writing(home) as kept:
        if not name or len(name) > MOST_NAME or not name.isprintable():
            raise Refused(Fault("bad_name", "a list has a name of one printable line", "--name", "give it a short name"))
        if _of(kept, organization, name) is not None:
            raise Refused(Fault("list_exists", f"{organization} has a list {name}", "--name", "take another name, or remove it"))
        found = Watched(organization, name, now, _strings(kept.key, lines), frozenset(prints(kept.key, document)))
        if not found.strings and not found.documents:
            what = "it holds nothing to look for"
            raise Refused(Fault("nothing_watched", what, name, "give strings one a line, or a document of eight words and more"))
        fresh = Kept(kept.key, (*kept.lists, found))
        if len(fresh.lists) > MOST_LISTS or sum(len(each.strings) + len(each.documents) for each in fresh.lists) > MOST_PRINTS:
            raise Refused(Fault("too_many_canaries", "more than can be looked for", name, "remove lists that are not needed"))
        _write(home, fresh)
    return found


def remove(home: Home, organization: str, name: str) -> Watched:
    """Take one list away. Raises Refused when there is none."""
    with _writing(home) as kept:
        found = _of(kept, organization, name)
        if found is None:
            what = f"{organization} has no list {name}"
            raise Refused(Fault("unknown_list", what, "--name", "see: safeconduct canary list"))
        _write(home, Kept(kept.key, tuple(each for each in kept.lists if each is not found)))
    return found


def _of(kept: Kept, organization: str, name: str) -> Watched | None:
    return next((each for each in kept.lists if (each.organization, each.name) == (organization, name)), None)


def _strings(key: bytes, lines: Sequence[str]) -> frozenset[str]:
    """The fingerprints of the lines that are not empty. Raises Refused with every line that is no canary, by its number."""
    found, faults = set(), []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.add(fingerprint(key, line.strip()))
        except ValueError as wrong:
            faults.append(Fault("bad_canary", str(wrong), f"line {number}", "mend the line, or give the file as a document"))
    if faults:
        raise Refused(*faults)
    return frozenset(found)


@contextmanager
def _writing(home: Home) -> Iterator[Kept]:
    """The lists as they are, while nobody else changes them."""
    lock = Held(home.run / "canaries.lock", "a change of the canaries")
    try:
        yield read(home) or Kept(secrets.token_bytes(KEY_BYTES))
    finally:
        lock.release()


def _write(home: Home, kept: Kept) -> None:
    disk = Disk()
    disk.write_file(home.path / FILE, msgspec.json.encode(kept, order="sorted"), 0o600)
    disk.sync_directory(home.path)
