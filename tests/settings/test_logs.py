"""Where a log may lie: buckets, prefixes, credentials by their places."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.settings.load import read
from safeconduct.settings.logs import log_faults, place_faults, split_s3
from safeconduct.settings.sections import LogSettings
from safeconduct.terms.faults import Refused

GOOD = LogSettings(store="s3://the-log/prod/eu", heads="s3://the-heads", s3_key_id="env:KEY_ID", s3_secret="file:/run/secret")


def codes(**changes: object) -> list[str]:
    return [fault.code for fault in log_faults(msgspec.structs.replace(GOOD, **changes), "log")]


def test_addresses_are_split() -> None:
    assert split_s3("s3://the-log/prod/eu/") == ("the-log", "prod/eu")
    assert split_s3("s3://the-log") == ("the-log", "")
    assert codes() == []
    assert log_faults(LogSettings(), "log") == []


@pytest.mark.parametrize("address", ["http://x/y", "s3://", "s3://ab", "s3://UPPER/x", "s3://the-log/a//b", "s3://the-log/../x"])
def test_an_address_that_is_none_is_named(address: str) -> None:
    assert codes(store=address) == ["address_invalid"]
    assert codes(heads=address) == ["address_invalid"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"heads": "s3://the-log/prod/eu/"}, "heads_not_apart"),
        ({"s3_endpoint": "storage"}, "url_invalid"),
        ({"s3_secret": ""}, "credential_missing"),
        ({"s3_key_id": "AKIAEXAMPLE"}, "credential_in_settings"),
        ({"merge_delay_seconds": 0.0}, "delay_invalid"),
        ({"merge_delay_seconds": float("inf")}, "delay_invalid"),
        ({"merge_delay_seconds": float("nan")}, "delay_invalid"),
    ],
)
def test_what_makes_no_sense_is_named(changes: dict[str, object], code: str) -> None:
    assert codes(**changes) == [code]


def test_a_secret_in_the_settings_is_refused_and_not_repeated() -> None:
    with pytest.raises(Refused) as refused:
        read(b'[log]\ns3_secret = "very-secret"\n', "here")
    assert "very-secret" not in str(refused.value)
    assert [fault.code for fault in place_faults("very-secret", "there")] == ["credential_in_settings"]
