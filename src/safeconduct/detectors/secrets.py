"""Is there a secret here? Reads on from where a pattern of ``tables/secrets.toml`` hit, and checks what it reads.

A reader gets the bytes, the place where the pattern ended and the rule; it returns the span of the secret itself, never of the
words around it, or None. None of them raises, whatever follows.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from safeconduct.detectors import checks, passwords, runs
from safeconduct.detectors.table import Rule, begins, either_case, read, rules

Span = tuple[int, int]
Reader = Callable[[bytes, int, Rule], Span | None]

SPLIT_REACH: Final = 384
"""Bytes after a token's prefix within which its pieces are looked for, if something stands between them."""

_MOST_PIECES: Final = 16
_GLUE: Final = runs.table(runs.SPACES + b"\xe2\x80\x8b\x8c\x8d\x8e\x8f\xef\xbb\xbf\xc2\xad\x81\xa0\\")
_SPACED: Final = b' \t\r\n\x00/"<>'
_OUTSIDE: Final = _SPACED + b"?#@"
_PEM_BODY: Final = runs.table(runs.CLASSES["base64"] + b" \t\r\n\\\"'+,:-.")
_PEM_LONGEST: Final = 16_384
_SAMPLES: Final = frozenset(read("samples")["sha256"])


def credible(body: bytes, rule: Rule) -> bool:
    """Random enough for what the rule looks for, and no placeholder."""
    figures = sum(48 <= byte <= 57 for byte in body)
    cased = figures > 1 or rule.charset != "alnum" or not (body.islower() or body.isupper())
    return figures >= rule.digits and cased and not checks.placeholder(body) and checks.entropy(body) >= rule.entropy


def sample(value: bytes) -> bool:
    """True for a token that a provider prints in its own documentation."""
    return sha256(value).hexdigest()[:20] in _SAMPLES


def token(data: bytes, at: int, rule: Rule) -> Span | None:
    """A prefix and a run of the rule's characters; also in pieces with white space or invisible characters between."""
    if rule.prefixed and not begins(data, at - rule.behind):
        return None
    inside = runs.TABLES[rule.charset]
    end = runs.end_of(data, at, inside, rule.most + 1)
    while end > at and data[end - 1] == 46:  # a full stop ends the sentence, not the token
        end -= 1
    size = end - at
    if size > rule.most:
        return None
    if size < rule.least:
        return _pieces(data, at, end, rule) if rule.least >= 16 and size >= 4 else None
    if data[end - 1] == 45 or not credible(data[at:end], rule) or sample(data[at - rule.behind : end]):
        return None
    return at - rule.behind, end


def _pieces(data: bytes, at: int, end: int, rule: Rule) -> Span | None:
    inside = runs.TABLES[rule.charset]
    body = data[at:end]
    words = int(_wordlike(body))
    for _ in range(_MOST_PIECES):
        start = runs.end_of(data, end, _GLUE, 24)
        if data[start - 1 : start + 1] == b"\\n":
            start += 1
        end = runs.end_of(data, start, inside, rule.most + 1)
        piece = data[start:end]
        if not piece or start == at + len(body) or end - at > SPLIT_REACH or len(body) + len(piece) > rule.most:
            return None
        body += piece
        words += _wordlike(piece)
        if len(body) >= rule.least:
            whole = words <= 1 and checks.mixed(body, max(2, rule.digits)) and credible(body, rule)
            return (at - rule.behind, end) if whole else None
    return None


def _wordlike(piece: bytes) -> bool:
    return piece.isalpha() and (piece[1:].islower() or piece.isupper())


def jwt(data: bytes, at: int, rule: Rule) -> Span | None:
    start = at - rule.behind
    if not begins(data, start):
        return None
    one = data.find(b".", at, at + rule.most)
    two = data.find(b".", one + 1, at + rule.most) if one > 0 else -1
    signed = runs.end_of(data, two + 1, runs.TABLES["dash"], 16) if two > 0 else 0
    if signed < two + 17 or not checks.jwt(data[start:signed]):
        return None  # before the whole is read: a flood of beginnings must cost little
    end = runs.end_of(data, at, runs.TABLES["dots"], rule.most)
    value = data[start:end].rstrip(b".-")
    if not checks.jwt(value) or checks.placeholder(value.split(b".")[2]) or sample(value):
        return None
    return start, start + len(value)


def pem(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """From the first dashes to the last ones, or as far as it looks like a key."""
    start = data.rfind(b"-----BEGIN", max(0, at - 80), at)
    last = data.find(b"-----END", at, at + _PEM_LONGEST)
    if last < 0:
        body_end = runs.end_of(data, at, _PEM_BODY, runs.LONGEST)
        end = body_end
    else:
        body_end = last
        close = data.find(b"-----", last + 8, last + 80)
        end = close + 5 if close > 0 else last + 8
    body = data[at : min(body_end, at + 2_048)].translate(None, b" \t\r\n\\\"'+,:-.")
    return (start, end) if len(body) >= 40 and checks.entropy(body[:512]) >= 4.0 else None


def url(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """``scheme://user:password@host``: the password."""
    sign = at - 2
    start = data.rfind(b"://", max(0, at - 300), sign) + 3
    if start < 3:
        return None
    user, _, password = data[start:sign].partition(b":")
    if not 4 <= len(password) <= 128 or len(user) > 128 or user.translate(None, _OUTSIDE) != user:
        return None
    if (
        password.translate(None, _SPACED) != password
        or checks.placeholder(password)
        or password.lower() in passwords.COMMON
        or password == user
    ):
        return None
    if password.isdigit() and len(password) < 6:
        return None
    return sign - len(password), sign


def header(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    end = runs.end_of(data, at, passwords.VALUE, 2_048)
    value = data[at:end]
    while value[-1:] in (b"\\", b".", b")"):
        value = value[:-1]
    if value.lower() in (b"bearer", b"basic", b"token", b"apikey", b"api-token"):
        return None
    if data[max(0, at - 7) : at].lower().rstrip(b" ").endswith(b"basic"):
        try:
            plain = binascii.a2b_base64(value + b"===", strict_mode=False)
        except binascii.Error:
            return None
        name, sign, password = plain.partition(b":")
        good = (
            bool(sign)
            and password.lower() not in passwords.COMMON
            and not checks.placeholder(name + b"." + password)
            and plain.isascii()
        )
        return (at, at + len(value)) if good and plain.isascii() and len(plain) >= 6 else None
    if len(value) < 11 or checks.placeholder(value) or not checks.mixed(value) or passwords.CODE.intersection(value.rstrip(b"=")):
        return None
    return (at, at + len(value)) if checks.entropy(value) >= 2.75 else None


_OTHER_TOKENS: Final = (
    b"public",
    b"csrf",
    b"xsrf",
    b"authenticity",
    b"verification",
    b"page",
    b"next",
    b"sync",
    b"cancel",
    b"eos",
    b"bos",
    b"pad",
)


def assigned(data: bytes, at: int, rule: Rule) -> Span | None:
    """A random value that is given to something named like a key."""
    start, value, _ = passwords.value_at(data, at)
    size = len(value)
    if size < 40 and data.startswith(b"...", start + size):
        return None  # shown shortened
    name = passwords.name_at(data, at)
    aws = size == 40 and b"secret" in name  # letters, digits, / and + in any order
    if not rule.least <= size <= 200 or checks.placeholder(value) or not checks.mixed(value, 1 if aws else 2):
        return None
    if runs.end_of(value, 0, runs.TABLES["base64url"]) < size and runs.end_of(value, 0, runs.TABLES["tilde"]) < size:
        return None
    if any(word in name for word in _OTHER_TOKENS) or (b"count" in name and b"account" not in name):
        return None
    if value[:3] in (b"pk.", b"pk_"):
        return None  # a key that its provider calls public
    pieces = value.replace(b"_", b"-").replace(b".", b"-").split(b"-")
    if len(pieces) > 1 and not checks.uuid(value) and max(map(len, pieces)) < 12:
        return None  # words with hyphens: a name of something
    if not aws and value.count(b"/") and (value[:1] == b"/" or value.count(b".") or value.count(b"/") > size // 8):
        return None  # a path
    return (start, start + size) if checks.entropy(value) >= 3.0 else None


READERS: Final[dict[str, Reader]] = {
    "token": token,
    "jwt": jwt,
    "pem": pem,
    "url": url,
    "header": header,
    "login": passwords.login,
    "assigned": assigned,
    "password": passwords.password,
    "command": passwords.command,
    "argument": passwords.argument,
    "prose": passwords.prose,
}


def load() -> list[Rule]:
    """The rules of the table, and the one about sentences."""
    data = read("secrets")
    nouns = b"|".join(either_case(noun) for noun in data["prose"]["nouns"])
    told = Rule(
        detector="secrets",
        kind="told_password",
        said="a password told in a sentence",
        reader="prose",
        patterns=(b"(?:" + nouns + b")",),
        vague=True,
    )
    return [*rules("secrets", data["rule"]), told]
