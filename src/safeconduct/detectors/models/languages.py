"""Against which benign texts is this one measured? The script of its letters, and for Latin ones whether they look English.

A score means something else in another script: the models saw little of it. So each group has its own calibration. This is no
language identification, and nothing about a person is concluded from it.
"""

from __future__ import annotations

from typing import Final

GROUPS: Final = ("en", "latin", "cyrillic", "cjk", "arabic", "other")

SAMPLE: Final = 4000
"""Characters looked at, half from each end."""

_ENGLISH_WORDS: Final = (
    "the of and to is in that it you for on with as are this be i was have not from by what how can my your an we do which if"
    " will or at would they their has me please there should when does about could"
)
_OTHER_WORDS: Final = (
    # German, Dutch, Scandinavian
    "der die das und ist nicht ein eine einen den dem mit für auf wie ich sie wir bitte kann auch sind von zu het een van niet"
    " voor og ikke jeg det att och är som på"
    # French, Spanish, Portuguese, Italian, Romanian
    " le la les des une est pas pour que qui dans sur avec vous nous je el los las una por para con cómo del más es un mi su os"
    " um uma não como você il che di per sono gli della è și în să este"
    # Polish, Czech, Turkish, Vietnamese, Indonesian, Finnish, Hungarian
    " jest nie się na jak czy w z je bir ve bu mi ne là và của các cho không dan yang untuk dengan ini ja ei hogy az egy"
)
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_OTHERS: Final = frozenset(_OTHER_WORDS.split())


def _script(point: int) -> int:
    """Index into GROUPS; Latin is 1."""
    if point < 0x0250 or 0x1E00 <= point <= 0x1EFF:
        return 1
    if 0x0400 <= point <= 0x052F:
        return 2
    if 0x3040 <= point <= 0x30FF or 0x3400 <= point <= 0x9FFF or 0xAC00 <= point <= 0xD7AF or 0x1100 <= point <= 0x11FF:
        return 3
    if 0x0600 <= point <= 0x06FF or 0x0750 <= point <= 0x077F or 0xFB50 <= point <= 0xFDFF or 0xFE70 <= point <= 0xFEFF:
        return 4
    return 5


def group(text: str) -> str:
    """One of GROUPS. Text without letters is ``en``: code and numbers are measured with the largest sample."""
    if len(text) > SAMPLE:
        text = text[: SAMPLE // 2] + " " + text[-(SAMPLE // 2) :]
    if not text.isascii():
        counts = [0] * len(GROUPS)
        for char in text:
            if char.isalpha():
                counts[_script(ord(char))] += 1
        # an ideograph or a syllable says as much as two or three letters
        counts[3] *= 3
        most = max(range(1, len(GROUPS)), key=counts.__getitem__)
        if most != 1 and counts[most] > counts[1]:
            return GROUPS[most]
    words = "".join(char if char.isalpha() else " " for char in text.lower()).split()
    english = sum(word in _ENGLISH for word in words)
    others = sum(word in _OTHERS for word in words)
    accented = sum(not word.isascii() for word in words)
    return "latin" if others + accented > english and others + accented > len(words) // 16 else "en"
