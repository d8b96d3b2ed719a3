"""How well do the rule detectors find what is planted, and how often do they speak where nothing is?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evaluation import addresses, leaks, lookalikes, planted, planted_marks, sets
from evaluation.measure import Figure, share
from safeconduct.detectors.rules import Rules
from safeconduct.terms.blocks import Block, Origin

DETECTORS = ("secrets", "markings", "personal")

# entities of the development split that have a structure; names, places and dates are for a model outside the call path
_STRUCTURED = {
    "EMAIL_ADDRESS": ("email",),
    "CREDIT_CARD": ("card",),
    "IBAN_CODE": ("iban",),
    "US_SSN": ("us_ssn",),
    "IP_ADDRESS": ("ip_address",),
    "PHONE_NUMBER": ("phone",),
    "STREET_ADDRESS": ("street_address",),
}


def _kinds(rules: Rules, text: str, detector: str) -> list[tuple[int, int, str]]:
    found = rules.scan([Block("$.text", text, Origin.USER)], frozenset({detector}))
    return [(one.start, one.end, one.kind) for one in found]


def spoke(rules: Rules, texts: Iterable[str], detector: str) -> list[bool]:
    """For each text, whether this detector finds anything."""
    return [bool(_kinds(rules, text, detector)) for text in texts]


def _by_kind(rules: Rules, detector: str, made: Mapping[str, list[str]]) -> dict[str, Any]:
    heard = {kind: spoke(rules, texts, detector) for kind, texts in made.items()}
    good = [hit for kind, hits in heard.items() if not kind.startswith("not_") for hit in hits]
    bad = [hit for kind, hits in heard.items() if kind.startswith("not_") for hit in hits]
    return {
        "found": share(good),
        "alarms": share(bad),
        "kinds": {kind: share(hits) for kind, hits in heard.items()},
    }


def planted_report(rules: Rules) -> dict[str, Any]:
    """Found and false alarms on the planted sets; false alarms on our own harmless texts, per 1,000."""
    made = {"secrets": planted.secrets(), "markings": planted_marks.markings(), "personal": planted_marks.personal()}
    report: dict[str, Any] = {detector: _by_kind(rules, detector, made[detector]) for detector in DETECTORS}
    ordinary: dict[str, list[str]] = {}
    for one in sets.held():
        if one.label in sets.BENIGN:
            ordinary.setdefault(one.name, []).append(one.text)
    for detector in DETECTORS:
        alarms = {name: share(spoke(rules, texts, detector)) for name, texts in ordinary.items()}
        report[detector]["ordinary"] = alarms
    return report


def apart_report(rules: Rules) -> dict[str, Any]:
    """The same on sets that were written before any of them was shown to a rule: leaks and look-alikes, addresses of streets."""
    told = {}
    for kind, made in leaks.leaks().items():
        told[kind] = share([_over(rules, text, secret) for text, secret in made])
    alike = {kind: spoke(rules, texts, "secrets") for kind, texts in lookalikes.lookalikes().items()}
    streets = {kind: spoke(rules, texts, "personal") for kind, texts in addresses.addresses().items()}
    return {
        "secrets": {
            "found": share([_over(rules, text, secret) for made in leaks.leaks().values() for text, secret in made]),
            "alarms": share([hit for hits in alike.values() for hit in hits]),
            "kinds": told | {kind: share(hits) for kind, hits in alike.items()},
        },
        "personal": {"kinds": {kind: share(hits) for kind, hits in streets.items()}},
    }


def _over(rules: Rules, text: str, secret: str) -> bool:
    start = text.find(secret)
    return any(low < start + len(secret) and start < high for low, high, _ in _kinds(rules, text, "secrets"))


def split_report(rules: Rules, folder: Path) -> dict[str, Any]:
    """The same on the development split: by source and kind of the file, and on its benign texts."""
    report: dict[str, Any] = {}
    for detector in ("secrets", "markings"):
        made: dict[str, list[str]] = {}
        for one in sets.split(folder, detector):
            kind, _, detail = one.label.partition(":")
            kind = f"not_{detail or detector}" if kind.startswith("not_") else detail or kind
            where = "made" if "for this project" in one.name else "published"
            made.setdefault(kind if where == "made" else f"{kind[:4] if kind.startswith('not_') else ''}published", []).append(
                one.text
            )
        if made:
            report[detector] = _by_kind(rules, detector, made)
    persons = sets.split(folder, "pii")
    if persons:
        report["personal"] = {"kinds": _entities(rules, persons)}
    ordinary = sets.split(folder, "benign")
    for detector in DETECTORS:
        if detector in report and ordinary:
            names = sorted({one.name for one in ordinary})
            report[detector]["ordinary"] = {
                name: share(spoke(rules, [one.text for one in ordinary if one.name == name], detector)) for name in names
            }
    return report


def _entities(rules: Rules, texts: list[sets.Text]) -> dict[str, Figure]:
    """Of each structured entity, the share that a finding of a fitting kind overlaps."""
    hits: dict[str, list[bool]] = {}
    for one in texts:
        found = _kinds(rules, one.text, "personal")
        for start, end, entity in one.spans:
            if entity in _STRUCTURED:
                fit = any(low < end and start < high and kind in _STRUCTURED[entity] for low, high, kind in found)
                hits.setdefault(entity.lower(), []).append(fit)
    return {entity: share(values) for entity, values in sorted(hits.items())}
