"""How do providers write down what they counted? Their exports read strictly, into lines of ``usage.Used``.

As of these versions (other members and columns are passed over; those named here must be there and of their type):

* Anthropic, ``GET /v1/organizations/usage_report/messages`` (API version 2023-06-01), the JSON of one page: ``data[]`` of
  ``starting_at``, ``ending_at`` and ``results[]`` of ``uncached_input_tokens``, ``cache_read_input_tokens``, ``cache_creation``
  (an object of counts), ``output_tokens`` and ``model``. Input is the sum of the first three.
* Anthropic, the Console's CSV of usage: ``usage_date_utc``, ``model_version``, ``usage_input_tokens_no_cache``,
  ``usage_input_tokens_cache_read``, ``usage_input_tokens_cache_write`` with ``_5m`` and ``_1h``, ``usage_output_tokens``. Days.
* OpenAI, ``GET /v1/organization/usage/completions``, the JSON of one page: ``data[]`` of ``start_time``, ``end_time`` (seconds)
  and ``results[]`` of ``input_tokens``, ``input_cached_tokens`` (part of the former), ``output_tokens``, ``num_model_requests``
  and ``model``.
* OpenAI, the dashboard's CSV of the same: a row for each result, with columns of the same names.

Bounded by ``MAX_BYTES`` and ``MAX_ROWS``. One fault refuses all files: half an export would accuse or acquit wrongly.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import msgspec

from safeconduct.inquiry.usage import HOUR, Used
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment, parse

MAX_BYTES: Final = 256 * 1024 * 1024
MAX_ROWS: Final = 2_000_000
MAX_FAULTS: Final = 50
MAX_COUNT: Final = 2**53 - 1
DAY: Final = 24 * HOUR


class _Creation(msgspec.Struct):
    ephemeral_1h_input_tokens: int = 0
    ephemeral_5m_input_tokens: int = 0


class _AnthropicResult(msgspec.Struct):
    uncached_input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int
    cache_creation: _Creation
    model: str | None = None


class _AnthropicSpan(msgspec.Struct):
    starting_at: str
    ending_at: str
    results: list[_AnthropicResult]


class _AnthropicPage(msgspec.Struct):
    data: list[_AnthropicSpan]
    has_more: bool = False


class _OpenAIResult(msgspec.Struct):
    input_tokens: int
    output_tokens: int
    num_model_requests: int
    input_cached_tokens: int | None = None
    model: str | None = None


class _OpenAISpan(msgspec.Struct):
    start_time: int
    end_time: int
    results: list[_OpenAIResult]


class _OpenAIPage(msgspec.Struct):
    data: list[_OpenAISpan]
    has_more: bool = False


_ANTHROPIC: Final = msgspec.json.Decoder(_AnthropicPage)
_OPENAI: Final = msgspec.json.Decoder(_OpenAIPage)


@dataclass(slots=True)
class Export:
    """All files of one export: its lines, and each span that it speaks of, with usage or without."""

    used: list[Used] = field(default_factory=list)
    spans: set[tuple[Moment, Moment]] = field(default_factory=set)


def read_export(files: Sequence[tuple[str, bytes]], provider: str) -> Export:
    """Read files (name and content) of one provider's export. Raises Refused with every fault found."""
    export, faults, last, pages = Export(), list[Fault](), False, False
    seen: dict[bytes, str] = {}
    for name, data in files:
        same = seen.setdefault(sha256(data).digest(), name)
        if same != name or sum(each == name for each, _ in files) > 1:
            faults.append(Fault("usage_twice", "this file is there twice; it would count twice", name, "give each file once"))
            continue
        try:
            if data.lstrip()[:1] == b"{":
                pages = True
                last |= not _read_json(data, provider, export)
            else:
                _read_csv(data, provider, export)
        except _Wrong as wrong:
            faults += [Fault("usage_unreadable", what, f"{name}{where}", wrong.mend) for where, what in wrong.found[:MAX_FAULTS]]
    if pages and not last and not faults:
        mend = "fetch the pages that follow, too (next_page), and give all files together"
        faults.append(Fault("usage_incomplete", "every page says that another one follows", files[-1][0], mend))
    if len(export.used) > MAX_ROWS:
        faults.append(Fault("usage_too_long", f"there are more than {MAX_ROWS:,} lines", files[0][0], "give one month at a time"))
    if faults:
        raise Refused(*faults)
    return export


class _Wrong(Exception):
    """A file that is no such export; where and what."""

    def __init__(self, *found: tuple[str, str], mend: str = "give the provider's own export, unedited") -> None:
        super().__init__(found)
        self.found = found
        self.mend = mend


def _read_json(data: bytes, provider: str, export: Export) -> bool:
    """Read one page; whether it says that another one follows."""
    if len(data) > MAX_BYTES:
        raise _Wrong(("", f"the file has more than {MAX_BYTES:,} bytes"), mend="give one month at a time")
    page: _AnthropicPage | _OpenAIPage
    try:
        page = _ANTHROPIC.decode(data) if provider == "anthropic" else _OPENAI.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise _Wrong(("", f"this is no usage export of {provider} as JSON: {wrong}")) from wrong
    if isinstance(page, _AnthropicPage):
        for number, span in enumerate(page.data):
            _anthropic(span, number, export)
    else:
        for number, each in enumerate(page.data):
            _openai(each, number, export)
    return page.has_more


def _anthropic(span: _AnthropicSpan, number: int, export: Export) -> None:
    try:
        since, until = parse(span.starting_at), parse(span.ending_at)
    except (ValueError, OverflowError) as wrong:
        raise _Wrong((f" data[{number}]", f"its times cannot be read: {wrong}")) from wrong
    _span(since, until, f" data[{number}]", export)
    for each in span.results:
        created = each.cache_creation.ephemeral_1h_input_tokens + each.cache_creation.ephemeral_5m_input_tokens
        counts = (each.uncached_input_tokens, each.cache_read_input_tokens, created, each.output_tokens)
        _check(counts, f" data[{number}]")
        whole = each.uncached_input_tokens + each.cache_read_input_tokens + created
        export.used.append(Used(since, until, each.model or "", whole, each.output_tokens, each.cache_read_input_tokens))


def _openai(span: _OpenAISpan, number: int, export: Export) -> None:
    since, until = span.start_time * SECOND, span.end_time * SECOND
    _span(since, until, f" data[{number}]", export)
    for each in span.results:
        cached = -1 if each.input_cached_tokens is None else each.input_cached_tokens
        _check((each.input_tokens, each.output_tokens, each.num_model_requests, max(cached, 0)), f" data[{number}]")
        made = Used(since, until, each.model or "", each.input_tokens, each.output_tokens, cached, each.num_model_requests)
        export.used.append(made)


def _span(since: Moment, until: Moment, where: str, export: Export) -> None:
    if not 0 <= since < until <= MAX_COUNT:
        raise _Wrong((where, "it ends before it begins"))
    export.spans.add((since, until))


def _check(counts: Sequence[int], where: str) -> None:
    if any(not 0 <= each <= MAX_COUNT for each in counts):
        raise _Wrong((where, "a count is negative, or beyond everything that can be counted"))


def _read_csv(data: bytes, provider: str, export: Export) -> None:
    if len(data) > MAX_BYTES:
        raise _Wrong(("", f"the file has more than {MAX_BYTES:,} bytes"), mend="give one month at a time")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise _Wrong(("", "the file is neither JSON nor UTF-8 text")) from wrong
    columns, row_of = _COLUMNS[provider]
    found: list[tuple[str, str]] = []
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        missing = [each for each in columns if each not in (reader.fieldnames or ())]
        if missing:
            raise _Wrong((":1", f"this is no usage export of {provider} as CSV: it has no column {', '.join(missing)}"))
        for number, row in enumerate(_rows(reader), 2):
            try:
                used = row_of(row)
                export.used.append(used)
                export.spans.add((used.since, used.until))
            except (ValueError, OverflowError) as wrong:
                found.append((f":{number}", str(wrong)))
                if len(found) >= MAX_FAULTS:
                    break
    except csv.Error as wrong:
        raise _Wrong(("", f"the file is no CSV: {wrong}")) from wrong
    if found:
        raise _Wrong(*found)


def _rows(reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    for number, row in enumerate(reader):
        if number > MAX_ROWS:
            return
        yield {str(name): (value or "") if isinstance(value, str) else "" for name, value in row.items() if name is not None}


def _console_row(row: Mapping[str, str]) -> Used:
    """A row of Anthropic's Console."""
    since = parse(f"{row['usage_date_utc'][:10]}T00:00:00Z")
    written = [name for name in row if name.startswith("usage_input_tokens_cache_write")]
    cached = _number(row, "usage_input_tokens_cache_read")
    whole = _number(row, "usage_input_tokens_no_cache") + cached + sum(_number(row, name) for name in written)
    return Used(since, since + DAY, row["model_version"], whole, _number(row, "usage_output_tokens"), cached)


def _dashboard_row(row: Mapping[str, str]) -> Used:
    """A row of OpenAI's dashboard."""
    since, until = _number(row, "start_time") * SECOND, _number(row, "end_time") * SECOND
    if not since < until:
        raise ValueError("the row ends before it begins")
    cached = _number(row, "input_cached_tokens") if row.get("input_cached_tokens") else -1
    tokens = _number(row, "input_tokens"), _number(row, "output_tokens")
    return Used(since, until, row["model"], *tokens, cached, _number(row, "num_model_requests"))


_COLUMNS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, str]], Used]]]] = {
    "anthropic": (
        (
            "usage_date_utc",
            "model_version",
            "usage_input_tokens_no_cache",
            "usage_input_tokens_cache_read",
            "usage_output_tokens",
        ),
        _console_row,
    ),
    "openai": (("start_time", "end_time", "model", "num_model_requests", "input_tokens", "output_tokens"), _dashboard_row),
}


def _number(row: Mapping[str, str], name: str) -> int:
    """A count in a cell; an empty one is none. Raises ValueError."""
    text = row[name].strip()
    if not text:
        return 0
    whole = text.removesuffix(".0")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 16 or int(whole) > MAX_COUNT:
        raise ValueError(f"{name} is {text[:40]!r}, not a count")
    return int(whole)
