"""What may the settings say about witnesses of the log?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.note import Verifier
from safeconduct.audit.trust import MAX_NAMED, NONE
from safeconduct.settings.sections import LogSettings
from safeconduct.settings.urls import url_fault
from safeconduct.terms.faults import Fault


def witness_faults(log: LogSettings, where: str) -> Iterator[Fault]:
    """Everything about ``log.witness`` and its bounds that makes no sense."""
    keys: set[bytes] = set()
    for name, witness in log.witness.items():
        spot = f"{where}: log.witness.{name}"
        if name == NONE or not name.isascii() or not name.isprintable() or not name or " " in name or name.startswith("#"):
            yield Fault("name_invalid", "a witness cannot be called that", spot, "use letters, digits and dashes; not none")
        if why := url_fault(witness.url):
            yield Fault("url_invalid", why, f"{spot}.url", "write it like https://witness.example/w1")
        try:
            verifier = Verifier.parse(witness.vkey)
        except NoteInvalid as wrong:
            yield Fault("vkey_invalid", str(wrong), f"{spot}.vkey", "copy the line that safeconduct witness init printed")
            continue
        if not verifier.cosigner:
            yield Fault(
                "vkey_invalid", "no witness signs with a key of this kind", f"{spot}.vkey", "use one that the witness printed"
            )
        if verifier.public in keys:
            yield Fault("witness_twice", "this witness is named twice", f"{spot}.vkey", "remove one of them")
        keys.add(verifier.public)
    if len(log.witness) > MAX_NAMED:
        yield Fault("witnesses_many", f"more than {MAX_NAMED} witnesses are named", f"{where}: log.witness", "name fewer")
    if not 0 <= log.witness_quorum <= len(log.witness):
        what = "the quorum asks for more witnesses than are named, or fewer than none"
        yield Fault("quorum_invalid", what, f"{where}: log.witness_quorum", "leave it out to ask for all of them")
    if not (log.require_witness_seconds >= 0 and math.isfinite(log.require_witness_seconds)):
        spot = f"{where}: log.require_witness_seconds"
        yield Fault("not_positive", "the value must be a number, 0 or above", spot, "leave it out")
    elif log.require_witness_seconds and not log.witness:
        spot = f"{where}: log.require_witness_seconds"
        yield Fault("witness_missing", "a witness is required and none is named", spot, "name one in [log.witness.NAME]")
