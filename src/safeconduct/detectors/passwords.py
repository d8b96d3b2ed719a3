"""Is this word a password that somebody set, gave to a program or told? And what is assigned to a name: shared by all readers.

Readers are as in ``secrets``: they get the bytes, the place where a pattern ended and the rule, and give back the span or None.
"""

from __future__ import annotations

from typing import Final

from safeconduct.detectors import checks, runs
from safeconduct.detectors.table import Rule, read

Span = tuple[int, int]

_WORDS: Final = read("secrets")["words"]
VALUE: Final = runs.table(bytes(set(range(33, 256)) - set(b"\"'`,;&<>|")))
_QUOTES: Final = b"\"'`"
COMMON: Final = frozenset(word.encode() for word in _WORDS["common"])
_TECHNICAL: Final = frozenset(word.encode() for word in _WORDS["technical"])
_UNSPACED: Final = runs.table(bytes(range(0xE3)))  # 0 for how letters of scripts begin that write no spaces between words
CODE: Final = frozenset(b'()[]{}<>=;,|\\"`')
_PATHS: Final = frozenset(b"/:")
_STRONG: Final = frozenset(b"!@#$%^&*+?~")


def login(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """``-u name:password``, as curl takes it."""
    quoted = data[at - 1 : at] in (b'"', b"'")
    end = runs.end_of(data, at, VALUE, 200)
    value = data[at:end].rstrip(b"}\\" if quoted else b"\\}")
    capitals = sum(65 <= byte <= 90 for byte in value[1:])
    random = len(value) >= 12 and value.isalpha() and 3 <= capitals < len(value) - 3
    return (at, at + len(value)) if random or passwordlike(value) else None


_WRAPPERS: Final = tuple(
    word + quote for word in (b"b", b"r", b"u", b"f", b"@", b"String::from(", b"new String(") for quote in (b'"', b"'")
)


def value_at(data: bytes, at: int) -> tuple[int, bytes, bool]:
    """What is assigned at a place: its start, the bytes, and whether it stands in quotes."""
    ahead = data[at : at + 16]
    wrapped = next((word for word in _WRAPPERS if ahead.startswith(word)), b"")
    at += len(wrapped) - 1 if wrapped else 0
    if data[at : at + 1] == b"\\":
        at += 1
    quote = data[at : at + 1]
    quoted = quote != b"" and quote in _QUOTES
    if quoted:
        at += 1
        end = data.find(quote, at, at + 400)
        value = data[at:end] if end >= 0 else data[at : runs.end_of(data, at, VALUE, 400)]
        return at, value[:-1] if value[-1:] == b"\\" else value, True
    value = data[at : runs.end_of(data, at, VALUE, 400)]
    return at, value.rstrip(b".\\)}]"), False


def unclosed(data: bytes, at: int) -> bool:
    """True if a value in quotes begins here and does not end yet: there may be white space in it."""
    start, _, quoted = value_at(data, at)
    return quoted and data.find(data[start - 1 : start], start, start + 400) < 0


def name_at(data: bytes, at: int) -> bytes:
    """The name that something is assigned to."""
    end = at - len(data[max(0, at - 24) : at]) + len(data[max(0, at - 24) : at].rstrip(b" :=>\"'\\]"))
    name = data[runs.start_of(data, end, runs.CLASSES["dash"], 60) : end].lower()
    return name_at(data, end - 5) if name == b"value" else name


def passwordlike(value: bytes, *, told: bool = False) -> bool:
    """Letters with digits or signs among them; no code, no placeholder, no word about passwords. ``told`` is in a sentence."""
    if not 6 <= len(value) <= 128 or checks.placeholder(value) or (told and b"://" in value):
        return False
    lower = value.lower()
    stem = lower.strip(b"0123456789!@#$%^&*?+~-_.")
    letters = sum(65 <= byte <= 90 or 97 <= byte <= 122 or byte > 127 for byte in value)
    if letters < 2 or stem in _TECHNICAL or CODE.intersection(value) or (told and _termlike(lower)):
        return False
    if not told and (
        stem in COMMON or any(word in lower for word in (b"password", b"passwd", b"secret", b"token", b"credential"))
    ):
        return False
    if b"://" in value or value[:2] in (b"0x", b"--") or (value[:1] in b"-/@%&" and not told):
        return False
    return any(48 <= byte <= 57 for byte in value) or bool(_STRONG.intersection(value[:-1] if told else value))


def _termlike(lower: bytes) -> bool:
    """True for ``sha256-hashed`` and ``aes-256-gcm``: a technical term with its figure, and words after a hyphen."""
    parts = lower.split(b"-")
    head = parts[0] if parts[0][-1:].isdigit() or len(parts) < 2 else parts[0] + parts[1]
    rest = parts[1:] if head is parts[0] else parts[2:]
    figured = head.rstrip(b"0123456789")
    return figured != head and figured in _TECHNICAL and all(part.isalnum() and len(part) <= 12 for part in rest)


def password(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """A password in a configuration, a program or a note."""
    start, value, quoted = value_at(data, at)
    quoted = quoted or (data[at - 1 : at] == b">" and data.startswith(b"</", start + len(value)))
    if not quoted and (value.count(b".") > 1 or data[start + len(value) : start + len(value) + 1] in (b"(", b"[", b"<")):
        return None
    return (start, start + len(value)) if passwordlike(value) else None


_FLAGS: Final = (b"-p", b"-a", b"-P")


def command(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """``mysql -pPASSWORD`` and ``sshpass -p PASSWORD``; of ``net use`` the word that follows the user."""
    line_end = runs.line_end(data, at, 160)
    tool = data[max(0, at - 12) : at]
    words = data[at - 2 : line_end].split(b" ")  # a flag begins within the pattern
    place = at - 2
    before = b""
    for word in words:
        glued = word[:2] in _FLAGS and len(word) > 2
        start = place + 2 if glued and b"sshpass" not in tool else place
        if glued or before in _FLAGS or before.lower().startswith(b"/user:"):
            value = data[start : place + len(word)].strip(b"\"'`,;")
            start += len(data[start : place + len(word)]) - len(data[start : place + len(word)].lstrip(b"\"'`,;"))
            if passwordlike(value):
                return start, start + len(value)
        before = word
        place += len(word) + 1
    return None


def argument(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """``login("name", "PASSWORD")``: the last of two or more arguments, if it is like a password."""
    close = data.find(b")", at, at + 180)
    inside = data[at:close] if close > 0 else b""
    quote = inside[-1:]
    if quote not in (b'"', b"'"):
        return None
    start = inside.rfind(quote, 0, len(inside) - 1) + 1
    value = inside[start:-1].rstrip(b"\\")
    if b"," not in inside[: start - 1] or start < 2 or b" " in value or not passwordlike(value):
        return None
    return at + start, at + start + len(value)


_LEADING: Final = tuple(sign.encode() for sign in _WORDS["opening"])
_TRAILING: Final = tuple(sign.encode() for sign in _WORDS["closing"])


_VERBS: Final = tuple(verb.encode() for verb in read("secrets")["prose"]["verbs"])
_OF: Final = tuple(f" {word} ".encode() for word in read("secrets")["prose"]["of"])
_CLAUSE: Final = runs.table(bytes(set(range(256)) - set(b"\n\x00.:;?!=")))


def prose(data: bytes, at: int, rule: Rule) -> Span | None:  # noqa: ARG001
    """What follows "the password is", "the password for the router is" and the like; the pattern ends after the noun."""
    ahead = data[at : at + 64].lower()
    found = [len(verb) for verb in _VERBS if ahead.startswith(verb)] if ahead.startswith(_VERBS) else []
    if ahead.startswith(_OF):
        end = runs.end_of(ahead, 0, _CLAUSE, 48) + 1
        for verb in _VERBS:
            place = ahead.find(verb, 4, end + len(verb) - 1)
            if place >= 0:
                found.append(place + len(verb))
    span = next((span for size in sorted(found) if (span := _told(data, at + size)) is not None), None)
    if span is None and not found and ahead[:1] == b" ":
        span = _told(data, at)  # "user ann, password x9Kq2LmZ"
        if span is not None and not _strong(data[span[0] : span[1]]):
            return None
    return span


def _strong(value: bytes) -> bool:
    """Like no word: eight or more letters and figures, with capitals and small letters or a sign among them."""
    figures = sum(48 <= byte <= 57 for byte in value)
    cased = not (value.islower() or value.isupper()) or bool(_STRONG.intersection(value))
    return (
        len(value) >= 8
        and figures > 0
        and cased
        and value.isascii()
        and not value[:1].isdigit()
        and not _PATHS.intersection(value)
    )


def _told(data: bytes, at: int) -> Span | None:
    """The word after the verb, if it is like a password."""
    if (
        data[at - 1] < 128
        and data[at - 1 : at] not in (b":", b"=")
        and data[at : at + 1] not in (b" ", b":", b'"', b"'", b"`", b"\n")
    ):
        return None  # "issued" is not "is"
    start = at
    for _ in range(6):
        if data[start : start + 1] in (b" ", b":", b"=", b'"', b"'", b"`", b"*", b"\n"):
            start += 1
            continue
        ahead = next((sign for sign in _LEADING if data.startswith(sign, start)), b"")
        if not ahead:
            break
        start += len(ahead)
    value = data[start : runs.end_of(data, start, runs.SOLID, 256)]
    value = value[: runs.end_of(value, 0, _UNSPACED, 256)]  # "90日" is no password, and "xiong8Mao请" ends before the 请
    for _ in range(6):
        value = value.rstrip(b".,;:?)\"'`*\\]}")
        behind = next((sign for sign in _TRAILING if sign in value), b"")
        if not behind:
            break
        value = value[: value.find(behind)]
    return (start, start + len(value)) if passwordlike(value, told=True) else None
