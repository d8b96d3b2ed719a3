"""A key in a PKCS#11 token: SoftHSM does the Diffie-Hellman, and the private key never leaves it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
PIN = "4711-0815"
PROGRAM = """
import sys
from pathlib import Path
import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11.util.ec import encode_named_curve_parameters, encode_ec_public_key
from safeconduct.storage.vault.privates import TokenKey
from safeconduct.storage.vault.publics import read_public
from safeconduct.storage.vault.token import Pkcs11Token
from safeconduct.terms.faults import Refused
from safeconduct.vault.hpke import info, unwrap

module, pin = sys.argv[1], sys.stdin.readline().strip()
with pkcs11.lib(module).get_token(token_label="vault").open(user_pin=pin, rw=True) as session:
    parameters = session.create_domain_parameters(
        pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
    )
    public, private = parameters.generate_keypair(
        mechanism=pkcs11.Mechanism.EC_KEY_PAIR_GEN, store=True, label="acme",
        private_template={pkcs11.Attribute.DERIVE: True, pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
    )
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    half = load_der_public_key(encode_ec_public_key(public))
    pem = half.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
known = read_public(pem, "token")
wrapped = known.wrap(b"k" * 32, "acme", "sc_ann", "standard", "2026-06", b"i" * 16)
bound = info("acme", "sc_ann", "standard", "2026-06", b"i" * 16)
with Pkcs11Token(Path(module), "vault", pin) as token:
    assert unwrap(wrapped, TokenKey(token, "acme", known), bound) == b"k" * 32
    try:
        unwrap(wrapped, TokenKey(token, "other", known), bound)
    except Refused as refused:
        assert "other" in str(refused) and pin not in str(refused)
    else:
        sys.exit("another label was taken")
for label, tried in (("none", pin), ("vault", "wrong-pin")):
    try:
        Pkcs11Token(Path(module), label, tried)
    except Refused as refused:
        assert tried not in str(refused), "the PIN is quoted"
    else:
        sys.exit("it opened")
print("opened")
"""


def test_a_token_opens_what_was_wrapped_and_nobody_learns_the_pin(tmp_path: Path) -> None:
    module = next((each for each in MODULES if Path(each).exists()), "")
    tool = shutil.which("softhsm2-util")
    if not module or tool is None:
        pytest.skip("softhsm2 is not installed: keys in PKCS#11 tokens are not tested here")
    (tmp_path / "tokens").mkdir()
    conf = tmp_path / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    environ = {**os.environ, "SOFTHSM2_CONF": str(conf)}
    made = [tool, "--init-token", "--free", "--label", "vault", "--pin", PIN, "--so-pin", PIN]
    subprocess.run(made, env=environ, check=True, capture_output=True, timeout=60)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module], env=environ, input=f"{PIN}\n", capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "opened"
