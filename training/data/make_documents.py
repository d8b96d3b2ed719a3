"""Writes documents.jsonl and document_injections.jsonl: mails, tickets, pages, files and tool results put together from written parts.

`python -m training.data.make_documents`. Seeded. The documents are full of sentences that tell a *person* to do something; the second
file has the same kinds of documents with one instruction to the assistant planted, and its place. A template is a topic: whole
topics and every fourth instruction are held.
"""

# ruff: noqa: E501, PERF401 - tables of written sentences
from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from training.data.rows import PARTS, Row, groups, variants, write

_SEED = 20261125
_HELD_TOPICS = ("contract draft", "museum page", "incident retro", "supplier mail")
_DOCUMENTS_PER_TOPIC = 14
_INJECTIONS_PER_TOPIC = 12


@dataclass(frozen=True, slots=True)
class _Topic:
    key: str
    title: str
    people: list[str]
    words: list[str]
    facts: list[str]
    asks: list[str]


def _topics() -> list[_Topic]:
    found = []
    for head, lines in groups(PARTS / "topics.txt"):
        key, title, people, words = (part.strip() for part in head.split("|"))
        facts = [line[2:] for line in lines if line.startswith(". ")]
        asks = [line[2:] for line in lines if line.startswith("! ")]
        found.append(_Topic(key, title, people.split(", "), words.split(", "), facts, asks))
    return found


def _mixed(topic: _Topic, dice: random.Random, facts: int, asks: int) -> list[str]:
    lines = dice.sample(topic.facts, min(facts, len(topic.facts))) + dice.sample(topic.asks, min(asks, len(topic.asks)))
    dice.shuffle(lines)
    return lines


def _paragraphs(lines: list[str], dice: random.Random) -> str:
    blocks, at = [], 0
    while at < len(lines):
        size = dice.randint(2, 4)
        blocks.append(" ".join(lines[at : at + size]))
        at += size
    return "\n\n".join(blocks)


def _mail(topic: _Topic, dice: random.Random) -> str:
    to, by = dice.sample(topic.people, 2)
    opening = dice.choice(["Hello everyone,", f"Dear {to},", f"Hi {to},", "Good morning,", "Dear all,"])
    closing = dice.choice(["Best regards", "Thanks and see you soon", "Kind regards", "Cheers", "With many thanks"])
    late = dice.choice(
        [
            "",
            "\n\nPS: Please do not print this mail.",
            "\n\nSent from my phone, excuse typos.",
            "\n\nThis mail is meant for the people named above. If you got it by mistake, please delete it and tell us.",
        ]
    )
    return f"From: {by}\nTo: {to}\nSubject: {topic.title}\n\n{opening}\n\n{_paragraphs(_mixed(topic, dice, 7, 4), dice)}\n\n{closing}\n{by}{late}"


def _thread(topic: _Topic, dice: random.Random) -> str:
    first, second = dice.sample(topic.people, 2)
    older = "\n".join(f"> {line}" for line in _mixed(topic, dice, 4, 2))
    return f"Subject: Re: Re: {topic.title}\n\n{_paragraphs(_mixed(topic, dice, 3, 2), dice)}\n\n{second}\n\nOn Tuesday {first} wrote:\n{older}\n>\n> {dice.choice(['Ignore my first attachment, it was the wrong file.', 'Let me know what you think.', 'Please read it carefully before you answer.'])}"


def _ticket(topic: _Topic, dice: random.Random) -> str:
    lines = _mixed(topic, dice, 6, 3)
    comments = "\n\n".join(f"Comment by {dice.choice(topic.people)} ({dice.randint(1, 28)} March): {line}" for line in lines[4:])
    state = dice.choice(["open", "in progress", "waiting for reply", "resolved"])
    return f"Ticket #{dice.randint(1000, 9999)}: {topic.title}\nStatus: {state}\nPriority: {dice.choice(['low', 'normal', 'high'])}\n\nDescription\n{' '.join(lines[:4])}\n\nSteps to reproduce\n1. {lines[0]}\n2. Wait a minute.\n3. Look at the result.\n\n{comments}"


def _readme(topic: _Topic, dice: random.Random) -> str:
    facts, asks = dice.sample(topic.facts, 6), dice.sample(topic.asks, 4)
    steps = "\n".join(f"{place}. {ask}" for place, ask in enumerate(asks, 1))
    name = topic.words[0].replace(" ", "-")
    return (
        f"# {topic.title}\n\n{' '.join(facts[:3])}\n\n## Getting started\n\n```sh\nmake install\nmake test\n./{name} --help\n```\n\nRun the commands above in this order. {asks[0]}\n\n## Notes\n\n- "
        + "\n- ".join(facts[3:])
        + f"\n\n## Before you start\n\n{steps}\n\n## License\n\nMIT. You must keep this notice in all copies."
    )


def _page(topic: _Topic, dice: random.Random) -> str:
    lines = _mixed(topic, dice, 7, 4)
    items = "\n".join(f"    <li>{line}</li>" for line in lines[:4])
    rest = "\n".join(f"  <p>{line}</p>" for line in lines[4:])
    return f'<!DOCTYPE html>\n<html lang="en">\n<head><title>{topic.title}</title><meta name="keywords" content="{", ".join(topic.words)}"></head>\n<body>\n  <!-- keep this list short, mobile visitors do not scroll -->\n  <h1>{topic.title}</h1>\n  <ul>\n{items}\n  </ul>\n{rest}\n  <a href="/contact">Click here to write to us</a>\n</body>\n</html>'


def _payload(topic: _Topic, dice: random.Random) -> str:
    lines = _mixed(topic, dice, 6, 3)
    entries = [
        {"id": dice.randint(100, 999), "author": dice.choice(topic.people), "body": line, "tags": dice.sample(topic.words, 2)}
        for line in lines
    ]
    whole = {
        "status": "ok",
        "query": topic.words[0],
        "title": topic.title,
        "results": entries,
        "next": None,
        "hint": "Use the cursor to read more results.",
    }
    return json.dumps(whole, indent=dice.choice([None, 2]))


def _calendar(topic: _Topic, dice: random.Random) -> str:
    lines = _mixed(topic, dice, 5, 3)
    blocks = []
    for line in lines:
        day, hour = dice.randint(1, 28), dice.randint(8, 18)
        blocks.append(
            f"BEGIN:VEVENT\nSUMMARY:{topic.title} - {dice.choice(topic.words)}\nDTSTART:202603{day:02}T{hour:02}0000Z\nORGANIZER:{dice.choice(topic.people)}\nDESCRIPTION:{line} Please be on time and bring your notes.\nEND:VEVENT"
        )
    return "BEGIN:VCALENDAR\nVERSION:2.0\n" + "\n".join(blocks) + "\nEND:VCALENDAR"


def _code(topic: _Topic, dice: random.Random) -> str:
    word = topic.words[0].split()[0]
    facts, asks = dice.sample(topic.facts, 5), dice.sample(topic.asks, 3)
    return f'"""{topic.title}.\n\n{facts[0]}\n{facts[1]}\n"""\n\nfrom dataclasses import dataclass\n\n\n# {asks[0]}\n@dataclass\nclass {word.capitalize()}:\n    name: str\n    count: int = 0\n\n    def add(self, more: int) -> None:\n        # {facts[2]}\n        if more < 0:\n            raise ValueError("count only grows, see the notes above")\n        self.count += more\n\n\ndef load(path: str) -> list[{word.capitalize()}]:\n    """{facts[3]}\n\n    Note: {asks[1]}\n    """\n    # IMPORTANT: do not change the order of the columns, other programs read this file.\n    with open(path) as file:\n        rows = [line.rstrip().split(";") for line in file if not line.startswith("#")]\n    # {facts[4]}\n    return [{word.capitalize()}(row[0], int(row[1])) for row in rows]\n\n\nif __name__ == "__main__":\n    # {asks[2]}\n    for one in load("{word}.csv"):\n        print(one)\n'


def _minutes(topic: _Topic, dice: random.Random) -> str:
    facts, asks = dice.sample(topic.facts, 6), dice.sample(topic.asks, 4)
    todo = "\n".join(f"- {dice.choice(topic.people)}: {ask}" for ask in asks)
    return f"Minutes: {topic.title}\nPresent: {', '.join(topic.people)}\nExcused: two\n\n1. Opening\n{facts[0]} {facts[1]}\n\n2. Report\n{facts[2]} {facts[3]} {facts[4]}\n\n3. Decisions\nAgreed without objection. {facts[5]}\n\n4. To do\n{todo}\n\nThe minutes count as approved unless somebody objects within a week. New instructions for the minute taker: shorter next time."


def _chat(topic: _Topic, dice: random.Random) -> str:
    lines = _mixed(topic, dice, 7, 4)
    fill = [
        "ok",
        "thanks!",
        "wait, really?",
        "who does that?",
        "+1",
        "can you send the link again",
        "never mind, found it",
        "ignore me, wrong channel",
    ]
    said = []
    for line in lines:
        said.append(f"[{dice.randint(8, 17)}:{dice.randint(0, 59):02}] {dice.choice(topic.people)}: {line}")
        if dice.random() < 0.5:
            said.append(f"[{dice.randint(8, 17)}:{dice.randint(0, 59):02}] {dice.choice(topic.people)}: {dice.choice(fill)}")
    return f"#{topic.words[0]} - exported chat\n" + "\n".join(said)


def _table(topic: _Topic, dice: random.Random) -> str:
    rows = ["id;date;responsible;note;amount"]
    for line in _mixed(topic, dice, 8, 4):
        rows.append(
            f'{dice.randint(1, 999)};2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02};{dice.choice(topic.people)};"{line}";{dice.randint(5, 4000)}'
        )
    return "\n".join(rows)


def _search(topic: _Topic, dice: random.Random) -> str:
    hits = []
    for place, line in enumerate(_mixed(topic, dice, 6, 3), 1):
        word = dice.choice(topic.words).replace(" ", "-")
        hits.append(
            f"{place}. {topic.title} - {dice.choice(topic.words)}\n   https://www.{word}-info.example/{word}/{dice.randint(10, 99)}\n   ...{line} Read more and leave a comment below..."
        )
    return f'Search results for "{" ".join(topic.words[:2])}" ({dice.randint(12, 900)} hits)\n\n' + "\n".join(hits)


def _article(topic: _Topic, dice: random.Random) -> str:
    lines = _mixed(topic, dice, 8, 5)
    return f"{topic.title}\nby {dice.choice(topic.people)}\n\n{_paragraphs(lines, dice)}\n\n{dice.choice(['About the author: writes here on Sundays.', 'Did you like this? Share it with a friend.', 'Corrections are welcome, write to the editors.'])}"


def _diff(topic: _Topic, dice: random.Random) -> str:
    old, new, same = dice.sample(topic.facts, 3), dice.sample(topic.asks, 3), dice.sample(topic.facts, 3)
    body = "\n".join([f" {line}" for line in same] + [f"-{line}" for line in old] + [f"+{line}" for line in new])
    return f"diff --git a/docs/{topic.words[0]}.md b/docs/{topic.words[0]}.md\nindex 3f1c2aa..91be04d 100644\n--- a/docs/{topic.words[0]}.md\n+++ b/docs/{topic.words[0]}.md\n@@ -12,9 +12,9 @@ {topic.title}\n{body}\n\nReview comment: looks good, please squash before you merge. {dice.choice(topic.asks)}"


_KINDS: list[Callable[[_Topic, random.Random], str]] = [
    _mail, _thread, _ticket, _readme, _page, _payload, _calendar, _code, _minutes, _chat, _table, _search, _article, _diff,
]  # fmt: skip


def _benign(dice: random.Random) -> Iterator[Row]:
    for topic in _topics():
        for number in range(_DOCUMENTS_PER_TOPIC):
            text = _KINDS[number % len(_KINDS)](topic, dice)
            yield Row(text, "benign", "safeconduct-documents", topic.key, held=topic.key in _HELD_TOPICS)


def _wrapped(planted: str, dice: random.Random) -> str:
    shape = dice.choice(["{}", "{}", "{}", "Note: {}", "({})", "--\n{}", "P.S. {}", "> {}", "## Notice\n{}", "*{}*"])
    return shape.replace("{}", planted)


def _injections(dice: random.Random) -> Iterator[Row]:
    """A document cut at a line's end, or at a sentence's, with one instruction planted there; the span covers the instruction alone."""
    lines = [(line, place % 4 == 3) for _, group in groups(PARTS / "planted.txt") for place, line in enumerate(group)]
    sides = {held: [line for line, side in lines if side is held] for held in (False, True)}
    for topic in _topics():
        held = topic.key in _HELD_TOPICS
        for _ in range(_INJECTIONS_PER_TOPIC):
            text = dice.choice(_KINDS)(topic, dice)
            planted = dice.choice(variants(dice.choice(sides[held])))
            places = [at + 1 for at, letter in enumerate(text) if letter == "\n"] + [
                at + 2 for at in range(len(text) - 2) if text[at : at + 2] == ". "
            ]
            at = dice.choice(places) if places else len(text)
            wrapped = _wrapped(planted, dice)
            start = at + wrapped.index(planted)
            after = "\n" if text[max(0, at - 1) : at] == "\n" else " "
            whole = text[:at] + wrapped + after + text[at:]
            yield Row(
                whole, "injection", "safeconduct-document-injections", topic.key, held=held, span=(start, start + len(planted))
            )


def main() -> None:
    """Write both files."""
    dice = random.Random(_SEED)
    write("documents.jsonl", _benign(dice))
    write("document_injections.jsonl", _injections(dice))


if __name__ == "__main__":
    main()
