"""Which registered organization could a name in an annex mean? Proposes, and never decides.

An annex as received lists names; rules count organizations of the registry. For each name this room finds candidates with a
score and the reasons for it, and flags what people overlook: two organizations of the same name, another legal form, letters of
another alphabet. Even a perfect match is only a candidate: a name counts once two people said which organization it is
(``matched`` takes what they said; the office keeps it).
"""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from safeconduct.instruments.annex import AnnexLine, Scope
from safeconduct.instruments.document import Annex, Instrument

MOST_CANDIDATES: Final = 5  # what a person can compare at a glance
_NEAREST: Final = 40  # candidates worth scoring, by letters in common
_MOST_LOOKED: Final = 50_000  # entries of the index looked at for one name: some milliseconds among 100,000 organizations
_THRESHOLD: Final = 0.6  # below, two names have no more in common than any two names

# Legal forms, written as they are left once dots and spaces are gone. They tell companies of one group apart, so they are set
# aside for finding and compared for judging.
_FORMS: Final = frozenset(
    """inc incorporated corp corporation co company llc llp lp ltd limited plc pllc pbc pc gmbh ag kg kgaa ohg ug se ev mbh
    sa sas sasu sarl eurl snc spa srl sl slu sau bv nv vof cv ab as asa aps oy oyj a/s kft zrt nyrt sp zoo doo dd ad ood eood
    as sro spolsro oao ooo zao pao pte pty bhd sdn kk gk yk kabushikikaisha jsc pjsc ojsc lda ltda eireli""".split()  # noqa: SIM905 - a table of words
)
_NOISE: Final = frozenset({"the", "and", "of", "de", "la", "und", "et"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organization that a name could mean. ``score`` is between 0 and 1; ``why`` are sentences for the officer."""

    organization: str
    name: str
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameReview:
    """One line of an annex. ``warnings`` are about the name itself; ``homonyms`` are organizations that cannot be told apart
    by it: people have to look at something other than the name.
    """

    annex: str
    name: str
    scope: Scope
    line: int
    candidates: tuple[Candidate, ...]
    homonyms: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    """A name taken apart: its words without legal form, and the form."""

    written: str
    core: str
    form: str
    grams: frozenset[str]


class Register:
    """The names of organizations, ready to be searched: ``names`` maps each id to its name and further names."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._names = [(organization, _taken_apart(name)) for organization in sorted(names) for name in names[organization]]
        self._by_gram: dict[str, list[int]] = {}
        for index, (_, name) in enumerate(self._names):
            for gram in name.grams:
                self._by_gram.setdefault(gram, []).append(index)
        self._by_core: dict[str, set[str]] = {}
        for organization, name in self._names:
            self._by_core.setdefault(name.core, set()).add(organization)

    def candidates(self, written: str) -> tuple[Candidate, ...]:
        """The likeliest organizations, best first; at most ``MOST_CANDIDATES``."""
        asked = _taken_apart(written)
        shared: Counter[int] = Counter()
        looked = 0
        for gram in sorted(asked.grams, key=lambda one: (len(self._by_gram.get(one, ())), one)):  # the rarest tell the most
            found = self._by_gram.get(gram, ())
            looked += len(found)
            if looked > _MOST_LOOKED and shared:
                break
            shared.update(found)
        best: dict[str, Candidate] = {}
        for index in sorted(shared, key=lambda one: (-self._overlap(asked, one, shared[one]), one))[:_NEAREST]:
            organization, name = self._names[index]
            candidate = _scored(organization, asked, name)
            if candidate.score >= _THRESHOLD and (organization not in best or candidate.score > best[organization].score):
                best[organization] = candidate
        return tuple(sorted(best.values(), key=lambda one: (-one.score, one.organization))[:MOST_CANDIDATES])

    def homonyms(self, written: str) -> tuple[str, ...]:
        """All organizations of this very name but for its legal form, where there are two or more."""
        same = self._by_core.get(_taken_apart(written).core, set())
        return tuple(sorted(same)) if len(same) > 1 else ()

    def _overlap(self, asked: _Name, index: int, shared: int) -> float:
        return shared / (len(asked.grams) + len(self._names[index][1].grams) - shared)


def review_names(instrument: Instrument, register: Register) -> tuple[NameReview, ...]:
    """Every line of the instrument's annexes that lists a name not matched yet, with what it could mean."""
    return tuple(
        NameReview(
            annex.id,
            line.name,
            line.scope,
            line.line,
            register.candidates(line.name),
            register.homonyms(line.name),
            tuple(_strange(line.name)),
        )
        for annex in instrument.annexes
        for line in annex.lines
        if not line.organization
    )


def matched(instrument: Instrument, chosen: Mapping[tuple[str, str], str]) -> Instrument:
    """The instrument with names turned into organizations. ``chosen`` maps (annex id, name) to what two people said; a name
    that is not in it goes on listing nobody.
    """
    if not chosen:
        return instrument

    def line_of(annex: Annex, line: AnnexLine) -> AnnexLine:
        organization = chosen.get((annex.id, line.name), "") if line.name else line.organization
        return replace(line, organization=organization)

    annexes = tuple(replace(annex, lines=tuple(line_of(annex, line) for line in annex.lines)) for annex in instrument.annexes)
    return replace(instrument, annexes=annexes)


def unmatched(instrument: Instrument) -> tuple[tuple[Annex, AnnexLine], ...]:
    """The lines whose name nobody matched; they list nobody."""
    return tuple((annex, line) for annex in instrument.annexes for line in annex.lines if not line.organization)


def _taken_apart(written: str) -> _Name:
    words = _words(written)
    form: list[str] = []
    while len(words) > 1 and (tail := _form_length(words)):
        form[:0] = words[-tail:]
        words = words[:-tail]
    core = " ".join(word for word in words if word not in _NOISE) or " ".join(words)
    padded = f"  {core} "
    return _Name(written, core, "".join(form), frozenset(padded[at : at + 3] for at in range(len(padded) - 2)))


def _form_length(words: Sequence[str]) -> int:
    """How many words at the end are a legal form: ``gmbh`` is one, ``s a r l`` are four; never the whole name."""
    for length in range(min(5, len(words) - 1), 0, -1):
        if "".join(words[-length:]) in _FORMS and (length == 1 or all(len(word) <= 3 for word in words[-length:])):
            return length
    return 0


def _words(written: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", written.casefold().replace("&", " and "))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    plain = plain.replace("\u00df", "ss").replace("\u00f8", "o").replace("\u0142", "l").replace("\u0111", "d").replace("'", "")
    joined = "".join(letter if letter.isalnum() else "" if letter == "." else " " for letter in plain)
    return joined.split()


def _scored(organization: str, asked: _Name, name: _Name) -> Candidate:
    why: list[str] = []
    if asked.written == name.written:
        score = 1.0
        why.append("The names are the same letter for letter.")
    elif asked.core == name.core:
        score = 0.97
        why.append("The names are the same but for case, accents, punctuation or legal form.")
    else:
        in_order = difflib.SequenceMatcher(None, asked.core, name.core, False).ratio()
        words = [" ".join(sorted(one.core.split())) for one in (asked, name)]
        in_any = difflib.SequenceMatcher(None, words[0], words[1], False).ratio()
        score = round(0.95 * max(in_order, in_any), 3)
        why.append(
            f"{round(100 * max(in_order, in_any))}% of the letters agree" + (", in another order." if in_any > in_order else ".")
        )
        if set(asked.core.split()) < set(name.core.split()) or set(name.core.split()) < set(asked.core.split()):
            why.append("One name has words that the other lacks; it may be a parent or a branch.")
    if asked.form != name.form:
        score = round(score - 0.05, 3)
        forms = [one.form.upper() if one.form else "none" for one in (asked, name)]
        why.append(f"The legal form differs: {forms[0]} in the annex, {forms[1]} in the registry.")
    return Candidate(organization, name.written, max(score, 0.0), tuple(why))


def _strange(name: str) -> Iterable[str]:
    """What a reader's eye passes over."""
    scripts = {_script(letter) for letter in name if letter.isalpha()}
    if len(scripts) > 1:
        yield f"The name mixes letters of several alphabets ({', '.join(sorted(scripts))}); some may only look alike."
    if any(unicodedata.category(letter) in ("Cf", "Cc", "Co", "Cn") for letter in name):
        yield "The name holds characters that cannot be seen."


def _script(letter: str) -> str:
    return unicodedata.name(letter, "unknown").split(" ", 1)[0].lower()
