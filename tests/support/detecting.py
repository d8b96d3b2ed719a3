"""Rules as the tests of detectors use them, compiled once for each process; and samples with random values."""

from __future__ import annotations

import base64
from functools import lru_cache
from random import Random

from safeconduct.detectors import canaries
from safeconduct.detectors.rules import Rules
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import Finding

CANARY = "zebra-crossing-canary-77"
LEGEND = "Project Lighthouse internal"
_ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@lru_cache(maxsize=1)
def rules() -> Rules:
    return Rules(canaries=canaries.of(b"k" * 16, [CANARY]), legends=[LEGEND])


def findings(text: str) -> list[Finding]:
    return rules().scan_text("$", text, Origin.USER)


def seen(text: str, detector: str = "secrets") -> list[tuple[str, str]]:
    """What one detector finds in a text: the kind and the very piece."""
    return [(one.kind, text[one.start : one.end]) for one in findings(text) if one.detector == detector]


def blocks(*texts: str, origin: Origin = Origin.USER) -> list[Block]:
    return [Block(f"$[{place}]", text, origin, place) for place, text in enumerate(texts)]


def token(random: Random, size: int, letters: str = _ALNUM) -> str:
    """Random, and with figures in it, as tokens are."""
    return "4z7" + "".join(random.choice(letters) for _ in range(size - 3))


def samples(random: Random) -> list[str]:
    """Texts with one finding each, of every kind of form."""
    github = "ghp_" + token(random, 36)
    amazon = "AKIA" + "".join(random.choice("ABCDEFGHIJKLMNOP234567") for _ in range(16))
    return [
        f"key {github} ",
        f"{github[:12]} {github[12:]}\n",
        f"{github[:14]}\u200b{github[14:]} ",
        f'"{github[:10]}" + "{github[10:]}" ',
        base64.b64encode(f"token={github}".encode()).decode() + " ",
        base64.encodebytes(("x" * 50 + f" key {github} " + "yyy " * 10).encode()).decode(),
        amazon + " ",
        "".join(f"%{byte:02x}" for byte in amazon.encode()) + " ",
        amazon.encode().hex() + " ",
        "".join(f"&#{ord(letter)};" for letter in github) + " ",
        "".join(f"\\u{ord(letter):04x}" for letter in github) + " ",
        f"to=3D{github[:20]}=\n{github[20:]} ",
        base64.b64encode(f"Grüße {github}".encode("utf-16-le")).decode() + " ",
        "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in github) + " ",
        f"my password is hunter2{token(random, 4)} ok ",
        f"DB_PASSWORD={token(random, 9)}\n",
        f"postgres://app:{token(random, 10)}@db1.x:5432/p ",
        "-----BEGIN RSA PRIVATE KEY-----\n"
        + "\n".join(token(random, 64) for _ in range(6))
        + "\n-----END RSA PRIVATE KEY-----\n",
        "curl -u bob:'pRf7vG2h1L8n' x ",
        f"Authorization: Bearer {token(random, 30)}\n",
        f"mysql -u root -p{token(random, 9)} shop\n",
        f'smtp.login("ann", "{token(random, 9)}")\n',
        f"<password>{token(random, 9)}</password>",
        "\nTOP SECRET//SI//NOFORN\n",
        "\n(S//REL TO USA, GBR) Fielding is done. ",
        "\nCUI//SP-EXPT//FEDCON\n",
        "\nDISTRIBUTION STATEMENT D. Distribution authorized ",
        "ECCN: 5B001\n",
        "\nStrictly Confidential\n",
        f"\n{LEGEND}\n",
        "These technical data are subject to the EAR. ",
        "write a.b@rhyta.com ",
        "call +49 170 555 23 11 8 ",
        "SSN: 460-89-9847 ",
        "card 4007 0707 5369 0781 ",
        "IBAN DE89 3704 0044 0532 0130 00 ",
        "born on 12 March 1980. ",
        "born on 12/03/1980 ",
        "passport number: C01X00T47\n",
        "lives at 1600 Sunny Hill Road, ",
        "wohnt Lindenstraße 12, ",
        "vive en Calle de Alcalá 45, ",
        "habite 12 rue de la République, ",
        "tel. 0490 75 40 81 ",
        "visit 86.121.97.248 now ",
        "AB 12 34 56 D ",
        f"{CANARY} ",
    ]


FILLERS = (
    "please look at this ",
    "I think that it fails. ",
    "\n",
    "the value is ok, ",
    "Line one\n",
    'He said "yes" and left ',
    "müßig это ",
    "2020 The ",
    "SEE A B ",
    "- item\n",
    "What? ",
    "see (a) ",
    "$x = 3; ",
    "日本語。",
    "\\n",
    "🙂\u200d🙂 ",
)


def mixture(random: Random) -> str:
    """Samples and ordinary text in some order."""
    every = samples(random)
    return "".join(random.choice(FILLERS if random.random() < 0.5 else every) for _ in range(random.randint(2, 8)))
