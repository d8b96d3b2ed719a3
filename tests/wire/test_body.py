from __future__ import annotations

from typing import Any

import pytest

from safeconduct.wire import body
from safeconduct.wire.strict import Malformed, loads

# Spelled in ways our own encoder never would: any re-encoding of the untouched members would show.
ODD = (
    b'{ "model" : "alias", "messages": [ {"role":"user", "content":[{"type":"thinking","signature":"Eq\\/QB==\\u00e9",'
    b'"cache_control" : {"type":"ephemeral"}}]} ], "temperature":1.50, "big": 1E5 , "user":"u" }'
)


def test_p3_without_an_edit_the_body_is_the_same_object() -> None:
    tree = loads(ODD)
    assert body.edited(ODD, tree, {"model": "alias", "temperature": 1.5}, ("absent",)) is ODD


def test_p3_untouched_members_keep_their_exact_bytes() -> None:
    changed = body.edited(ODD, loads(ODD), {"model": "served", "new": {"a": "b"}}, ("user",))
    messages = ODD[ODD.index(b"[ {") : ODD.index(b' ], "temp') + 2]
    assert messages in changed
    assert b'"temperature":1.50' in changed
    assert b'"big":1E5' in changed
    expected = loads(ODD) | {"model": "served", "new": {"a": "b"}}
    del expected["user"]
    assert loads(changed) == expected


def test_an_edit_keeps_the_order_of_members() -> None:
    changed = body.edited(ODD, loads(ODD), {"model": "served"}, ())
    assert list(loads(changed)) == list(loads(ODD))


@pytest.mark.parametrize("tree", [{}, {"model": None}, {"model": ""}, {"model": 5}, {"model": ["m"]}])
def test_a_request_must_name_a_model(tree: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        body.model_name(tree)
    assert (caught.value.code, caught.value.where) == ("model_missing", "$.model")


def test_flags_and_counts() -> None:
    assert [body.flag({"s": value}, "s") for value in (True, False, None)] == [True, False, False]
    assert body.flag({}, "s") is False
    assert body.count({"a": 3, "b": None, "c": 7}, "a", "b", "c", "d") == 7
    for wrong in ("yes", 1, []):
        with pytest.raises(Malformed):
            body.flag({"s": wrong}, "s")
    for wrong in ("5", 1.5, True, -1):
        with pytest.raises(Malformed):
            body.count({"a": wrong}, "a")
