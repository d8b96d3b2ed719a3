"""Where do hunts lie, and how is one run? A folder for each: the query, and what every searched day came to.

A hunt over signals is asked of the storage, day by day. A pattern is looked for in kept content: each part that is opened is read
as by ``vault read``, in the hunt's case and for its reason, with its entry in the log first; what takes a second officer is asked
for and passed over until somebody agreed. The words that are looked for stay in the hunt's file, readable by its owner only.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from safeconduct.assembly.features import features
from safeconduct.assembly.home import Home
from safeconduct.assembly.kept_calls import find_call
from safeconduct.assembly.reading import read
from safeconduct.assembly.vault import HomeVault
from safeconduct.desk.desk import Desk
from safeconduct.inquiry.hunt import Found, Hunt, Pattern, checked, parsed
from safeconduct.terms.faults import Fault, Refused

QUERY: Final = "hunt.json"
PARTIALS: Final = "partials"
RESULT: Final = "found.json"

Tell = Callable[[int, int], None]
"""Hears how many days or parts are done, of how many."""


class PatternFound(msgspec.Struct):
    """What a hunt for a pattern came to so far: parts that hold it, parts that were read, and those that wait for somebody."""

    found: list[Found] = []
    read: list[str] = []
    waiting: list[str] = []


class Hunts:
    """The hunts of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.path / "hunts"

    @property
    def signals(self) -> Path:
        """Where retained signals lie."""
        return history_of(self._home)

    def add(self, hunt: Hunt) -> None:
        """Keep a new hunt. Raises Refused when it is none, or its id is taken; OSError."""
        hunt = checked(hunt)
        folder = self._folder / hunt.id
        if folder.exists():
            raise Refused(Fault("duplicate_id", f"there is a hunt {hunt.id}", "hunt", "choose another id"))
        folder.mkdir(parents=True, mode=0o700)
        _write(folder / QUERY, msgspec.json.encode(hunt))

    def get(self, name: str) -> Hunt:
        """One hunt. Raises Refused when there is none."""
        if name not in self.names():
            raise Refused(Fault("unknown_hunt", f"there is no hunt {name[:80]!r}", "hunt", "see: safeconduct hunt list"))
        return parsed((self._folder / name / QUERY).read_bytes())

    def names(self) -> list[str]:
        """Ids of all hunts."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if (path / QUERY).exists())

    def remove(self, name: str) -> None:
        """Remove a hunt and what it found; the history stays. Raises Refused, OSError."""
        self.get(name)
        shutil.rmtree(self._folder / name)

    def run(self, hunt: Hunt, tell: Tell) -> list[Found]:
        """Search what was not searched yet. Raises Refused where the extra is missing or a file cannot be read."""
        storage = _storage()
        with _searching(storage, self.signals, self._folder / hunt.id / PARTIALS, hunt) as hunting:
            days, done = hunting.days(), len(hunting.done())
            tell(done, len(days))
            try:
                for _ in hunting.run():
                    done += 1
                    tell(done, len(days))
                return list(hunting.found())
            except storage.Error as wrong:
                raise _unreadable(wrong, hunt) from None

    def progress(self, hunt: Hunt) -> tuple[int, int, list[Found]]:
        """Days done, days there are, and what was found so far; nothing is searched."""
        if isinstance(hunt.indicator, Pattern):
            so_far = self._read_so_far(hunt)
            return len(so_far.read), len(so_far.read) + len(so_far.waiting), so_far.found
        storage = _storage()
        with _searching(storage, self.signals, self._folder / hunt.id / PARTIALS, hunt) as hunting:
            try:
                return len(hunting.done()), len(hunting.days()), list(hunting.found())
            except storage.Error as wrong:
                raise _unreadable(wrong, hunt) from None

    def run_pattern(self, hunt: Hunt, vault: HomeVault, desk: Desk, case: str, tell: Tell) -> PatternFound:
        """Look for a pattern in the kept content of the hunt's scope. Raises Refused where it may not be read."""
        assert isinstance(hunt.indicator, Pattern)
        so_far = self._read_so_far(hunt)
        places = [name for name in _kept(vault, hunt) if name not in so_far.read]
        so_far.waiting = []
        for number, name in enumerate(places):
            tell(number, len(places))
            call, part = name.rsplit("/", 1)
            kept = find_call(vault, call)
            if hunt.organizations and kept.organization not in hunt.organizations:
                continue
            if hunt.models and kept.model not in hunt.models:
                continue
            try:
                got = read(vault, desk, call, part, case, hunt.why)
            except Refused as refused:
                if {fault.code for fault in refused.faults} != {"asked_already"}:
                    raise
                so_far.waiting.append(name)
                continue
            if got.content is None:
                so_far.waiting.append(name)
                continue
            so_far.read.append(name)
            hits = _hits(hunt.indicator, got.content)
            if hits:
                who = f"caller/{kept.caller}"
                so_far.found.append(Found(who, kept.organization, hits, float(hits), kept.at, kept.at, (call,)))
            _write(self._folder / hunt.id / RESULT, msgspec.json.encode(so_far))
        tell(len(places), len(places))
        _write(self._folder / hunt.id / RESULT, msgspec.json.encode(so_far))
        return so_far

    def forget(self) -> None:
        """Forget what every hunt found, because somebody in it is erased; each can be run again."""
        for name in self.names():
            shutil.rmtree(self._folder / name / PARTIALS, ignore_errors=True)
            (self._folder / name / RESULT).unlink(missing_ok=True)

    def _read_so_far(self, hunt: Hunt) -> PatternFound:
        path = self._folder / hunt.id / RESULT
        return msgspec.json.decode(path.read_bytes(), type=PatternFound) if path.exists() else PatternFound()


def history_of(home: Home) -> Path:
    """Where the watch keeps the signals that it has read."""
    return home.path / "history" / "signals"


def signal_history(home: Home) -> Any:
    """The writing end of the history; None where the extra ``hunt`` is not installed."""
    try:
        module = import_module("safeconduct.storage.duckdb.history")
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "pyarrow":
            raise
        return None
    return module.SignalHistory(history_of(home))


def _unreadable(wrong: Exception, hunt: Hunt) -> Refused:
    what = f"{type(wrong).__name__} while searching"
    mend = f"a partial of the hunt is damaged, or memory was short: safeconduct hunt remove {hunt.id}, and run it anew"
    return Refused(Fault("unreadable", what, hunt.id, mend))


def words_of(text: str) -> tuple[int, ...]:
    """The shingles that signals carry of a text."""
    return features(text, b"", "").shingles


def sketch_of(text: str) -> bytes:
    """The topic sketch that signals carry of a text. Raises Refused where the models are not installed."""
    try:
        module = import_module("safeconduct.detectors.models.scorer")
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("numpy", "onnxruntime"):
            raise
        mend = 'install the extra "models": pip install safeconduct[models]'
        raise Refused(Fault("no_models", f"a sketch needs {missing.name}, which is not installed", "--example", mend)) from None
    return bytes(module.Scorer.load().score(text).sketch)


class _searching:  # noqa: N801 - a context, named for what happens in it
    """DuckDB over the history, closed whatever happens."""

    def __init__(self, storage: Any, signals: Path, partials: Path, hunt: Hunt) -> None:
        self._hunting = storage.Hunting(signals, partials, hunt)

    def __enter__(self) -> Any:
        return self._hunting

    def __exit__(self, *_: object) -> None:
        self._hunting.close()


def _storage() -> Any:
    """The module that searches. Raises Refused where what it needs is not installed."""
    try:
        return import_module("safeconduct.storage.duckdb.hunting")
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("duckdb", "pyarrow"):
            raise
        mend = 'install the extra "hunt": pip install safeconduct[hunt]'
        raise Refused(Fault("no_hunt", f"hunting needs {missing.name}, which is not installed", "hunt", mend)) from None


def _kept(vault: HomeVault, hunt: Hunt) -> Iterator[str]:
    """``CALL/PART`` of everything in the vault of the hunt's time, each once."""
    seen = set()
    for _, record in vault.store().records():
        name = f"{record.call}/{record.part}"
        if not record.gone and hunt.since <= record.at < hunt.until and name not in seen:
            seen.add(name)
            yield name


def _hits(pattern: Pattern, content: bytes) -> int:
    """How often the words stand in a part: in its JSON strings as they read, and in its bytes where it is none."""
    texts = "\n".join(_strings(content))
    wanted = pattern.text
    if not pattern.exact:
        texts, wanted = texts.casefold(), wanted.casefold()
    return texts.count(wanted)


def _strings(content: bytes) -> Iterator[str]:
    """Every string of a JSON text, or of each line of a stream that is one; else the text as it is."""
    try:
        stack: list[Any] = [msgspec.json.decode(content)]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        stack = []
        text = content.decode("utf-8", "replace")
        for line in text.splitlines():
            try:
                stack.append(msgspec.json.decode(line.removeprefix("data:").strip().encode()))
            except (msgspec.MsgspecError, UnicodeEncodeError):
                yield line
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, Mapping):
            stack += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            stack += node


def _write(path: Path, data: bytes) -> None:
    """The whole file, or as it was."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(data)
    fresh.replace(path)
