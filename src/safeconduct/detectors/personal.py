"""Is there something about a person that has a structure? Mail, numbers with checksums, dates of birth, addresses of streets.

Names and places are not looked for here: they need a model, and that stays out of the call path. A reader gets the bytes, the
place where the pattern ended and the rule, and returns the span or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from safeconduct.detectors import checks, runs
from safeconduct.detectors.table import Rule, read, rules

Span = tuple[int, int]

_LOCAL: Final = runs.CLASSES["alnum"] + b"._%+-"
_HOST: Final = runs.table(runs.CLASSES["alnum"] + b".-")
_GROUPED: Final = runs.table(runs.DIGITS + b" ().-")
_CAPITAL: Final = runs.table(runs.CLASSES["upper"] + b" ")
_DATED: Final = runs.table(runs.CLASSES["alnum"] + b" ./,-")
_NOBODY: Final = (
    "example.com",
    "example.org",
    "example.net",
    "example.edu",
    "test.com",
    "domain.com",
    "email.com",
    "localhost",
    "company.com",
)
_ROLES: Final = frozenset(
    (b"noreply", b"no-reply", b"git", b"user", b"username", b"name", b"you", b"your.email", b"someone", b"foo", b"test")
)
_MONTHS: Final = (
    b"jan",
    b"feb",
    b"mar",
    b"apr",
    b"may",
    b"jun",
    b"jul",
    b"aug",
    b"sep",
    b"oct",
    b"nov",
    b"dec",
    b"mai",
    b"okt",
    b"dez",
    b"ene",
    b"abr",
    b"ago",
    b"dic",
    b"f\xc3\xa9v",
    b"avr",
    b"juin",
    b"juil",
    b"ao\xc3\xbb",
)
_TABLE: Final = read("personal")["streets"]
_STREETS: Final = frozenset(word.encode() for word in _TABLE["words"])
_JOINING: Final = frozenset(_TABLE["joining"])
_NOT_STREETS: Final = frozenset(_TABLE["others"])
_LEADING_WORDS: Final = frozenset(_TABLE["leading"])


def _digits(value: bytes) -> bytes:
    return bytes(byte for byte in value if 48 <= byte <= 57)


def mail(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    sign = at - 2
    start = runs.start_of(data, sign, _LOCAL, 64)
    end = runs.end_of(data, sign + 1, _HOST, 253)
    host = data[sign + 1 : end].rstrip(b".-").lower()
    name, _, top = host.rpartition(b".")
    if (
        not name
        or not 2 <= len(top) <= 24
        or not top.isalpha()
        or data[start : start + 1] == b"."
        or top in (b"png", b"jpg", b"svg", b"js")
    ):
        return None
    if (
        host.decode("ascii").endswith(_NOBODY)
        or data[start:sign].lower() in _ROLES
        or host.endswith((b".example", b".invalid", b".test"))
    ):
        return None
    return start, sign + 1 + len(host)


def phone(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    end = at if data[at - 1] in runs.DIGITS else at - 1
    end = runs.end_of(data, end, runs.TABLES["digits"], 8)
    start = runs.start_of(data, end, b"0123456789 ().-+/", 26)
    value = data[start:end]
    plus = value.find(b"+")
    start += plus if plus >= 0 else len(value) - len(value.lstrip(b" ).-/"))
    figures = _digits(data[start:end])
    if not 8 <= len(figures) <= 15 or len(set(figures)) < 4 or b"5550" in figures[2:9] or figures in (b"1234567890",):
        return None
    return start, end


def phone_said(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    start = at - 1
    while data[start - 1] in b"(+":
        start -= 1
    end = runs.end_of(data, at, _GROUPED, 24)
    while data[end - 1] not in runs.DIGITS:
        end -= 1
    figures = _digits(data[start:end])
    return (start, end) if 7 <= len(figures) <= 15 and len(set(figures)) > 2 else None


def card(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """Twelve to nineteen digits in one, or in the groups that cards are printed in."""
    end = at - 1
    start = runs.start_of(data, end, runs.DIGITS, 20)
    if end - start < 12:
        low = max(0, end - 24)
        start = runs.start_of(data, end, b"0123456789 -", 24)
        while start < end and not (
            data[start : start + 4].isdigit() and data[start + 4] in b" -" and data[start - 1] not in runs.DIGITS
        ):
            start += 1
        if start == low or len(_digits(data[start:end])) > 19:
            start = end - 19
            while start < end and not (data[start : start + 4].isdigit() and data[start + 4] in b" -"):
                start += 1
    figures = _digits(data[start:end])
    if len(figures) == 12:
        return (start, end) if b"card" in data[max(0, start - 40) : start].lower() and checks.luhn(figures) else None
    return (start, end) if 13 <= len(figures) <= 19 and checks.card(figures) else None


def iban(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    found = max(data.rfind(country, at - 10, at) for country in (data[at - 9 : at - 7], data[at - 8 : at - 6]))
    for start in {found, at - 9, at - 8}:
        size = checks.IBAN_LENGTHS.get(data[start : start + 2], 0)
        taken, letters = start, 0
        end = runs.end_of(data, start, _CAPITAL, 48)
        while taken < end and letters < size:
            letters += data[taken] != 32
            taken += 1
        if (
            size
            and letters == size
            and not data[taken : taken + 1].isalnum()
            and checks.iban(data[start:taken].replace(b" ", b""))
        ):
            return start, taken
    return None


def ssn(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    end = at - 1
    start = runs.start_of(data, end, b"0123456789- ", 11)
    while data[start] not in runs.DIGITS:
        start += 1
    return (start, end) if len(_digits(data[start:end])) == 9 and checks.ssn(_digits(data[start:end])) else None


def ip(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    end = at - 1
    if data[end : end + 1] == b"." and data[end + 1 : end + 2].isdigit():
        return None
    start = runs.start_of(data, end, b"0123456789.", 16)
    before = data[max(0, start - 12) : start].lower()
    if b"version" in before or b"release" in before:
        return None
    return (start, end) if checks.address4(data[start:end]) else None


def born(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A day after words about birth: digits in groups, or a day, a month's name and a year."""
    value = data[at : runs.end_of(data, at, _DATED, 24)]
    start = at + len(value) - len(value.lstrip(b" "))
    words = value.split()
    taken = b""
    for size in (1, 3):
        words_taken = words[:size]
        joined = b" ".join(words_taken).rstrip(b".,")
        figures = _digits(joined)
        named = any(word.lower().startswith(_MONTHS) for word in words_taken)
        parts = joined.replace(b"/", b"-").replace(b".", b"-").split(b"-")
        if (size == 1 and 6 <= len(figures) <= 8 and len(parts) == 3 and all(part.isdigit() for part in parts)) or (
            size == 3 and named and 5 <= len(figures) <= 6
        ):
            taken = joined
    return (
        (start, start + data[start : start + 32].find(taken) + len(taken))
        if taken and data.find(taken, start, start + 32) >= 0
        else None
    )


def document(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    if data[at - 1] not in b" :#":
        return None
    end = runs.end_of(data, at, runs.TABLES["dash"], 24)
    value = data[at:end].rstrip(b"-")
    figures = _digits(value)
    letters = len(value) - len(figures) - value.count(b"-")
    good = 6 <= len(value) <= 20 and len(figures) >= 5 and letters <= 4 and value.upper() == value and len(set(figures)) > 2
    return (at, at + len(value)) if good else None


def nino(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    start, letters = at - 1, 0
    while letters < 9 and start > 0:
        start -= 1
        letters += data[start] != 32
    value = data[start : at - 1].replace(b" ", b"")
    bad = value[:2] in (b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ")
    return (start, at - 1) if len(value) == 9 and not bad and value not in (b"QQ123456C", b"AB123456C") else None


def national(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """Brazil, Switzerland, Spain, France, India: shape and checksum both."""
    end = at - 1
    start = runs.start_of(data, end - 1, b"0123456789.- ", 24)
    value = data[start:end].lstrip(b" .-")
    start = end - len(value)
    figures = _digits(value)
    good = (
        (value[3:4] == b"." and len(figures) == 11 and checks.cpf(figures))
        or (value[:4] == b"756." and len(figures) == 13 and checks.ean13(figures))
        or (value[-1:].isalpha() and len(figures) == 8 and checks.dni(figures + value[-1:]))
        or (len(figures) == 15 and value[-1:].isdigit() and checks.insee(figures))
        or (len(figures) == 12 and value.count(b" ") == 2 and checks.verhoeff(figures))
    )
    return (start, end) if good and len(set(figures)) > 3 else None


def street(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A number, one to four words in capitals, and a word for a street; or a box."""
    if data[at - 1] in runs.DIGITS:
        start = max(data.rfind(word, max(0, at - 20), at) for word in (b"P", b"PSC"))
        return (start, runs.end_of(data, at, runs.TABLES["digits"], 8)) if start >= 0 else None
    start = runs.start_of(data, at - 3, runs.DIGITS, 6)
    end = at
    for place in range(6):
        end = runs.end_of(data, end, runs.SOLID, 32)
        word = data[runs.solid_start(data, end, 40) : end]
        if place and word.rstrip(b",;:") in _STREETS:  # not "60 Place value"
            return start, end - (len(word) - len(word.rstrip(b",;:.")))
        if data[end : end + 1] != b" " or not data[end + 1 : end + 2].isupper() or word[-1:] in b".,;:?!":
            return None
        end += 1
    return None


def street_named(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A word for a street in one of the languages of Europe, the street's name, and a number behind it or directly before it."""
    start = runs.solid_start(data, at - 1, 48)
    word = data[start : at - 1].decode("utf-8", "ignore").lstrip("(\"'„“«[,;:>")
    start = at - 1 - len(word.encode())
    if not word or word.lower() in _NOT_STREETS:
        return None
    leads = word in _LEADING_WORDS or word.endswith(".") or not word[:1].isascii() or word.islower()
    ended = word[:1].isupper() and not leads  # Hauptstraße 12: the number comes next
    words = data[at : at + 64].split(b"\n", 1)[0].decode("utf-8", "ignore").split(" ")
    end, named = at, 0
    for one in words[: 1 if ended else 7]:
        bare = one.rstrip(".,;:)!?\"'")
        size = len(one.encode())
        figures = bare.split("/")[0].split("-")[0]
        if (
            figures[:1].isdigit()
            and len(figures) <= 6
            and figures.rstrip("abcdABCD").isdigit()
            and len(figures.rstrip("abcdABCD")) <= 4
        ):
            return (start, end + len(bare.encode())) if named or ended or word.islower() else None
        if not (bare[:1].isupper() or bare.lower() in _JOINING):
            break
        named += bare[:1].isupper() or bare.isdigit()
        end += size + 1
        if one[-1:] in ";:.!?" and len(bare) > 3:
            break
    comma = data.find(b",", at, end)
    return (start, comma if comma > 0 else end - 1) if named and leads and end > at and _numbered(data, start) else None


def _numbered(data: bytes, start: int) -> bool:
    """True if a number of a house stands directly before it: ``12 rue``, ``12 bis, rue``."""
    before = data[max(0, start - 12) : start]
    if before[-1:] != b" ":
        return False
    before = before.rstrip(b" ,").removesuffix(b" bis").removesuffix(b" ter")
    return before[-1:].isdigit() and before.rstrip(runs.DIGITS)[-1:] in (b" ", b"\n", b"\t", b",", b"(", b":")


def street_part(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A box of the forces' post, or the number of a flat."""
    end = at if data[at - 1] in runs.DIGITS else at - 1
    places = [
        data.rfind(word, max(0, at - 28), at)
        for word in (b"APO", b"FPO", b"DPO", b"Unit", b"Apt.", b"Apartment", b"Suite", b"Ste.")
    ]
    start = max(places)
    return None if start < 0 or data[max(0, start - 5) : start].lower() == b"test " else (start, end)


READERS: Final[dict[str, Callable[[bytes, int, Rule], Span | None]]] = {
    "mail": mail,
    "phone": phone,
    "phone_said": phone_said,
    "card": card,
    "iban": iban,
    "ssn": ssn,
    "ip": ip,
    "born": born,
    "document": document,
    "nino": nino,
    "national": national,
    "street": street,
    "street_named": street_named,
    "street_part": street_part,
}


def load() -> list[Rule]:
    return rules("personal", read("personal")["rule"])
