"""A slip in a settings file is told with its place, what it is and what was probably meant; all slips at once."""

from __future__ import annotations

import pytest

from safeconduct.settings.load import LogSettings, default_upstreams, read
from safeconduct.terms.faults import Refused

UPSTREAM = '[upstream.x]\nurl = "https://x.example/v1"\ndialects = ["chat"]\n'


def told(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(Refused) as refused:
        read(text.encode(), "f.toml")
    return [(fault.where, fault.what, fault.mend) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "where", "mend"),
    [
        ("[gatewey]\n", "gatewey", "did you mean gateway?"),
        ("[gateway]\nworkrs = 2\n", "gateway.workrs", "did you mean workers?"),
        ("[log]\nqqq = 2\n", "log.qqq", f"remove it, or use one of: {', '.join(LogSettings.__struct_fields__)}"),
        ("[gateway]\nworkers = 'two'\n", "gateway.workers", "write a whole number, like 1"),
        ("[gateway]\nlisten = 8462\n", "gateway.listen", 'write text in quotes, like "127.0.0.1:8462"'),
        (UPSTREAM + "simulated = 1\n", "upstream.x.simulated", "write true or false, like false"),
        (UPSTREAM.replace('["chat"]', '"chat"'), "upstream.x.dialects", 'write a list of texts, like ["messages"]'),
        (UPSTREAM.replace("url", "URL"), "upstream.x.url", "add url = ..."),
        ("gateway = 1\n", "gateway", "write [gateway] on a line of its own"),
        ("[upstream]\nurl = 'x'\n", "upstream.url", "write [upstream.NAME] for each of them, and its settings below"),
    ],
)
def test_a_slip_is_told_with_its_place_and_its_mend(text: str, where: str, mend: str) -> None:
    assert (f"f.toml: {where}", mend) in [(spot, way) for spot, _, way in told(text)]


def test_all_slips_are_told_at_once() -> None:
    text = "[gateway]\nworkrs = 2\nlisten = 1\n[loq]\n[upstream.x]\n[upstream.y]\n"
    assert len(told(text)) == 7


def test_a_credential_of_the_wrong_type_is_not_repeated() -> None:
    assert "4711" not in str(told(UPSTREAM + "credential = 4711\n"))


def test_whole_numbers_do_for_numbers() -> None:
    assert read(b"[gateway]\nheader_seconds = 5\n", "f.toml").gateway.header_seconds == 5.0
    assert read(UPSTREAM.encode(), "f.toml").upstream["x"].dialects == ["chat"]
    assert set(default_upstreams()) == {"anthropic", "openai"}
