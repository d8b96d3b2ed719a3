"""Secrets are found in code, configuration and sentences; placeholders, hashes and talk about passwords are not."""

from __future__ import annotations

import base64

import pytest

from support import detecting

_VALUE = "x9Kq2LmZ7vR4tB8nW3yD6sF1gH5jP0cA"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my password is hunter2, thanks", "hunter2"),
        ('the password for the admin account is "Tiger$delta1461".', "Tiger$delta1461"),
        ("das Passwort lautet Blume7Garten", "Blume7Garten"),
        ("la contraseña es gato9Negro", "gato9Negro"),
        ("le mot de passe est soleil42Rouge", "soleil42Rouge"),
        ("мой пароль: kot55Murka", "kot55Murka"),
        ("密码是 xiong8Mao", "xiong8Mao"),
        ('db_password: "Welcome$spring1206"', "Welcome$spring1206"),
        ("DB_PASSWORD=Corp.spring510", "Corp.spring510"),
        ("postgres://app:Corp.spring510@db1:5432/prod", "Corp.spring510"),
        ("postgres://app:Admin@summer816@db1:5432/prod", "Admin@summer816"),
        (f'api_key = "{_VALUE}"', _VALUE),
        (f"curl -H 'Authorization: Bearer {_VALUE}'", _VALUE),
        ("curl -u elastic:P@ssw0rd$1 https://localhost", "P@ssw0rd$1"),
        (f'{{\\"api_key\\": \\"{_VALUE}\\"}}', _VALUE),
        ("Server=db;Uid=app;Pwd=Tiger7delta;", "Tiger7delta"),
        ("sshpass -p 'Tiger7delta' ssh root@db", "Tiger7delta"),
        ("mysql -u root -pTiger7delta shop < a.sql", "Tiger7delta"),
        ("redis-cli -h cache -a Tiger7delta flushall", "Tiger7delta"),
        ("net use Z: \\\\filer\\share /user:CORP\\ann Tiger7delta", "Tiger7delta"),
        ("az login --password Tiger7delta", "Tiger7delta"),
        ('requests.get(url, auth=("ops", "Tiger7delta"))', "Tiger7delta"),
        ("$pdo = new PDO($dsn, 'app', 'Tiger7delta');", "Tiger7delta"),
        ('let password = String::from("Tiger7delta");', "Tiger7delta"),
        ("<password>Tiger7.delta.x</password>", "Tiger7.delta.x"),
        ('<add key="DbPassword" value="Tiger7delta"/>', "Tiger7delta"),
        ("- name: ADMIN_PASSWORD\n  value: Tiger7delta", "Tiger7delta"),
        ("machine git.lan login ann password Tiger7delta", "Tiger7delta"),
        ("usuario ann, contraseña Tiger7delta", "Tiger7delta"),
        ("mot de passe : Tiger7delta", "Tiger7delta"),
        ("密码是xiong8Mao请", "xiong8Mao"),
        (f"AccountName=files;AccountKey={_VALUE};", _VALUE),
    ],
)
def test_it_is_found_and_nothing_around_it(text: str, found: str) -> None:
    assert [piece for _, piece in detecting.seen(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        "the password must be at least 12 characters",
        "the password is required",
        "password is SHA-256 hashed",
        "the password is issued by 2FA2",
        'password = os.environ["DB_PASSWORD"]',
        "password = getpass.getpass()",
        "api_key: ${API_KEY}",
        "token=<your-token>",
        'api_key = "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
        "aws_access_key: AKIAIOSFODNN7EXAMPLE",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "postgres://user:password@localhost/db",
        "see commit 4853d01665da41376f1b463a3b968b5abcb7788c",
        'request_id = "c69cc9ea-d82f-754d-9014-da7179388038"',
        'publicToken = "9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit"',
        "-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----",
        "curl -u username:token",
        "password: !vault |",
        "the password is rot13-ed",
        "the password is sha256-hashed",
        "the password SHA256-hashed before",
        "密码是至少8个字符",
        "パスワードは90日で期限切れになります。",
        "mapbox.accessToken = 'pk.eyJ19NAY2TAaHVEwveDh3RalXWsIt8mBPaIg7FKc'",
        '<input name="authenticity_token" value="P5EG7wiwNK1RctHS1wW74mO/n1QZo7lsbegOXiS6Nzo=">',
        "export OP_TOKEN=ops_zJzaWduSW5BZGRyZXNzIjoi...",
        "sgp_78Ad84a5B6e8A2fE5B_4085FB0ccaDDd29DB66Fd7FE9bA2C1cdCE8400CD",
        'login("ann", password)',
        "mysql -u root -p shop",
        "docker run -u 1000:1000 image",
        "what is a JWT? it starts with eyJ and has three parts.",
        "ghp_ tokens are those of users and gho_ ones are given to programs which act for them",
    ],
)
def test_what_only_looks_like_it_is_let_go(text: str) -> None:
    assert detecting.seen(text) == []


def test_a_definite_kind_wins_over_a_vague_one() -> None:
    key = "ghp_4z7hwIWPxs66XOuILzCcT9AWzUR8BXLiHMA7"
    assert detecting.seen(f'token = "{key}"') == [("github_token", key)]


def test_a_token_at_the_end_of_a_sentence_ends_before_the_full_stop() -> None:
    key = "glpat-4z7hwIWPxs66XOuILzCc"
    assert detecting.seen(f"It is {key}.") == [("gitlab_token", key)]


def test_a_private_key_is_found_whole_and_in_one_line() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDAC4AWkdwKYSd8"
    for gap in ("\n", "\\n"):
        key = f"-----BEGIN PRIVATE KEY-----{gap}{body}{gap}-----END PRIVATE KEY-----"
        assert detecting.seen(f'"key": "{key}"') == [("private_key", key)]


def test_a_signed_token_needs_its_structure() -> None:
    good = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTQyIn0.k7VZ3mQ9xW2pL8rT5nB1cY6dF4gH0jKs"
    assert detecting.seen(good) == [("jwt", good)]
    assert detecting.seen(good.replace("eyJzdWIi", "AAAAAAAA")) == []


def test_a_token_inside_of_a_longer_word_is_none_and_one_after_an_escape_is() -> None:
    key = "ghp_4z7hwIWPxs66XOuILzCcT9AWzUR8BXLiHMA7"
    assert detecting.seen(f"an{key}") == []
    assert detecting.seen(f"a\\n{key}") == [("github_token", key)]


def test_a_signed_token_of_a_tutorial_is_none_whatever_its_signature() -> None:
    shown = base64.urlsafe_b64encode(b'{"sub": "1234567890", "name": "Somebody"}').decode().rstrip("=")
    other = base64.urlsafe_b64encode(b'{"sub": "8204471936", "name": "Somebody"}').decode().rstrip("=")
    for claims, found in ((shown, 0), (other, 1)):
        assert len(detecting.seen(f"eyJhbGciOiJIUzI1NiJ9.{claims}.k7VZ3mQ9xW2pL8rT5nB1cY6dF4gH0jKs")) == found


def test_a_signed_token_that_ended_years_ago_is_none() -> None:
    for exp, found in ((1_300_819_380, 0), (1_999_999_999, 1), (1_300_819_380_000, 1)):
        claims = base64.urlsafe_b64encode(f'{{"iss":"joe","exp":{exp}}}'.encode()).decode().rstrip("=")
        assert len(detecting.seen(f"eyJhbGciOiJIUzI1NiJ9.{claims}.k7VZ3mQ9xW2pL8rT5nB1cY6dF4gH0jKs")) == found
    nested = base64.urlsafe_b64encode(b'{"act":{"exp":1300819380},"exp":1999999999}').decode().rstrip("=")
    assert len(detecting.seen(f"eyJhbGciOiJIUzI1NiJ9.{nested}.k7VZ3mQ9xW2pL8rT5nB1cY6dF4gH0jKs")) == 1


def test_words_may_stand_between_password_and_is() -> None:
    assert detecting.seen("the password for the guest wifi is blue-horse-99") == [("told_password", "blue-horse-99")]
    assert detecting.seen("the password for that. It is blue-horse-99") == []
