"""Settings are read once and whole; what makes no sense is refused with its place and how to mend it, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.settings.load import (
    FILE_NAME,
    Settings,
    default_upstreams,
    home_path,
    listen_address,
    load,
    read,
    time_of_day,
    url_fault,
)
from safeconduct.terms.faults import Refused

UPSTREAM = '[upstream.x]\nurl = "https://x.example/v1"\ndialects = ["chat"]\n'


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read(text.encode(), "f.toml")
    assert all(fault.mend and fault.what for fault in refused.value.faults)
    return [(fault.code, fault.where) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("[gateway]\nlisten = 8462", "settings_invalid", "f.toml: gateway.listen"),
        ("[gateway]\nlistens = '127.0.0.1:1'", "settings_invalid", "f.toml: gateway.listens"),
        ("[gatewey]\n", "settings_invalid", "f.toml: gatewey"),
        ("[gateway\n", "settings_invalid", "f.toml"),
        ("[gateway]\nworkers = 1.5", "settings_invalid", "f.toml: gateway.workers"),
        ("\N{EURO SIGN}", "settings_invalid", "f.toml"),
        ("[gateway]\nlisten = 'localhost'", "listen_invalid", "f.toml: gateway.listen"),
        ("[gateway]\nlisten = ':80'", "listen_invalid", "f.toml: gateway.listen"),
        ("[gateway]\nlisten = 'a:99999'", "listen_invalid", "f.toml: gateway.listen"),
        ("[gateway]\nworkers = 0", "workers_invalid", "f.toml: gateway.workers"),
        ("[gateway]\nworkers = 129", "workers_invalid", "f.toml: gateway.workers"),
        ("[gateway]\nmax_body_bytes = 0", "not_positive", "f.toml: gateway.max_body_bytes"),
        ("[gateway]\nheader_seconds = -1.0", "not_positive", "f.toml: gateway.header_seconds"),
        ("[gateway]\nheader_seconds = inf", "not_positive", "f.toml: gateway.header_seconds"),
        ("[gateway]\nwrite_seconds = nan", "not_positive", "f.toml: gateway.write_seconds"),
        ("[gateway]\nkeepalive_seconds = 0.0", "not_positive", "f.toml: gateway.keepalive_seconds"),
        ("[log]\nnode = ''", "name_invalid", "f.toml: log.node"),
        ("[log]\norigin = 'a b'", "name_invalid", "f.toml: log.origin"),
        (UPSTREAM + "idle_seconds = 0.0", "not_positive", "f.toml: upstream.x.idle_seconds"),
        (UPSTREAM + "credential = 'sk-live-123'", "credential_in_settings", "f.toml: upstream.x.credential"),
        (UPSTREAM + "credential_header = 'host'", "header_unknown", "f.toml: upstream.x.credential_header"),
        (UPSTREAM.replace("chat", "smalltalk"), "dialect_unknown", "f.toml: upstream.x.dialects"),
        (UPSTREAM.replace('["chat"]', "[]"), "dialect_unknown", "f.toml: upstream.x.dialects"),
        (UPSTREAM.replace("https", "ftp"), "url_invalid", "f.toml: upstream.x.url"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(text: str, code: str, where: str) -> None:
    assert faults(text) == [(code, where)]


def test_all_faults_are_told_at_once() -> None:
    text = "[gateway]\nworkers = 0\nbody_seconds = 0.0\n" + UPSTREAM.replace("https", "ftp")
    assert len(faults(text)) == 3


def test_a_credential_in_the_settings_is_not_repeated() -> None:
    with pytest.raises(Refused) as refused:
        read((UPSTREAM + "credential = 'sk-live-123'").encode(), "f.toml")
    assert "sk-live-123" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.example",
        "https://",
        "file:///etc/passwd",
        "https://user:pw@x.example",
        "https://x.example?a=b",
        "https://x.example#f",
        "https://x.example:99999",
        "https://x.example:0",
        "https://[::1",
        "https://x.example/a b",
        "https://x.example/\u00e9",
        "https://x.example/\r\nhost: y",
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    assert url_fault(url)


@pytest.mark.parametrize("url", ["https://x.example/v1", "http://127.0.0.1:8080", "https://[::1]:8443/v1"])
def test_a_plain_url_passes(url: str) -> None:
    assert url_fault(url) == ""


def test_the_environment_moves_port_and_providers(tmp_path: Path) -> None:
    environ = {"SAFECONDUCT_LISTEN": "[::1]:9", "SAFECONDUCT_OPENAI_URL": "http://127.0.0.1:1/v1/"}
    settings = load(tmp_path, environ)
    assert listen_address(settings.gateway.listen) == ("::1", 9)
    assert settings.upstream["openai"].url == "http://127.0.0.1:1/v1"
    assert settings.upstream["openai"].credential == default_upstreams()["openai"].credential
    assert "anthropic" not in settings.upstream


@pytest.mark.parametrize(("name", "value"), [("SAFECONDUCT_LISTEN", "nowhere"), ("SAFECONDUCT_ANTHROPIC_URL", "ftp://x")])
def test_a_bad_variable_is_named(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        load(tmp_path, {name: value})
    assert refused.value.faults[0].where == name


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Settings()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(Refused) as refused:
        load(tmp_path, {})
    assert refused.value.faults[0].code == "settings_unreadable"


def test_the_home_is_named_by_the_environment(tmp_path: Path) -> None:
    assert home_path({"SAFECONDUCT_HOME": str(tmp_path)}) == tmp_path
    assert home_path({}) == Path.home() / ".safeconduct"


@pytest.mark.parametrize(("text", "seconds"), [("03:00", 10_800), ("00:00", 0), ("23:59", 86_340)])
def test_a_time_of_day_is_seconds_since_midnight(text: str, seconds: int) -> None:
    assert time_of_day(text) == seconds
    assert read(f'[reconcile]\nat = "{text}"\n'.encode(), "f").reconcile.at == text


@pytest.mark.parametrize("text", ["3:00", "24:00", "03:60", "03", "0300", "aa:bb", "03:00Z", "-3:00", "\u0663\u0663:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read(f'[reconcile]\nat = "{text}"\n'.encode(), "f")
    assert [fault.code for fault in refused.value.faults] == ["time_invalid"]


def test_no_time_of_day_is_never() -> None:
    assert read(b'[reconcile]\nat = ""\n', "f").reconcile.at == ""
