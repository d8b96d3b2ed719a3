"""Where in retained signals does an indicator hold? DuckDB over one day's files after the other, each leaving its own partial.

A day whose partial lies there is done: whoever goes on after a crash, or after Ctrl-C, begins with the next one. Nothing of a
hunt becomes part of a statement's text: names of features come from tables of ours, everything else is a parameter.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import duckdb

from safeconduct.inquiry.hunt import MOST_CALLS, Condition, Example, Fingerprint, Found, Hunt, Pattern, Seen, Shape
from safeconduct.storage.duckdb import parts
from safeconduct.storage.duckdb.history import SCHEMA, day_of, settle
from safeconduct.terms.moments import FOREVER

Error = duckdb.Error
"""What searching may meet in a file."""

MEMORY: Final = "512MB"
_SIGNED: Final = 1 << 63
_WHO: Final = "CASE WHEN agent <> '' THEN 'agent/' || agent ELSE 'person/' || person END"
_HOUR: Final = '("at" // 3600000000)'
_NIGHT: Final = f"(({_HOUR} % 24) < 5)"

# What a day's partial holds of each subject, so that days can be put together: sums, lists of what counts once, a maximum.
_SUMS: Final = {
    "calls": "count(*)",
    "refusals": "count(*) FILTER (refused)",
    "denied": "count(*) FILTER (outcome = 'refused')",
    "night": f"count(*) FILTER {_NIGHT}",
    "suspicious": "count(*) FILTER (misuse <= 0.01 OR injection <= 0.01)",
    "tokens_out": "sum(greatest(tokens_out, 0))",
    "text_bytes": "sum(greatest(text_bytes, 0))",
    "holds": "count(*) FILTER (action IN ('hold', 'block', 'cut', 'justify'))",
}
_LISTS: Final = {
    "probed": "list(DISTINCT requested) FILTER (outcome = 'refused' AND requested <> '')",
    "models": "list(DISTINCT model) FILTER (model <> '')",
    "clients": "list(DISTINCT client) FILTER (client <> '')",
    "nets": "list(DISTINCT net) FILTER (net <> '')",
    "sessions": "list(DISTINCT session) FILTER (session <> '')",
    "languages": "list(DISTINCT language) FILTER (language <> '')",
    "templates": "list_distinct(flatten(list(shingles)))",
}
_FEATURE: Final = {
    **{name: f"sum({name})" for name in ("calls", "refusals", "denied", "suspicious", "tokens_out", "text_bytes", "holds")},
    **{name: f"len(list_distinct(flatten(list({name}))))" for name in _LISTS},
    "days": "count(DISTINCT day)",
    "refusal_share": "sum(refusals) / sum(calls)",
    "denied_share": "sum(denied) / sum(calls)",
    "night_share": "sum(night) / sum(calls)",
    "busiest_hour": "max(busiest_hour)",
}


class Hunting:
    """One hunt over the history in ``history``; its partials lie in ``partials``."""

    def __init__(self, history: Path, partials: Path, hunt: Hunt, *, memory: str = MEMORY, threads: int = 1) -> None:
        if isinstance(hunt.indicator, Pattern):
            raise TypeError("a pattern is looked for in kept content, not in signals")
        self._history = history
        self._partials = partials
        self._hunt = hunt
        partials.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._base = duckdb.connect(config={"memory_limit": memory, "threads": threads, "temp_directory": str(partials / "tmp")})

    def days(self) -> list[str]:
        """The days of the history that lie in the hunt's time, the oldest first."""
        if not self._history.is_dir():
            return []
        first = day_of(self._hunt.since)
        last = "9999" if self._hunt.until >= FOREVER else day_of(self._hunt.until - 1)
        days = [path for path in parts.days(self._history) if first <= path.name <= last]
        return [path.name for path in days if any(path.glob("*.parquet"))]

    def done(self) -> set[str]:
        """The days whose partial lies there."""
        return {path.stem for path in self._partials.glob("*.parquet") if parts.is_day(path.stem)}

    def run(self) -> Iterator[str]:
        """Search the days that are left; each is told once it is done. Raises Refused where a file is none of ours, and
        duckdb.Error, OSError.
        """
        known = self.done()
        for day in self.days():
            if day not in known:
                self._search(day)
                yield day

    def found(self) -> list[Found]:
        """What all partials come to, the most telling subject first."""
        files = [str(self._partials / f"{day}.parquet") for day in sorted(self.done())]
        if not files:
            return []
        having, values = ("TRUE", []) if not isinstance(self._hunt.indicator, Shape) else _having(self._hunt.indicator.conditions)
        rows = self._base.execute(
            f"""
            SELECT who, max(organization), sum(hits), max(score), min(first), max(last),
                   list_slice(list_distinct(flatten(list(named ORDER BY day))), 1, {MOST_CALLS})
            FROM read_parquet(?) GROUP BY who HAVING {having} ORDER BY max(score) DESC, sum(hits) DESC, who
            """,  # noqa: S608 - of tables of ours; what somebody gave is a parameter
            [files, *values],
        ).fetchall()
        return [
            Found(who, organization, int(hits), float(score), int(first), int(last), tuple(sorted(calls or ())))
            for who, organization, hits, score, first, last, calls in rows
        ]

    def close(self) -> None:
        self._base.close()

    def _search(self, day: str) -> None:
        """Leave the partial of one day: written whole under another name, then renamed."""
        target = self._history / day
        settle(target)
        found = parts.parts(target)
        for path in found:
            parts.wants_fit(path, SCHEMA)
        files = [str(path) for path in found]
        fresh, final = self._partials / f"{day}.new", self._partials / f"{day}.parquet"
        score, holds, values = self._condition()
        where, scope = self._scope()
        lists = ", ".join(f"{what} AS {name}" for name, what in _LISTS.items())
        sums = ", ".join(f"{what} AS {name}" for name, what in _SUMS.items())
        statement = f"""
            CREATE OR REPLACE TEMP TABLE found AS
            WITH hit AS (SELECT *, {_WHO} AS who, {score} AS near FROM read_parquet($files) WHERE {where} AND {holds}),
                 hour AS (SELECT who, count(*) AS n FROM hit GROUP BY who, {_HOUR}),
                 hours AS (SELECT who, max(n) AS busiest_hour FROM hour GROUP BY who)
            SELECT who, max(organization) AS organization, count(*) AS hits, max(near) AS score,
                   min("at") AS first, max("at") AS last,
                   list(call ORDER BY near DESC, "at")[1:{MOST_CALLS}] AS named, $day AS day, {sums}, {lists},
                   any_value(busiest_hour) AS busiest_hour
            FROM hit JOIN hours USING (who) GROUP BY who
            """  # noqa: S608 - of tables of ours; what somebody gave is a parameter
        self._base.execute(statement, {"files": files, "day": day, **scope, **values})
        self._base.execute(f"COPY found TO '{_quoted(fresh)}' (FORMAT parquet)")
        self._base.execute("DROP TABLE found")
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(final)

    def _scope(self) -> tuple[str, dict[str, Any]]:
        hunt = self._hunt
        where, values = ['"at" >= $since', '"at" < $until'], {"since": hunt.since, "until": hunt.until}
        for name, names in (("organization", hunt.organizations), ("model", hunt.models)):
            if names:
                where.append(f"list_contains(${name}s, {name})")
                values[f"{name}s"] = list(names)  # type: ignore[assignment]
        return " AND ".join(where), values

    def _condition(self) -> tuple[str, str, dict[str, Any]]:
        """How telling a signal is, whether it counts, and the parameters of both."""
        match self._hunt.indicator:
            case Fingerprint(shingles=shingles, least=least):
                shared = "len(list_intersect(shingles, $shingles))"
                signed = [each - 2 * _SIGNED if each >= _SIGNED else each for each in shingles]
                return shared, f"{shared} >= $least", {"shingles": signed, "least": least}
            case Example(sketch=sketch, similarity=near):
                ours = [float(each - 256 if each > 127 else each) for each in sketch]
                score = "array_cosine_similarity(sketch::FLOAT[64], $sketch::FLOAT[64])"
                return score, f"sketch IS NOT NULL AND {score} >= $near", {"sketch": ours, "near": near}
            case Seen(detector=detector, kind=kind, direction=direction):
                fits = (
                    "x.detector = $detector AND ($kind = '' OR x.kind = $kind) AND ($direction = '' OR x.direction = $direction)"
                )
                score = f"len(list_filter(seen, lambda x: {fits}))"
                return score, f"{score} > 0", {"detector": detector, "kind": kind, "direction": direction}
            case _:
                return "1", "TRUE", {}


def _having(conditions: tuple[Condition, ...]) -> tuple[str, list[float]]:
    tests, values = [], []
    for each in conditions:
        feature = _FEATURE[each.feature]
        if each.at_least is not None:
            tests.append(f"{feature} >= ?")
            values.append(each.at_least)
        if each.at_most is not None:
            tests.append(f"{feature} <= ?")
            values.append(each.at_most)
    return " AND ".join(tests), values


def _quoted(path: Path) -> str:
    """A path within a statement's quotes: COPY takes no parameter there."""
    return str(path).replace("'", "''")
