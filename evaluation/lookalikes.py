"""What looks like a secret and is none? Some 1,600 texts of kinds that neither the development data nor ``planted`` holds.

By seed, so that nothing that looks like a token lies here. Written before any of them was shown to a rule. Each kind is what a
tool or a person writes every day: lock files, logs, manifests, certificates, published vectors, templates, pages of help.
"""

# ruff: noqa: E501 - tables of texts; variety, not secrecy
from __future__ import annotations

import base64
import random
from collections.abc import Callable

from evaluation.phrases import DOCUMENTED, FORMS, HELP, TEMPLATES

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_DIGITS = "0123456789"
_HEX = _DIGITS + "abcdef"
_ALNUM = _UPPER + _LOWER + _DIGITS
_BASE58 = _ALNUM.translate({ord(letter): None for letter in "0OIl"})
_EACH = 44
_PACKAGES = (
    "left-pad", "token-types", "secret-stack", "passport-local", "bcrypt-pbkdf", "jsonwebtoken", "password-prompt", "cookie-signature",
    "acorn", "zod", "tslib", "csrf-tokens", "keyv", "auth-header", "api-key-parser", "undici", "rxjs", "yaml",
)  # fmt: skip
_FILES = ("auth.py", "token_test.go", "password.ts", "secrets.rs", "login.vue", "api_key.rb", "parser.c", "session.kt")

Dice = random.Random


def _some(dice: Dice, letters: str, size: int) -> str:
    return "".join(dice.choice(letters) for _ in range(size))


def _b64(dice: Dice, size: int) -> str:
    return base64.b64encode(dice.randbytes(size)).decode()


def _b64url(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _version(dice: Dice) -> str:
    return f"{dice.randint(0, 19)}.{dice.randint(0, 30)}.{dice.randint(0, 12)}"


def _uuid(dice: Dice) -> str:
    return "-".join(_some(dice, _HEX, size) for size in (8, 4, 4, 4, 12))


def _lines64(dice: Dice, prefix: str, lines: int) -> str:
    body = [prefix + _some(dice, _ALNUM + "+/", 64 - len(prefix))] + [_some(dice, _ALNUM + "+/", 64) for _ in range(lines - 1)]
    return "\n".join(body)


def npm_lock(dice: Dice) -> str:
    name, version = dice.choice(_PACKAGES), _version(dice)
    return (
        f'"node_modules/{name}": {{\n  "version": "{version}",\n  "resolved": "https://mirror.build.lan/{name}/-/{name}-{version}.tgz",\n'
        f'  "integrity": "sha{dice.choice(("1", "256", "512"))}-{_b64(dice, 64)}"\n}}'
    )


def yarn_lock(dice: Dice) -> str:
    name, version = dice.choice(_PACKAGES), _version(dice)
    return f'{name}@^{version}:\n  version "{version}"\n  resolved "https://mirror.build.lan/{name}-{version}.tgz#{_some(dice, _HEX, 40)}"'


def other_lock(dice: Dice) -> str:
    name, digest = dice.choice(_PACKAGES), _some(dice, _HEX, 64)
    return dice.choice(
        (
            f'[[package]]\nname = "{name}"\nversion = "{_version(dice)}"\nchecksum = "{digest}"',
            f"git.build.lan/x/{name} v{_version(dice)} h1:{_b64(dice, 32)}",
            f'    {{file = "{name}-{_version(dice)}.tar.gz", hash = "sha256:{digest}"}},',
            f"{name}=={_version(dice)} \\\n    --hash=sha256:{digest}",
            f"  {name} ({_version(dice)})\n    sha256 {digest}",
            f'"{name}": {{ "sha256": "{digest}", "rev": "{_some(dice, _HEX, 40)}" }}',
        )
    )


def minified(dice: Dice) -> str:
    letters = [dice.choice(_LOWER) for _ in range(6)]
    a, b, c, d, e, f = letters
    return dice.choice(
        (
            f'!function({a},{b}){{var {c}={a}.token={b}.token||"",{d}={c}.split(".");return {a}.password=={b}.passwd?{d}[{dice.randint(0, 9)}]:void 0}}',
            f'const {a}=({b})=>{{{b}.headers.authorization="Bearer "+{c}.accessToken,{d}.apiKey={e}("{_some(dice, _HEX, 4)}")}};',
            f'{a}.exports={{key:"{_some(dice, _LOWER, 6)}",secret:{b}({dice.randint(100, 999)}),tokenType:{c}.{d}}},{e}.pwd={f}.value;',
            f'var {a}=__webpack_require__("./src/{_some(dice, _LOWER, 5)}/token.{_some(dice, _HEX, 8)}.js"),{b}={{password:{c}.a,confirm:{d}.b}};',
            f'"chunk-{_some(dice, _HEX, 20)}.js":"{_some(dice, _ALNUM, 22)}",auth:{a}=>{b}.token({c},{dice.randint(1, 9)}e3)',
        )
    )


def git_log(dice: Dice) -> str:
    commit, file = _some(dice, _HEX, 40), dice.choice(_FILES)
    return dice.choice(
        (
            f"commit {commit}\nAuthor: K. Ode\n\n    Rotate the deploy token and drop the old password ({commit[:7]})",
            f"{commit[:9]} fix: password check in {file}\n{_some(dice, _HEX, 9)} feat: add api key page",
            f"index {commit[:11]}..{_some(dice, _HEX, 11)} 100644\n--- a/src/{file}\n+++ b/src/{file}",
            f"Revert {commit}: secret handling; see {_some(dice, _HEX, 40)}",
            f"{commit} refs/heads/token-refresh\n{_some(dice, _HEX, 40)} refs/tags/v{_version(dice)}",
            f"tree {commit}\nparent {_some(dice, _HEX, 40)}",
        )
    )


def identifiers(dice: Dice) -> str:
    one = _uuid(dice)
    return dice.choice(
        (
            f"correlation-token-id: {one}",
            f"GET /v2/keys/{one}/rotations 204",
            f'<Key Id="{one}" State="Enabled"/>',
            f"idempotency_key={one}",
            f'tokenId = UUID("{one}")',
            f"vaultSecretId: {one}",
            f'"session": {{"id": "{one}", "key_version": {dice.randint(1, 9)}}}',
            f"kms key arn:aws:kms:eu-west-1:{_some(dice, _DIGITS, 12)}:key/{one}",
        )
    )


def hashes(dice: Dice) -> str:
    return dice.choice(
        (
            f"{_some(dice, _HEX, 32)}  secrets.tar.gz",
            f"MD5 (token.bin) = {_some(dice, _HEX, 32)}",
            f"SHA512(password.txt)= {_some(dice, _HEX, 128)}",
            f"blake2b {_some(dice, _HEX, 128)} key.pub",
            f'ETag: W/"{_some(dice, _HEX, 40)}"',
            f"token_sha256: {_some(dice, _HEX, 64)}",
            f"password_hash = '$2b$12${_some(dice, _ALNUM + './', 53)}'",
            f"$argon2id$v=19$m=65536,t=3,p=4${_b64(dice, 16).rstrip('=')}${_b64(dice, 32).rstrip('=')}",
            f"key fingerprint: SHA256:{_b64(dice, 32).rstrip('=')}",
            f"api_key_digest: sha256:{_some(dice, _HEX, 64)}",
        )
    )


def images(dice: Dice) -> str:
    data = _b64(dice, dice.randint(90, 260))
    return dice.choice(
        (
            f"background:url(data:image/gif;base64,R0lGODlh{data})",
            f'"image/png": "iVBORw0KGgoAAAANSUhEUgAA{data}\\n"',
            f'<img alt="token" src="data:image/webp;base64,UklGR{data}">',
            f"@font-face{{src:url(data:font/woff2;base64,d09GMg{data}) format('woff2')}}",
            f"![key](data:image/jpeg;base64,/9j/4AAQSkZJRg{data})",
        )
    )


def certificates(dice: Dice) -> str:
    lines = _lines64(dice, dice.choice(("MIID", "MIIF", "MIIC")), dice.randint(3, 9))
    kind = dice.choice(
        ("CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST", "X509 CRL", "DH PARAMETERS", "RSA PUBLIC KEY", "PGP SIGNATURE")
    )
    return dice.choice(("", "ca.crt: |\n", "tls_public_key=\n")) + f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


def public_keys(dice: Dice) -> str:
    rsa = "AAAAB3NzaC1yc2EAAAADAQABAAABgQ" + _some(dice, _ALNUM + "+/", 340)
    host = f"{_some(dice, _LOWER, 5)}.corp.lan"
    return dice.choice(
        (
            f"{host} ssh-rsa {rsa}",
            f"|1|{_b64(dice, 20)}|{_b64(dice, 20)} ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB{_some(dice, _ALNUM, 87)}=",
            f"[{host}]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{_some(dice, _ALNUM + '+/', 43)}",
            f'restrict,command="/bin/sync" ssh-rsa {rsa} token-sync@{host}',
            f"PublicKey = {_b64(dice, 32)}\nAllowedIPs = 10.9.0.{dice.randint(2, 250)}/32",
            f'"kty":"RSA","use":"sig","kid":"{_some(dice, _ALNUM, 27)}","n":"{_b64url(dice.randbytes(256))}","e":"AQAB"',
            f"age1{_some(dice, '023456789acdefghjklmnpqrstuvwxyz', 58)}",
            f'public_token: "{_b64url(dice.randbytes(32))}"',
            f"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB{_some(dice, _ALNUM + '+/', 180)}IDAQAB",
        )
    )


def vectors(dice: Dice) -> str:
    def block(size: int) -> str:
        return _some(dice, _HEX, size)

    return dice.choice(
        (
            f"COUNT = {dice.randint(0, 99)}\nKEY = {block(32)}\nIV = {block(32)}\nPLAINTEXT = {block(32)}\nCIPHERTEXT = {block(32)}",
            f"Test case {dice.randint(1, 20)}: Key = 0x{block(40)}, Data = 0x{block(60)}, HMAC = {block(64)}",
            f'{{"tcId": {dice.randint(1, 400)}, "key": "{block(64)}", "msg": "{block(20)}", "tag": "{block(32)}", "result": "valid"}}',
            f"[Keylen = 128]\nK: {block(32)}\nP: {block(32)}\nC: {block(32)}",
            f"Msg = {block(48)}\nSeed = {block(64)}\nSS = {block(64)}",
            f'hex!("{block(64)}") // shared point, appendix A.{dice.randint(1, 9)}',
            f'assert digest(b"abc") == "{block(64)}"',
        )
    )


def manifests(dice: Dice) -> str:
    name = dice.choice(("billing", "search", "mailer", "gateway", "ledger"))
    return dice.choice(
        (
            f"env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: {name}-db-{_some(dice, _LOWER, 4)}\n      key: password",
            f"volumes:\n- name: token\n  secret:\n    secretName: {name}-token-{_some(dice, _LOWER + _DIGITS, 5)}",
            f"image: registry.corp.lan/{name}@sha256:{_some(dice, _HEX, 64)}\nimagePullSecrets:\n- name: pull-secret-{dice.randint(1, 90)}",
            f"serviceAccountToken:\n  path: token-{_some(dice, _LOWER, 4)}\n  expirationSeconds: {dice.randint(600, 7200)}\n  audience: {name}",
            f"kind: SealedSecret\nspec:\n  encryptedData:\n    password: Ag{_b64(dice, 200)}",
            f'metadata:\n  name: {name}-{_some(dice, _HEX, 10)}-{_some(dice, _LOWER, 5)}\n  resourceVersion: "{dice.randint(10**6, 10**8)}"\n  uid: {_uuid(dice)}',
            f'resource "aws_secretsmanager_secret" "{name}" {{\n  name       = "{name}/{_some(dice, _LOWER, 5)}/password"\n  kms_key_id = aws_kms_key.{name}.arn\n}}',
            f"password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {_some(dice, _DIGITS, 80)}\n  {_some(dice, _DIGITS, 80)}",
            f"secrets:\n  {name}_token_{dice.randint(1, 99)}:\n    file: ./secrets/{name}_token.txt",
        )
    )


def expired_tokens(dice: Dice) -> str:
    """Signed tokens whose life ended years ago, as pages of documentation show them."""
    head = _b64url(dice.choice(('{"alg":"HS256","typ":"JWT"}', '{"typ":"JWT","alg":"RS256"}', '{"alg":"ES256","kid":"2016-a"}')))
    claims = dice.choice(
        (
            '{{"iss":"joe","exp":{exp},"http://example.com/is_root":true}}',
            '{{"sub":"user-{user}","iat":{iat},"exp":{exp}}}',
            '{{"exp":{exp},"aud":"docs","scope":"read"}}',
        )
    ).format(exp=dice.randint(1_300_000_000, 1_600_000_000), iat=1_290_000_000, user=dice.randint(10, 9999))
    shown = f"{head}.{_b64url(claims)}.{_b64url(dice.randbytes(32))}"
    return dice.choice(
        ("Example response:\n{}", 'An id_token looks like this: "{}"', "    {}\n\n(line breaks for display only)")
    ).format(shown)


def logs(dice: Dice) -> str:
    return dice.choice(
        (
            f"{_version(dice)} sshd[{dice.randint(100, 9999)}]: Failed password for invalid user admin from 10.0.0.{dice.randint(2, 250)} port {dice.randint(1024, 65000)} ssh2",
            f"WARN token expired: kid={_some(dice, _HEX, 8)} age={dice.randint(10, 999)}s",
            f"INFO [req-{_uuid(dice)}] password reset mail queued, id={dice.randint(10**5, 10**7)}",
            f"trace_id={_some(dice, _HEX, 32)} span_id={_some(dice, _HEX, 16)} auth.token.refresh 12ms",
            f"DEBUG cache miss key=user:{dice.randint(1, 99999)}:token:{_some(dice, _HEX, 12)}",
            f"x-amz-request-id: {_some(dice, _UPPER + _DIGITS, 16)}\nx-amz-id-2: {_b64(dice, 56)}",
            f'cf-ray: {_some(dice, _HEX, 16)}-FRA\netag: "{_some(dice, _HEX, 32)}"',
            f"pam_unix(sudo:auth): password check failed for user ({_some(dice, _LOWER, 6)})",
            f"job {dice.randint(1, 9999)}: secret scan finished: 0 secrets in {dice.randint(100, 9999)} files, digest {_some(dice, _HEX, 16)}",
        )
    )


def code(dice: Dice) -> str:
    name = _some(dice, _LOWER, 5)
    return dice.choice(
        (
            f"const token = await {name}Client.getAccessToken2({{ scope: '{name}' }});",
            f"password = {name}_settings['smtp'].password_v{dice.randint(1, 9)}",
            f'String apiKey = System.getProperty("{name}.api.key{dice.randint(1, 9)}");',
            f"self.token: Final = tokens.AccessTokenV{dice.randint(1, 9)}({name})",
            f'let secret = fs::read_to_string("/run/secrets/{name}{dice.randint(1, 9)}")?;',
            f'$password = $_POST["password{dice.randint(1, 9)}"] ?? null; // {name}',
            f"if (token === Token.{name.upper()}_V{dice.randint(1, 9)}) return parse{name.title()}(token);",
            f"token: ghs.Token{dice.randint(1, 9)} = field(default_factory={name}.new)",
            f"api_key = config.get('{name}', 'api_key_{dice.randint(1, 9)}')",
            f'password_field_id = "login-form-{name}-password-{dice.randint(1, 99)}"',
            f'access_key := os.Getenv("{name.upper()}_ACCESS_KEY_{dice.randint(1, 9)}")',
            f"UPDATE accounts SET password = crypt(:pw{dice.randint(1, 9)}, gen_salt('bf')) WHERE id = '{name}'",
            f'key = f"{name}:{{user.id}}:token:{{version:0{dice.randint(2, 8)}d}}"',
            f"eos_token = '<|end_of_{name}|>'; pad_token_id = {dice.randint(0, 99999)}",
        )
    )


def chains(dice: Dice) -> str:
    return dice.choice(
        (
            f"token contract 0x{_some(dice, _HEX, 40)} on mainnet",
            f"tx hash: 0x{_some(dice, _HEX, 64)}",
            f"tokenAddress: '0x{_some(dice, _HEX + 'ABCDEF', 40)}'",
            f"mint {_some(dice, _BASE58, 44)} decimals 9",
            f"send to bc1q{_some(dice, '023456789acdefghjklmnpqrstuvwxyz', 38)}",
            f"xpub6{_some(dice, _BASE58, 106)}",
            f"ipfs://Qm{_some(dice, _BASE58, 44)}/token.json",
        )
    )


def links(dice: Dice) -> str:
    return dice.choice(
        (
            f"https://video.site/watch?v={_some(dice, _ALNUM + '-_', 11)}&list=PL{_some(dice, _ALNUM, 32)}",
            f"https://docs.site/document/d/1{_some(dice, _ALNUM + '-_', 43)}/edit",
            f"https://files.site/s/{_some(dice, _ALNUM, 15)}?dl=0",
            f"https://news.site/2024/05/why-your-password-is-weak-{_some(dice, _HEX, 12)}",
            f"https://shop.site/item?gclid={_some(dice, _ALNUM + '-_', 70)}",
            f"https://cdn.site/token-{_some(dice, _HEX, 20)}.min.js",
            f'<script src="/a.js" nonce="{_b64(dice, 16)}" integrity="sha384-{_b64(dice, 48)}"></script>',
            f"https://wiki.site/Secret_sharing?oldid={dice.randint(10**8, 10**9)}",
            f"git+ssh://git@host.lan/team/{_some(dice, _LOWER, 6)}.git#{_some(dice, _HEX, 40)}",
            f"next_page_token: {_b64url(dice.randbytes(24))}",
        )
    )


def data(dice: Dice) -> str:
    return dice.choice(
        (
            f"id,name,token_count\n{dice.randint(1, 9999)},{_some(dice, _LOWER, 7)},{dice.randint(100, 99999)}",
            f"serial: {_some(dice, _UPPER + _DIGITS, 4)}-{_some(dice, _UPPER + _DIGITS, 4)}-{_some(dice, _UPPER + _DIGITS, 4)}",
            f"VIN {_some(dice, 'ABCDEFGHJKLMNPRSTUVWXYZ' + _DIGITS, 17)}, plate {_some(dice, _UPPER, 2)} {dice.randint(100, 999)}",
            f"ISIN US{_some(dice, _UPPER + _DIGITS, 9)}{dice.randint(0, 9)} key figures below",
            f">seq{dice.randint(1, 99)}\n{_some(dice, 'ACGT', 70)}\n{_some(dice, 'ACGT', 70)}",
            f">sp|P{_some(dice, _DIGITS, 5)}|KEY_HUMAN\nM{_some(dice, 'ACDEFGHIKLMNPQRSTVWY', 70)}",
            f"SKU: {_some(dice, _UPPER, 3)}-{_some(dice, _DIGITS, 6)}-{_some(dice, _UPPER, 2)}, token price {dice.randint(1, 99)} EUR",
            f"{_some(dice, 'rnbqkpRNBQKP', 8)}/8/8/4P3/8/8/PPPP1PPP/{_some(dice, 'RNBQKP', 8)} b - e3 0 {dice.randint(1, 60)}",
            f"geohash {_some(dice, '0123456789bcdefghjkmnpqrstuvwxyz', 12)}, what3words key index.home.raft{dice.randint(1, 99)}",
            f"InChIKey={_some(dice, _UPPER, 14)}-{_some(dice, _UPPER, 10)}-N",
            f"smiles token {_some(dice, 'CNOc1=()', 24)}",
        )
    )


def public_settings(dice: Dice) -> str:
    """What an application shows to every visitor, by design of its provider."""
    return dice.choice(
        (
            f'Stripe("pk_live_{_some(dice, _ALNUM, 24)}")',
            f"NEXT_PUBLIC_SITE_KEY=6L{_some(dice, _ALNUM + '-_', 38)}",
            f'sentry dsn: "https://{_some(dice, _HEX, 32)}@o{dice.randint(1000, 99999)}.ingest.sentry.io/{dice.randint(10**5, 10**7)}"',
            f"gtag('config', 'G-{_some(dice, _UPPER + _DIGITS, 10)}')",
            f"mapboxgl.accessToken = 'pk.eyJ1{_some(dice, _ALNUM, 48)}.{_some(dice, _ALNUM, 22)}'",
            f'client_id = "{_some(dice, _DIGITS, 12)}-{_some(dice, _LOWER + _DIGITS, 32)}.apps.googleusercontent.com"',
            f'public_key: "pk_test_{_some(dice, _ALNUM, 24)}"',
            f"clientId: '{_some(dice, _HEX, 20)}', redirectUri: '/callback'",
            f'csrf_token = "{_some(dice, _ALNUM, 64)}"',
            f'<input type="hidden" name="authenticity_token" value="{_b64(dice, 64)}">',
            f"appId: '1:{_some(dice, _DIGITS, 12)}:web:{_some(dice, _HEX, 22)}'",
        )
    )


def _filled(texts: tuple[str, ...]) -> Callable[[Dice], str]:
    def make(dice: Dice) -> str:
        text = dice.choice(texts)
        for mark, letters in (("~n", _DIGITS), ("~w", _LOWER), ("~W", _UPPER)):
            while mark in text:
                text = text.replace(mark, _some(dice, letters, 1 if mark == "~n" else 4), 1)
        return text

    return make


KINDS: dict[str, Callable[[Dice], str]] = {
    "npm_lock": npm_lock,
    "yarn_lock": yarn_lock,
    "other_lock": other_lock,
    "minified": minified,
    "git_log": git_log,
    "identifier": identifiers,
    "hash": hashes,
    "image": images,
    "certificate": certificates,
    "public_key": public_keys,
    "test_vector": vectors,
    "manifest": manifests,
    "expired_token": expired_tokens,
    "log": logs,
    "code": code,
    "chain": chains,
    "link": links,
    "data": data,
    "public_setting": public_settings,
    "documented": _filled(DOCUMENTED),
    "template": _filled(TEMPLATES),
    "form": _filled(FORMS),
}


def lookalikes(seed: int = 2026) -> dict[str, list[str]]:
    """``{not_KIND: [texts]}``, each text once; pages of help in many languages are all of ``phrases.HELP``."""
    dice = random.Random(seed)
    made: dict[str, list[str]] = {}
    for kind, make in KINDS.items():
        texts: dict[str, None] = {}
        for _ in range(40 * _EACH):
            texts.setdefault(make(dice))
            if len(texts) == 2 * _EACH - 16:
                break
        made[f"not_{kind}"] = list(texts)
    made["not_help"] = list(dict.fromkeys(HELP))
    return made
