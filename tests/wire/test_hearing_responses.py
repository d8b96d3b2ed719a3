from __future__ import annotations

import msgspec

from safeconduct.terms.call import Dialect
from support.listening import listen


def test_padding_is_read_where_it_is_longer_than_padding() -> None:
    event = {"type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0, "delta": "x"}
    long = {**event, "obfuscation": "s" * 65}
    (heard,) = listen(Dialect.RESPONSES, b"data: " + msgspec.json.encode(long) + b"\n\n")
    assert any(said.text == "s" * 65 for said in heard.said)
