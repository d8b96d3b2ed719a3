"""For how long is content kept? Retention classes, and the months that their keys belong to.

A class is a number of days after the end of the month in which the content came. Which class a call's content gets is asked by
duties (``retain``); the longest that is asked for wins. Held content is the office's question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from safeconduct.terms.content import BANNED, CLASS_DAYS, PROTECTED
from safeconduct.terms.moments import SECOND, Moment, from_datetime

DAY: Final[Moment] = 86_400 * SECOND
MAX_DAYS: Final = 36_525  # a century; more is a mistake
MAX_NAME: Final = 32


class Classes:
    """The classes of one installation: those that are always there, and those of its settings, in days."""

    __slots__ = ("_days", "protected")

    def __init__(self, days: Mapping[str, int] | None = None, protected: Iterable[str] = ()) -> None:
        """Raises ValueError for a name or a number that no class can have.

        ``protected``: those of the settings that a law makes us keep; erasing may not shorten them, nor the ones always there.
        """
        self._days = {**CLASS_DAYS, **(days or {})}
        self.protected = PROTECTED | frozenset(protected)
        for name, count in self._days.items():
            if not is_class_name(name) or name == BANNED:
                raise ValueError(f"{name[:40]!r} is no name of a retention class")
            if not 1 <= count <= MAX_DAYS:
                raise ValueError(f"class {name} would last {count} days; 1 to {MAX_DAYS} are possible")

    def __contains__(self, name: object) -> bool:
        return name in self._days

    def days(self, name: str) -> int:
        """How many days after the end of its month a class lasts. Raises KeyError for none of ours."""
        return self._days[name]

    def names(self) -> list[str]:
        """Every class, the shortest first."""
        return sorted(self._days, key=lambda name: (self._days[name], name))

    def longest(self, asked: Iterable[str]) -> str:
        """The class that lasts longest of those asked for; empty when none was. Raises KeyError for one that is not ours."""
        return max(asked, key=lambda name: (self._days[name], name), default="")

    def over_at(self, name: str, month: str) -> Moment:
        """When the time of a class's month is over. Raises KeyError for an unknown class, ValueError for no month."""
        return month_end(month) + self._days[name] * DAY


def is_class_name(text: str) -> bool:
    """Whether a text can name a class: a small letter, then small letters, digits and dashes."""
    return (
        0 < len(text) <= MAX_NAME
        and text.isascii()
        and text[0].islower()
        and all(each.islower() or each.isdigit() or each == "-" for each in text)
    )


def month_of(at: Moment) -> str:
    """The month (YYYY-MM, UTC) that a moment lies in."""
    found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return f"{found.year:04d}-{found.month:02d}"


def is_month(text: str) -> bool:
    """Whether a text is a month, written YYYY-MM."""
    year, dash, month = text.partition("-")
    digits = text.isascii() and year.isdigit() and month.isdigit()
    return bool(dash) and digits and (len(year), len(month)) == (4, 2) and 1 <= int(month) <= 12 and int(year) >= 1970


def month_end(month: str) -> Moment:
    """The first moment after a month. Raises ValueError for no month."""
    if not is_month(month):
        raise ValueError(f"{month[:20]!r} is no month; write it like 2026-06")
    year, number = int(month[:4]), int(month[5:])
    return from_datetime(datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC))
