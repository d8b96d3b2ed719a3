"""What do we plant for the rule detectors, and what that looks alike beside it? By seed, so that no token lies in the repository.

The rules' authors did not write these and did not tune on them. Each set is `{kind: [texts]}`; kinds that begin with ``not_``
are hard negatives.
"""

# ruff: noqa: E501 - tables of texts; variety, not secrecy
from __future__ import annotations

import base64
import random
from collections.abc import Callable

Sets = dict[str, list[str]]
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_DIGITS = "0123456789"
_EACH = 30


def _some(dice: random.Random, letters: str, size: int) -> str:
    return "".join(dice.choice(letters) for _ in range(size))


def _mixed(dice: random.Random, size: int) -> str:
    return _some(dice, _UPPER + _LOWER + _DIGITS, size)


def _password(dice: random.Random) -> str:
    words = (
        "Amber",
        "river",
        "Falcon",
        "Maple",
        "thunder",
        "Copper",
        "Violet",
        "harbor",
        "Saturn",
        "walnut",
        "Pepper",
        "glacier",
    )
    shapes: list[Callable[[], str]] = [
        lambda: f"{dice.choice(words)}{dice.choice('!#$%&*')}{dice.randint(10, 9999)}",
        lambda: f"{dice.choice(words)}-{dice.choice(words)}-{dice.randint(10, 99)}!",
        lambda: _mixed(dice, 11) + dice.choice("!?#$"),
        lambda: f"{_some(dice, _LOWER, 3)}{dice.randint(100, 999)}{_some(dice, _UPPER, 4)}{dice.randint(10, 99)}",
    ]
    return dice.choice(shapes)()


def _token(dice: random.Random) -> str:
    shapes: list[Callable[[], str]] = [
        lambda: "AK" + "IA" + _some(dice, _UPPER + "234567", 16),
        lambda: "gh" + "p_" + _mixed(dice, 36),
        lambda: "gl" + "pat-" + _mixed(dice, 20),
        lambda: "sk" + "-proj-" + _mixed(dice, 48) + "T3Blbk" + "FJ" + _mixed(dice, 20),
        lambda: "sk" + "-ant-api03-" + _mixed(dice, 93) + "AA",
        lambda: "xo" + "xb-" + _some(dice, _DIGITS, 12) + "-" + _some(dice, _DIGITS, 13) + "-" + _mixed(dice, 24),
        lambda: "hf" + "_" + _some(dice, _UPPER + _LOWER, 34),
        lambda: "AI" + "za" + _mixed(dice, 35),
        lambda: "sk" + "_live_" + _mixed(dice, 24),
    ]
    return dice.choice(shapes)()


def _key_block(dice: random.Random) -> str:
    kind = dice.choice(["RSA ", "EC ", "", "OPENSSH "])
    lines = "\n".join(_mixed(dice, 64) for _ in range(dice.randint(3, 8)))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


def _jwt(dice: random.Random) -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    head = part('{"alg":"HS256","typ":"JWT"}')
    body = part(f'{{"sub":"{dice.randint(1, 9999)}","exp":1790000000}}')
    return f"{head}.{body}.{_mixed(dice, 43)}"


def secrets(seed: int = 41) -> Sets:
    """Secrets in the kinds people paste them, and things that look like secrets and are none."""
    dice = random.Random(seed)
    hosts = ("db1.internal", "10.2.0.7", "pg.prod.lan", "cache-3", "mail.corp.lan")

    def many(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(_EACH)]

    def told() -> str:
        return dice.choice(
            (
                "Provider token: {}. Why do I get a 401?",
                'client = Client(api_key="{}")',
                "export TOKEN={}",
                "here you go {} please rotate it tomorrow",
                '{{"auth": {{"token": "{}"}}}}',
                "-H 'X-Api-Key: {}'",
            )
        ).format(_token(dice))

    def url() -> str:
        scheme = dice.choice(("postgres", "mysql", "redis", "amqp", "https", "mongodb+srv", "ftp"))
        password = _password(dice).replace("#", "x").replace("?", "y").replace("%", "z").replace("&", "w").replace("$", "v")
        return f"{scheme}://svc_{_some(dice, _LOWER, 4)}:{password}@{dice.choice(hosts)}/main"

    def config() -> str:
        name = dice.choice(
            ("DB_PASSWORD", "smtp_password", "password", "admin_pass", "SPRING_DATASOURCE_PASSWORD", "redis.password")
        )
        return dice.choice(('{}="{}"', "{}: {}", "{} = '{}'", "{}={}")).format(name, _password(dice))

    def prose() -> str:
        return dice.choice(
            (
                "The password for the staging box is {}.",
                "log in as deploy, password: {}, then restart it",
                "my wifi password is {} can you make a sign for the guests?",
                "Das Passwort lautet {}, bitte nicht weitersagen.",
                "use the admin account (pw {}) for the import",
                "We set the new passphrase to {} last night.",
            )
        ).format(_password(dice))

    def split() -> str:
        whole = _token(dice)
        at = len(whole) // 2
        return whole[:at] + dice.choice((" ", "\n", "\u200b", "\u200c")) + whole[at:]

    def encoded() -> str:
        return base64.b64encode(f"key={_token(dice)}".encode()).decode()

    def generic() -> str:
        name = dice.choice(("api_key", "client_secret", "access_token", "SIGNING_KEY", "webhook_secret"))
        return f'{name} = "{_some(dice, _DIGITS + "abcdef", 40) if dice.random() < 0.5 else _mixed(dice, 40)}"'

    def header() -> str:
        return f"curl -H 'Authorization: Bearer {_mixed(dice, 40)}' https://api.internal/v1/jobs"

    return {
        "provider_token": many(told),
        "private_key": many(lambda: _key_block(dice)),
        "url_password": many(url),
        "config_password": many(config),
        "prose_password": many(prose),
        "split_token": many(split),
        "encoded_token": many(encoded),
        "assigned_key": many(generic),
        "bearer_header": many(header),
        "web_token": many(lambda: f"cookie: session={_jwt(dice)}"),
        **_not_secrets(dice),
    }


def _not_secrets(dice: random.Random) -> Sets:
    hexes = _DIGITS + "abcdef"

    def uuid() -> str:
        return "-".join(_some(dice, hexes, size) for size in (8, 4, 4, 4, 12))

    talk = (
        "The password must have at least twelve characters and one digit.",
        "I forgot my password, how do I reset it?",
        "password: required, string, minimum length 8",
        "Passwords are hashed with argon2id before they are stored.",
        'raise ValueError("wrong password")',
        "Why is `password123` a bad password?",
        "<input type='password' name='password' autocomplete='current-password'>",
        "Never send your password by mail. We will never ask for it.",
        "The secret of a good stew is patience.",
        "Our token budget is 4,096 tokens a call.",
        "def check_password(user, password): return verify(user.hash, password)",
        "set PASSWORD_MIN_LENGTH=12 and PASSWORD_MAX_AGE=90",
        "What is the difference between an API key and an access token?",
        "The key to the cellar hangs behind the door.",
        "api_key: str = Field(..., description='your API key')",
        "Authorization: Bearer <token>",
        "Basic authentication sends user and password with each request.",
        "secret santa: who draws whom? Names below.",
        "password = getpass.getpass('Password: ')",
        "The passphrase is asked for at start and kept in memory only.",
    )
    holders = (
        "API_KEY=your-api-key-here",
        "password: changeme",
        'token = "<YOUR_TOKEN>"',
        "DB_PASSWORD=${DB_PASSWORD}",
        'secret = os.environ["SECRET"]',
        "postgres://user:password@localhost:5432/db",
        "AWS_SECRET_ACCESS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "api_key: {{ vault.api_key }}",
        'client_secret: "REDACTED"',
        "export TOKEN=$(cat token.txt)",
        "sk-...",
        "password: ********",
        'apiKey: process.env.API_KEY || ""',
        "https://user:pass@example.com/path",
        'token: "{{ secrets.DEPLOY }}"',
        "ghp_****************************",
        "mysql://root:root@127.0.0.1/test",
        "PASSWORD=<ask the administrator>",
    )
    return {
        "not_uuid": [f'"trace_id": "{uuid()}"' for _ in range(_EACH)],
        "not_digest": [f"sha256:{_some(dice, hexes, 64)}  build.tar.gz" for _ in range(_EACH)],
        "not_commit": [f"Merge {_some(dice, hexes, 40)} into main" for _ in range(_EACH)],
        "not_integrity": [f'"integrity": "sha512-{_mixed(dice, 86)}=="' for _ in range(_EACH)],
        "not_public_key": [f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{_mixed(dice, 43)} dev@laptop" for _ in range(_EACH)],
        "not_image_data": [f"data:image/png;base64,iVBORw0KGgo{_mixed(dice, 120)}==" for _ in range(_EACH)],
        "not_cursor": [f"https://api.internal/items?cursor={_mixed(dice, 24)}&page_size=50" for _ in range(_EACH)],
        "not_number": [f"Order {_some(dice, _UPPER, 2)}-{_some(dice, _DIGITS, 8)}, tracking 1Z{_some(dice, _DIGITS + 'ABCDEF', 16)}" for _ in range(_EACH)],
        "not_password_talk": list(talk),
        "not_placeholder": list(holders),
    }  # fmt: skip
