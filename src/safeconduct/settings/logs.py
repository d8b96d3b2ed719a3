"""May the log lie where its settings say, and how late may it be? Which S3 address is one, and which place of a secret."""

from __future__ import annotations

import math

from safeconduct.settings.sections import LogSettings
from safeconduct.settings.urls import url_fault
from safeconduct.terms.faults import Fault

SCHEME = "s3://"
MOST_DELAY_SECONDS = 3600.0  # a log that is later than that is no log to anybody who watches it
_BUCKET = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
_PREFIX = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-")


def split_s3(address: str) -> tuple[str, str]:
    """Bucket and prefix (without slashes around it) of ``s3://BUCKET/PREFIX``. Raises ValueError with a sentence."""
    bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
    prefix = prefix.strip("/")
    if not address.startswith(SCHEME) or not 3 <= len(bucket) <= 63 or not _BUCKET.issuperset(bucket):
        raise ValueError("the address names no bucket")
    if (
        len(prefix) > 512
        or not _PREFIX.issuperset(prefix)
        or any(part in ("", ".", "..") for part in prefix.split("/") if prefix)
    ):
        raise ValueError("the prefix has characters or parts that it cannot have")
    return bucket, prefix


def log_faults(log: LogSettings, where: str) -> list[Fault]:
    """Everything about the places and the delay of the log that makes no sense."""
    faults = []
    if not 0 < log.merge_delay_seconds <= MOST_DELAY_SECONDS or not math.isfinite(log.merge_delay_seconds):
        what = f"the delay must be above zero, and at most {MOST_DELAY_SECONDS:.0f} seconds"
        faults.append(Fault("delay_invalid", what, f"{where}.merge_delay_seconds", "leave it out, or write 10.0"))
    addresses = [(name, address) for name in ("store", "heads") if (address := getattr(log, name))]
    for name, address in addresses:
        try:
            split_s3(address)
        except ValueError as wrong:
            faults.append(
                Fault("address_invalid", str(wrong), f"{where}.{name}", "write it like s3://bucket/prefix, or leave it out")
            )
    if log.store and log.store.rstrip("/") == log.heads.rstrip("/"):
        what = "the heads lie where the log lies, and would be lost or restored with it"
        faults.append(Fault("heads_not_apart", what, f"{where}.heads", "name another bucket, or leave it out"))
    if log.s3_endpoint and (why := url_fault(log.s3_endpoint)):
        faults.append(Fault("url_invalid", why, f"{where}.s3_endpoint", "write it like https://storage.example"))
    for name in ("s3_key_id", "s3_secret"):
        place = getattr(log, name)
        faults += place_faults(place, f"{where}.{name}")
        if addresses and not place:
            what = "the log or its heads lie on S3, and no credential is named"
            faults.append(Fault("credential_missing", what, f"{where}.{name}", 'name its place: "env:VARIABLE" or "file:/path"'))
    return faults


def place_faults(place: str, where: str) -> list[Fault]:
    """Whether a credential is named by its place and does not stand in the settings itself. Never quotes it."""
    if not place or place.startswith(("env:", "file:")):
        return []
    what = "a credential must not stand in the settings"
    return [Fault("credential_in_settings", what, where, 'name its place: "env:VARIABLE" or "file:/path"')]
