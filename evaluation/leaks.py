"""How do people leak secrets that ``planted`` does not know? Shell histories, manifests, other forms of coding, by kind and seed.

Written before any of them was shown to a rule. What is told counts as found if any finding lies over the secret itself.
"""

from __future__ import annotations

import base64
import gzip
import quopri
import random
from collections.abc import Callable

Dice = random.Random
Made = tuple[str, str]
"""A text, and the stretch of it that must be told: the secret, or the form that it stands in."""

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_DIGITS = "0123456789"
_ALNUM = _UPPER + _LOWER + _DIGITS
_EACH = 30
_NOUNS = ("Otter", "juniper", "Basalt", "lantern", "Quartz", "meadow", "Falke", "Kestrel", "birch", "Orion", "pebble", "Tundra")


def _some(dice: Dice, letters: str, size: int) -> str:
    return "".join(dice.choice(letters) for _ in range(size))


def word(dice: Dice) -> str:
    """A password of a person, with a figure or a sign in it."""
    one, two = dice.choice(_NOUNS), dice.choice(_NOUNS)
    return dice.choice(
        (
            f"{one}{dice.randint(10, 2030)}!",
            f"{one}_{two}{dice.randint(1, 99)}",
            f"{_some(dice, _ALNUM, 9)}{dice.randint(0, 9)}",
            f"{one.replace('e', '3').replace('a', '4')}7{_some(dice, _LOWER, 3)}",
            f"{one}+{two}={dice.randint(2, 9)}" if dice.random() < 0.2 else f"{two}.{one}.{dice.randint(10, 99)}",
        )
    )


def token(dice: Dice) -> str:
    """A token of a provider that says what it is."""
    return dice.choice(
        (
            "gh" + "o_" + _some(dice, _ALNUM, 36),
            "AK" + "IA" + _some(dice, _UPPER + "234567", 16),
            "sk" + "-ant-api03-" + _some(dice, _ALNUM + "-_", 93) + "AA",
            "npm" + "_" + _some(dice, _ALNUM, 36),
            "SG" + "." + _some(dice, _ALNUM, 22) + "." + _some(dice, _ALNUM, 43),
            "dop" + "_v1_" + _some(dice, _DIGITS + "abcdef", 64),
            "AI" + "zaSy" + dice.choice("ABCD") + _some(dice, _ALNUM, 32),
            "hvs" + "." + _some(dice, _ALNUM, 24),
            "shp" + "at_" + _some(dice, _DIGITS + "abcdef", 32),
            "gl" + "rt-" + _some(dice, _ALNUM, 20),
        )
    )


def _around(dice: Dice, secret: str, frames: tuple[str, ...]) -> Made:
    return dice.choice(frames).replace("~", secret), secret


def shell(dice: Dice) -> Made:
    frames = (
        "  412  sshpass -p '~' ssh root@10.0.4.7",
        "$ PGPASSWORD=~ psql -h db -U app",
        "mysql -u root -p~ inventory < dump.sql",
        "$ export MYSQL_PWD='~'",
        "redis-cli -h cache -a ~ flushall",
        "docker login -u ci --password ~ registry.corp.lan",
        "curl -u 'ops:~' https://ci.corp.lan/job/42",
        "openssl enc -aes-256-cbc -pass pass:~ -in a -out b",
        "net use Z: \\\\filer\\share /user:CORP\\ann ~",
        'az login -u ann@corp.lan --password "~"',
    )
    return _around(dice, word(dice), frames)


def settings(dice: Dice) -> Made:
    frames = (
        "spring.datasource.password=~",
        '  "Password": "~",',
        "<password>~</password>",
        '<add key="DbPassword" value="~"/>',
        "[smtp]\nuser = mailer\npassword = ~\n",
        "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=~",
        "env:\n- name: ADMIN_PASSWORD\n  value: ~",
        'db_password = "~" # tfvars',
        "ansible_become_pass: ~",
        "machine git.corp.lan login ann password ~",
    )
    return _around(dice, word(dice), frames)


def connection(dice: Dice) -> Made:
    frames = (
        "Server=tcp:sql1,1433;Initial Catalog=crm;User ID=sa;Password=~;Encrypt=True;",
        "jdbc:postgresql://db/crm?user=app&password=~&ssl=true",
        "DRIVER={ODBC Driver 18};SERVER=sql1;UID=app;PWD=~",
        "amqps://worker:~@mq.corp.lan:5671/jobs",
        "ftp://backup:~@10.0.0.9/nightly",
        "ldap bind: cn=admin,dc=corp password=~",
    )
    secret = dice.choice(_NOUNS) + str(dice.randint(100, 9999)) + _some(dice, _LOWER, 3)
    return _around(dice, secret, frames)


def cloud(dice: Dice) -> Made:
    random_key = base64.b64encode(dice.randbytes(64)).decode()
    forty = _some(dice, _ALNUM + "+/", 38) + "9a"
    made: list[Made] = [
        (f"DefaultEndpointsProtocol=https;AccountName=files;AccountKey={random_key};EndpointSuffix=core.windows.net", random_key),
        (f"aws_secret_access_key = {forty}", forty),
        (f'"secretAccessKey": "{forty}"', forty),
        (
            f"Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey={random_key[:43]}=",
            random_key[:43],
        ),
        (f"//registry.corp.lan/:_authToken={_hidden(dice, 36)}", ""),
        (f"CLOUDFLARE_API_TOKEN={_hidden(dice, 40)}", ""),
        (f"DD_API_KEY={_some(dice, _DIGITS + 'abcdef', 32)}", ""),
        (f"algolia: {{ adminApiKey: '{_some(dice, _DIGITS + 'abcdef', 32)}' }}", ""),
        (f"otpauth://totp/corp:ann?secret={_some(dice, _UPPER + '234567', 32)}&issuer=corp", ""),
        (f"https://maps.corp.lan/tiles?api_key={_hidden(dice, 32)}&z=3", ""),
        (f"https://api.corp.lan/v1/me?access_token={_hidden(dice, 48)}", ""),
    ]
    text, secret = dice.choice(made)
    return text, secret or max(text.replace("&", "=").replace("'", "=").split("="), key=len)


def _hidden(dice: Dice, size: int) -> str:
    return _some(dice, _ALNUM, size - 2) + str(dice.randint(10, 99))


def programs(dice: Dice) -> Made:
    frames = (
        'requests.get(url, auth=("ops", "~"))',
        'conn = connect(host="db", user="app", passwd="~")',
        "$pdo = new PDO($dsn, 'app', '~');",
        'smtp.login("mailer@corp.lan", "~")',
        'DriverManager.getConnection(url, "app", "~");',
        "client.login({ username: 'bot', password: '~' })",
        "ConvertTo-SecureString '~' -AsPlainText -Force",
        'let password = String::from("~");',
        "define('DB_PASSWORD', '~');",
        'os.environ["DB_PASSWORD"] = "~"',
    )
    return _around(dice, word(dice), frames)


def talk(dice: Dice) -> Made:
    frames = (
        "the vpn login is ann and the password's ~ btw",
        "I changed the root password to ~ yesterday.",
        "Zugang: Benutzer ann, Passwort ~",
        "Das Kennwort für den Drucker ist ~.",
        "identifiant ann, mot de passe : ~",
        "usuario ann, contraseña ~",
        "La contraseña del wifi es ~",
        "A senha do servidor é ~",
        "La password del NAS è ~",
        "Het wachtwoord van de kluis is ~",
        "Hasło do serwera to ~",
        "пароль от сервера: ~",
        "服务器的密码是~",
        "サーバーのパスワードは ~ です",
        "서버 비밀번호는 ~ 입니다",
        "user: ann\npass: ~",
        "creds are ann / ~",
    )
    return _around(dice, word(dice), frames)


def provider(dice: Dice) -> Made:
    frames = (
        "Traceback: 401 for key ~",
        '{\\"headers\\":{\\"x-key\\":\\"~\\"}}',
        "see https://x.lan/cb#~",
        "| prod | ~ | 2024 |",
        "env -i K=~ ./run",
        "old: ~, delete it",
        "<!-- ~ -->",
        "~",
    )
    return _around(dice, token(dice), frames)


def key_files(dice: Dice) -> Made:
    kind = dice.choice(("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PGP PRIVATE KEY BLOCK"))
    gap = dice.choice(("\n", "\\n", "\n    ", "\r\n"))
    lines = gap.join(_some(dice, _ALNUM + "+/", 64) for _ in range(dice.randint(3, 20)))
    whole = f"-----BEGIN {kind}-----{gap}{lines}{gap}-----END {kind}-----"
    return dice.choice(
        (whole, f'{{"type": "service_account", "private_key": "{whole}", "client_id": "1"}}', f"tls.key: |\n    {whole}")
    ), whole


_CODED: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64_bare": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64_utf16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64_gzip": lambda text: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "html": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "escapes_twice": lambda text: "".join(f"\\\\u{ord(letter):04x}" for letter in text),
    "quoted_printable": lambda text: quopri.encodestring(text.replace("=", "=3D").encode()).decode(),
}
_SAID = (
    "token={} bitte geheim halten, schöne Grüße aus Köln",
    "ключ доступа {} никому не показывать",
    "访问密钥 {} 请勿外传",
    "the deploy key is {} for now",
)


def _coded(name: str) -> Callable[[Dice], Made]:
    def make(dice: Dice) -> Made:
        said = dice.choice(_SAID).format(token(dice))
        if name == "quoted_printable":
            said = "Grüße, " * 3 + said
            whole = base64.b64encode(b"").decode() + quopri.encodestring(said.encode()).decode()
            return whole, whole
        whole = _CODED[name](said)
        return dice.choice(("see {}", 'payload: "{}"', "{}\n", "powershell -enc {}", '{{"data":"{}"}}')).format(whole), whole

    return make


KINDS: dict[str, Callable[[Dice], Made]] = {
    "shell": shell,
    "settings": settings,
    "connection": connection,
    "cloud": cloud,
    "program": programs,
    "talk": talk,
    "provider": provider,
    "key_file": key_files,
    **{f"coded_{name}": _coded(name) for name in _CODED},
}


def leaks(seed: int = 2027) -> dict[str, list[Made]]:
    """``{KIND: [(text, what must be told)]}``, thirty each."""
    dice = random.Random(seed)
    return {kind: [make(dice) for _ in range(_EACH)] for kind, make in KINDS.items()}
