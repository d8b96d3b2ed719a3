"""What is made from the rows before training: frames on both classes, typing noise, instructions planted in documents.

Seeded; the same rows and seed give the same texts. Frames and noise are put on every class alike, so that none of them is a
sign of a class. Documents get a harmless sentence planted as often as an instruction, so that a foreign sentence is no sign
either.
"""

from __future__ import annotations

import random
from dataclasses import replace

from training.rows import Row

FRAMES = (
    "Can you help me with this? {}",
    "{} Please explain it in simple terms.",
    "I am writing a novel. In one chapter a character asks: {}",
    "You are an experienced assistant. {}",
    "Hi! Quick question before my meeting. {}",
    "{}\n\nThanks a lot in advance, this is rather urgent for our team.",
    "For a school essay: {}",
    "My colleague asked me this yesterday and I did not know the answer: {}",
    "### Task\n{}\n### Answer",
    "User: {}\nAssistant:",
    "We are a small company with twelve people and no specialist. {}",
    "Answer in three short bullet points. {}",
    "{} Write it as a table, please.",
    "I have been reading about this topic for weeks. {}",
    "Let us play a game: you are a wise old librarian. {}",
    "as part of a training for new staff, {}",
    "Question 4. {}",
    "In the style of a radio interview: {}",
    "step by step: {}",
    "Context: internal wiki, draft page.\n\n{}",
    "Translate to English and then answer: {}",
    "{} I need this for work tomorrow.",
)
WRAPS = (
    "",
    "",
    "",
    "\n",
    "\n\n",
    "<!-- {} -->",
    "> {}",
    "Note: {}",
    "[{}]",
    "P.S. {}",
    '"{}"',
    "* {}",
    "# {}",
    "-- {}",
    '{{"comment": "{}"}}',
    "({})",
)


def noisy(text: str, dice: random.Random) -> str:
    """One to three typing slips, or another case."""
    way = dice.randrange(5)
    if way == 0:
        return text.lower()
    if way == 1:
        return text.rstrip(".?!")
    if way == 2 and len(text) < 120:
        return text.upper()
    letters = list(text)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(max(1, len(letters) - 1))
        slip = dice.randrange(3)
        if slip == 0 and len(letters) > 4:
            del letters[at]
        elif slip == 1 and len(letters) > 4:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        else:
            letters.insert(at, letters[at])
    return "".join(letters)


def framed(rows: list[Row], dice: random.Random, share: float) -> list[Row]:
    """Copies of a share of the short rows in a frame, with slips, or both."""
    made = []
    for row in rows:
        if len(row.text) > 400 or dice.random() >= share:
            continue
        text = row.text
        if dice.random() < 0.35:
            text = noisy(text, dice)
        if dice.random() < 0.75:
            text = dice.choice(FRAMES).replace("{}", text)
        if text != row.text:
            made.append(replace(row, text=text, span=None))
    return made


def chunk(text: str, dice: random.Random, words: int) -> str:
    """About so many words from anywhere in a document, cut at line ends where there are any."""
    parts = text.splitlines(keepends=True)
    if len(parts) < 4:
        parts = [sentence + ". " for sentence in text.split(". ")]
    start = dice.randrange(max(1, len(parts) - 2)) if dice.random() < 0.6 else 0
    taken: list[str] = []
    count = 0
    for part in parts[start:]:
        taken.append(part)
        count += len(part.split())
        if count >= words:
            break
    return "".join(taken)


def planted(documents: list[Row], payloads: list[Row], harmless: list[Row], dice: random.Random, count: int) -> list[Row]:
    """``count`` documents with an instruction in them, as many with a harmless sentence, and as many plain pieces of
    documents.
    """
    if not documents or not payloads or not harmless:
        return []
    made: list[Row] = []
    for _ in range(count):
        for source, label in ((payloads, 1.0), (harmless, 0.0)):
            host = chunk(dice.choice(documents).text, dice, dice.choice((25, 40, 60, 90, 150, 300)))
            guest = dice.choice(source).text[:500]
            wrap = dice.choice(WRAPS)
            inner = wrap.replace("{}", guest) if "{}" in wrap else wrap + guest + wrap
            parts = host.splitlines(keepends=True)
            if len(parts) < 3:
                parts = [sentence + ". " for sentence in host.split(". ")]
            place = dice.randint(0, len(parts))
            start = sum(map(len, parts[:place]))
            parts.insert(place, inner + dice.choice(("\n", " ", "\n\n")))
            kind = "injection" if label else "ordinary"
            span = (start, start + len(inner)) if label else None
            made.append(Row("".join(parts), "planted", kind, None if label else 0.0, label, span=span))
        piece = chunk(dice.choice(documents).text, dice, dice.choice((15, 30, 60, 120, 300)))
        if piece.strip():
            made.append(Row(piece, "piece", "ordinary", 0.0, 0.0))
    return made


def training_rows(rows: list[Row], seed: int, plants: int = 700) -> list[Row]:
    """Every row to train on, made ones included."""
    dice = random.Random(seed)
    base = [row for row in rows if row.role == "train" and row.kind != "payload"]
    documents = [row for row in base if row.kind == "ordinary" and len(row.text) > 350]
    payloads = [row for row in base if row.kind == "injection" and row.span is None and len(row.text) < 600]
    polite = [row for row in rows if row.role == "train" and row.kind == "payload"]
    harmless = [row for row in base if row.kind == "ordinary" and len(row.text) < 300]
    made = framed(base, dice, 0.4)
    # the few rows in other languages count twice: both classes, else a script would speak for one of them
    made += [row for row in base if row.source == "own-languages"]
    made += planted(documents, payloads + polite * 2, harmless, dice, plants)
    everything = base + made
    dice.shuffle(everything)
    return everything
