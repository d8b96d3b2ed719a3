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


def test_words_may_stand_between_password_and_is() -> None:
    assert detecting.seen("the password for the guest wifi is blue-horse-99") == [("told_password", "blue-horse-99")]
    assert detecting.seen("the password for that. It is blue-horse-99") == []
