"""Settings about kept content: classes that can be, keys named by where they lie."""

from __future__ import annotations

import pytest

from safeconduct.settings.load import read
from safeconduct.settings.vaults import read_token
from safeconduct.terms.faults import Refused

GOOD = b"""
[vault.class.legal]
days = 3650
protected = true
[vault.class.brief]
days = 3
[vault.key.acme]
public = "file:/keys/acme.pub.pem"
private = "pkcs11:token=vault;object=acme"
module = "/usr/lib/pkcs11.so"
pin = "env:PIN"
[vault.key.borg]
public = "file:/keys/borg.pub.pem"
"""


def test_classes_and_keys_are_read() -> None:
    vault = read(GOOD, "x").vault
    assert {name: (each.days, each.protected) for name, each in vault.class_.items()} == {
        "legal": (3650, True),
        "brief": (3, False),
    }
    assert read_token(vault.key["acme"].private) == {"token": "vault", "object": "acme"}


@pytest.mark.parametrize(
    ("text", "code", "spot"),
    [
        ("[vault.class.none]\ndays = 3", "class_invalid", "vault.class.none"),
        ("[vault.class.Long]\ndays = 3", "class_invalid", "vault.class.Long"),
        ('[vault.class."../x"]\ndays = 3', "class_invalid", "vault.class.../x"),
        ("[vault.class.x]\ndays = 0", "days_invalid", "vault.class.x.days"),
        ("[vault.class.standard]\ndays = 7", "days_invalid", "vault.class.standard.days"),
        ("[vault.class.x]", "settings_invalid", "vault.class.x.days"),
        ('[vault.key.a]\npublic = "x"', "key_invalid", "vault.key.a.public"),
        ('[vault.key.home]\npublic = "file:x"', "key_invalid", "vault.key.home"),
        ('[vault.key.a]\npublic = "file:x"\nprivate = "-----BEGIN"', "key_in_settings", "vault.key.a.private"),
        ('[vault.key.a]\npublic = "file:x"\nprivate = "pkcs11:token=t"\nmodule="m"\npin="env:P"', "key_invalid", "private"),
        ('[vault.key.a]\npublic = "file:x"\nprivate = "pkcs11:token=t;object=o"\npin="env:P"', "key_invalid", "module"),
        (
            '[vault.key.a]\npublic = "file:x"\nprivate = "pkcs11:token=t;object=o"\nmodule="m"\npin="1234"',
            "pin_in_settings",
            "pin",
        ),
    ],
)
def test_every_fault_is_told_where_it_is(text: str, code: str, spot: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text.encode(), "x")
    (fault,) = refused.value.faults
    assert fault.code == code
    assert fault.where.endswith(spot)
    assert "1234" not in str(fault)
    assert "BEGIN" not in fault.what
