"""Does a provider's bill say what the log says? Reads the export's files and the signed entries about calls, and compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.assembly.walking import Tell, signed_shards, walk
from safeconduct.audit.entries import CallDecided, CallEnded, decode
from safeconduct.inquiry.usage import WIDTHS, Tally, UsageDifference, compare, gathered
from safeconduct.inquiry.usage_files import MAX_BYTES, read_export
from safeconduct.storage.files.disk import read_bounded
from safeconduct.terms.faults import Fault, Refused

MOST_FILES: Final = 1_000
_CALLS: Final = (b'"type":"call.decided"', b'"type":"call.ended"')


class Billed(msgspec.Struct, kw_only=True):
    """What a comparison with an export found. ``spans`` were compared; ``calls`` of the log are of this upstream, at any time."""

    provider: str
    upstream: str
    spans: int
    lines: int
    calls: int
    unknown_calls: int
    by_model: bool
    differences: list[UsageDifference]


def compare_usage(
    home: Home,
    environ: Mapping[str, str],
    files: Sequence[Path],
    provider: str,
    bucket: str,
    tell: Tell = lambda *_: None,
    *,
    upstream: str = "",
) -> Billed:
    """Compare an export with the log. The calls of ``upstream`` of the settings count; empty for the one named like the provider.

    Raises Refused with every fault of the files, or when the log does not hold.
    """
    if len(files) > MOST_FILES:
        mend = "put the pages of one month together"
        raise Refused(Fault("usage_too_many", f"there are more than {MOST_FILES} files", str(files[0]), mend))
    export = read_export([(str(path), _whole(path)) for path in files], provider)
    width = WIDTHS[bucket]
    try:
        spans = gathered(export.used, width)
    except ValueError as wrong:
        mend = "compare by wider spans: --bucket 1d"
        raise Refused(Fault("usage_too_wide", str(wrong), str(files[0]), mend)) from wrong
    by_model = any(each.model for each in export.used)
    tally = Tally(provider, width, by_model, upstream)

    def take(_: int, data: bytes) -> None:
        if any(each in data for each in _CALLS):
            entry = decode(data)
            if isinstance(entry, CallDecided | CallEnded):
                tally.take(entry)

    for signed in signed_shards(home, environ):
        if why := walk(signed, take, tell):
            raise Refused(Fault("log_broken", f"the log does not hold: {why}", str(home.log), "run: safeconduct audit verify"))
    covered = [since - since % width for since, _ in export.spans]
    return Billed(
        provider=provider,
        upstream=upstream or provider,
        spans=len(set(covered)),
        lines=len(export.used),
        calls=tally.calls,
        unknown_calls=tally.unknown,
        by_model=by_model,
        differences=list(compare(spans, covered, tally)),
    )


def _whole(path: Path) -> bytes:
    try:
        return read_bounded(path, MAX_BYTES)
    except ValueError as wrong:
        raise Refused(Fault("usage_too_long", str(wrong), str(path), "give one month at a time")) from wrong
