"""What markings and what data of persons do we plant, and what beside it that looks alike? Made by seed; contents invented.

The other half of ``evaluation.planted``: each set is `{kind: [texts]}`, kinds that begin with ``not_`` are hard negatives.
"""

# ruff: noqa: E501 - tables of texts; variety, not secrecy
from __future__ import annotations

import random
from collections.abc import Callable

from evaluation.planted import Sets

_EACH = 25
_LINES = (
    "The pump station has two spare motors.",
    "Deliveries arrive on Tuesdays at the north gate.",
    "The antenna was moved eleven meters to the east.",
    "Test series four ended without findings.",
    "The convoy schedule changes with the season.",
    "Spare parts are kept for ninety days.",
)


def markings(seed: int = 42) -> Sets:
    """Documents that bear a marking, and texts that talk about markings or use the words otherwise."""
    dice = random.Random(seed)

    def line() -> str:
        return dice.choice(_LINES)

    def many(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(_EACH)]

    levels, controls = (
        ("SECRET", "TOP SECRET", "CONFIDENTIAL"),
        ("NOFORN", "ORCON", "REL TO USA, GBR", "SI//NOFORN", "TK//NOFORN", "PROPIN"),
    )
    short = ("S//NF", "C//NF", "TS//SI//NF", "S//REL TO USA, FVEY", "CUI", "C//REL")
    cui = ("CUI//SP-PRVCY", "CUI//SP-CTI", "CUI//SP-EXPT//NOFORN", "CUI//PROCURE", "CUI//SP-NUC", "CONTROLLED//SP-PRVCY")
    statements = (
        "DISTRIBUTION STATEMENT B. Distribution authorized to U.S. Government agencies only; proprietary information; 3 May 2026.",
        "DISTRIBUTION STATEMENT C. Distribution authorized to U.S. Government agencies and their contractors; critical technology.",
        "DISTRIBUTION STATEMENT D. Distribution authorized to the Department of Defense and U.S. DoD contractors only.",
        "Distribution Statement E: Distribution authorized to DoD Components only; administrative use.",
        "DISTRIBUTION STATEMENT F. Further dissemination only as directed by the program office.",
    )
    export = (
        "ECCN: 3A001.b.2 - the amplifier may not be shipped without a license.",
        "This item is classified under ECCN 5E002.",
        "USML Category XI(a)(4): the receiver and its technical data.",
        "WARNING - This document contains technical data whose export is restricted by the Arms Export Control Act.",
        "Export controlled under the ITAR. No transfer to foreign persons without authorization.",
    )
    return {
        "banner": many(lambda: f"{dice.choice(levels)}//{dice.choice(controls)}\n\n{line()} {line()}"),
        "portion": many(lambda: f"({dice.choice(short)}) {line()}\n({dice.choice(short)}) {line()}"),
        "cui": many(lambda: f"{dice.choice(cui)}\n{line()}\n{line()}"),
        "distribution_statement": many(lambda: f"{line()}\n\n{dice.choice(statements)}"),
        "export": many(lambda: f"{line()}\n{dice.choice(export)}"),
        "company": many(lambda: f"{dice.choice(('STRICTLY CONFIDENTIAL', 'COMPANY CONFIDENTIAL', 'INTERNAL USE ONLY', 'Confidential and Proprietary'))}\n\n{line()}"),
        "not_question": [
            "What does SECRET//NOFORN mean on old documents in the museum?",
            "Explain the difference between CUI and classified information to a new hire.",
            "Which distribution statement fits a public brochure?",
            "How do portion marks such as (U) work? I am writing a novel.",
            "Does an ECCN apply to open-source encryption software?",
            "Write a regex that finds classification banners in text.",
            "What does ORCON stand for?",
            "Is REL TO a marking or a verb here?",
            "Who decides what is top secret in France?",
            "What is the ITAR and does it matter for a bicycle maker?",
        ],
        "not_words": [
            "Victoria's secret recipe for scones is cold butter.",
            "This stays between us, it's top secret until her birthday!",
            "The confidential vote takes place in the gym.",
            "(S) small, (M) medium, (L) large: order your shirts by Friday.",
            "(C) 2026 The Choir of the North Gate. All rights reserved.",
            "Category XI is the children's race, category XII the seniors.",
            "Distribution of the flyers starts on Monday; statement follows.",
            "Keep the password secret // and never log it",
            "const SECRET = load(); // NOFORMAT",
            "The controlled experiment had three groups.",
            "Noforn is a village in our fantasy world, in the north.",
            "Please treat my application confidentially.",
            "SECRET GARDEN // OPENING HOURS 9-17",
            "TOP 10 SECRET BEACHES IN PORTUGAL",
            "(U) is the universal set, (A) a subset.",
            "Exports of cheese rose by 4 percent under the new statement of accounts.",
            "CONFIDENTIAL: the title of our school's theater play",
            "FOR SALE: one piano, internal use only as decoration, haha",
            "U.S. Government agencies published new nutrition advice.",
            "Our unclassified ads page has bikes and sofas.",
        ],
    }  # fmt: skip


def _luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def _iban(dice: random.Random) -> str:
    body = "".join(str(dice.randint(0, 9)) for _ in range(18))
    check = 98 - int(body + "131400") % 97
    return f"DE{check:02}{body}"


def personal(seed: int = 43) -> Sets:
    """Data of persons that have a structure, and numbers that are something else."""
    dice = random.Random(seed)

    def digits(size: int) -> str:
        return str(dice.randint(1, 9)) + "".join(str(dice.randint(0, 9)) for _ in range(size - 1))

    def grouped(text: str) -> str:
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4)) if dice.random() < 0.5 else text

    def many(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(_EACH)]

    names, houses = (
        ("ines.falk", "o.haddad", "b_aalto", "m.osei84", "linwei"),
        ("alder-shop.de", "northgate.org", "postbox.fr", "uni-west.edu"),
    )
    return {
        "email": many(lambda: f"Write to {dice.choice(names)}@{dice.choice(houses)} until Friday."),
        "card": many(lambda: f"Card {grouped(_luhn(dice.choice('45') + digits(14)))}, valid until 09/28"),
        "iban": many(lambda: f"Please pay to {grouped(_iban(dice))}, reference 2026-{digits(3)}"),
        "us_ssn": many(lambda: f"SSN: {dice.randint(100, 665)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}"),
        "phone": many(lambda: dice.choice(("Call me at +49 170 {}", "Phone: +44 20 7946 {}", "Tel. +1 415-555-{}")).format(f"0{digits(3)}")),
        "ip_address": many(lambda: f"login from 84.{dice.randint(1, 254)}.{dice.randint(1, 254)}.{dice.randint(1, 254)} at 09:14"),
        "birth_date": many(lambda: f"Date of birth: {dice.randint(1, 28):02}.{dice.randint(1, 12):02}.19{dice.randint(40, 99)}"),
        "not_numbers": many(lambda: f"Invoice {digits(8)}, article {digits(13)}, batch {digits(16)}"),
        "not_versions": many(lambda: f"Update from {dice.randint(1, 9)}.{dice.randint(0, 20)}.{dice.randint(0, 9)} to {dice.randint(1, 9)}.{dice.randint(0, 20)}.{dice.randint(0, 9)}.{dice.randint(0, 300) + 256}"),
        "not_times": many(lambda: f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T{dice.randint(10, 23)}:{dice.randint(10, 59)}:00Z took {digits(5)} ms, row {digits(9)}"),
        "not_mail": many(lambda: f"@{dice.choice(('pytest.fixture', 'app.route', 'dataclass'))} def run_{digits(3)}(): pass  # user@{digits(2)}"),
        "not_amounts": many(lambda: f"{digits(4)}-{digits(2)}-{digits(4)} parts at {digits(3)}.{digits(2)} each, sum {digits(6)}.{digits(2)}"),
    }  # fmt: skip
