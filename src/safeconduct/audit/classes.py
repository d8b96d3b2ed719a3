"""What kind of thing does each field of each entry hold? Marked one by one; what is not marked is secret and is never shown.

``shown`` is the one way from an entry to a screen, a table or a file of data (bundles carry the entries' own bytes: what
convinces a stranger cannot be cut). A field that somebody adds without a mark is withheld there until somebody thought about it.

INVARIANT: P8 - unmarked is secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class FieldClass(StrEnum):
    """Why a field may be shown, and to whom it means something."""

    PUBLIC = "public"  # words of ours, of the catalog, of an instrument or of a dialect
    PARTY = "party"  # the id of an organization or a project
    PSEUDONYM = "pseudonym"  # stands for a person; only the registry knows for whom
    COMMITMENT = "commitment"  # says nothing without its salt
    HASH = "hash"  # of something that is not secret, or is encrypted
    LINK = "link"  # ties entries, content and registry together
    TIME = "time"  # a moment or a length of time
    COUNT = "count"  # how many
    SECRET = "secret"  # noqa: S105 - not marked


def _marks(**classes: str) -> dict[str, FieldClass]:
    """Field to class, from lists of names."""
    return {name: FieldClass(kind) for kind, names in classes.items() for name in names.split()}


_EVERY = _marks(public="type v", time="at", link="boot node prev seq")

CLASSES: Final[Mapping[str, Mapping[str, FieldClass]]] = {
    "writer.started": _EVERY | _marks(public="plugins role versions", hash="settings_hash", count="workers"),
    "writer.stopped": _EVERY | _marks(public="reason", count="open_calls"),
    "call.decided": _EVERY
    | _marks(
        public="context detectors dialect duties effect fallback_from kept_class measures operation provider reasons"
        " redacted rehearsed requested resolved rules stream",
        party="organization project",
        pseudonym="caller",
        commitment="justification_commitment request_commitment requested_commitment session_commitment",
        hash="kept_sha256 policy_hash schema_hash standing_hash",
        link="call kept_place registry_version",
        count="body_length scanned_blocks scanned_bytes",
    ),
    "call.ended": _EVERY
    | _marks(
        public="code detectors forwarded kept_class kept_cut kept_failed outcome redacted served_model status stop_reason",
        hash="kept_sha256",
        link="call closes_boot closes_seq kept_place",
        time="duration_us first_byte_us",
        count="bytes_out count scanned_blocks scanned_bytes tokens_cached tokens_in tokens_out tool_calls",
    ),
    "enforcement.applied": _EVERY
    | _marks(
        public="causes",
        link="registry_version",
        time="activated_at applied_at last_byte_p50_us last_byte_us",
        count="checked cut kept",
    ),
    "act.performed": _EVERY
    | _marks(
        public="act",
        party="organization",
        pseudonym="actor second",
        commitment="subject_commitment changes_digest changes_hashes",
        link="about first_change",
        count="changes",
    ),
    "act.failed": _EVERY | _marks(public="act code", pseudonym="actor", commitment="changes_digest", link="failed_seq"),
    "content.erased": _EVERY
    | _marks(
        public="ground kept_class scope",
        pseudonym="actor caller second",
        link="call",
        time="month",
        count="changes keys",
    ),
    "log.exported": _EVERY
    | _marks(public="question", pseudonym="actor", hash="sha256", link="since until", count="count disclosed"),
    "log.pruned": _EVERY | _marks(public="origin", pseudonym="actor second", link="minimum_index"),
    "log.reconciled": _EVERY | _marks(public="codes", link="registry_version", count="findings size"),
    "shard.opened": _EVERY | _marks(public="origin vkey"),
    "shard.closed": _EVERY | _marks(public="origin", hash="root", count="size"),
    "detector.failed": _EVERY | _marks(public="detector why", count="count"),
    "monitor.silent": _EVERY | _marks(public="back monitor why", time="since"),
    "judge.asked": _EVERY | _marks(public="held model provider", link="call", count="texts_bytes"),
    "judge.answered": _EVERY
    | _marks(public="category code", link="asked_seq call", time="duration_us", count="confidence_permille"),
}


def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown of an entry. Names of withheld fields stand in ``withheld``; their values nowhere, not even hashed."""
    kind = str(entry.get("type", ""))
    marked = CLASSES.get(kind, _EVERY)
    told = {name: value for name, value in entry.items() if name in marked}
    withheld = sorted(str(name) for name in entry if name not in marked)
    return {**told, "withheld": withheld} if withheld else told
