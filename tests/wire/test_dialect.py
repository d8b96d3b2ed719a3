from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.call import AnswerFacts, Dialect, Operation
from safeconduct.wire.dialect import of
from safeconduct.wire.strict import Malformed, loads
from support.wire_calls import DENIED


@pytest.mark.parametrize("dialect", list(Dialect))
def test_each_dialect_has_its_wire(dialect: Dialect) -> None:
    assert of(dialect).dialect is dialect


@pytest.mark.parametrize("dialect", list(Dialect))
def test_p3_each_dialect_reads_strictly(dialect: Dialect) -> None:
    for raw in (b'{"model":"a","model":"b"}', b'{"model":"a","n":NaN}', b'\xef\xbb\xbf{"model":"a"}', b"[" * 1000, b"{}"):
        with pytest.raises(Malformed):
            of(dialect).read(raw, Operation.GENERATE)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_p12_what_ends_a_stream_is_one_whole_event(dialect: Dialect) -> None:
    wire = of(dialect)
    for event in (wire.cut(DENIED, AnswerFacts()), wire.keepalive()):
        reader = wire.stream_reader()
        reader.feed(event)
        assert reader.safe_boundary
        assert event.count(b"\n\n") == 1


values = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=2)
identities = st.sampled_from(["user", "safety_identifier", "metadata", "stream_options", "x_new"])


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(list(Dialect)), st.dictionaries(identities, values | st.dictionaries(st.just("user_id"), values)))
def test_p11_no_claim_about_identity_survives_in_any_dialect(dialect: Dialect, claims: dict[str, object]) -> None:
    wire = of(dialect)
    body = b'{"model":"m","messages":[{"x": 1.50}]}'
    view = wire.read(body[:-1] + b"".join(_member(name, claim) for name, claim in claims.items()) + b"}", Operation.GENERATE)
    tree = loads(wire.edited(view, model="m", pseudonym="p_1", programs=frozenset()))
    said = tree["metadata"]["user_id"] if dialect is Dialect.MESSAGES else tree["safety_identifier"]
    assert said == "p_1"
    assert tree.get("user", "p_1") == "p_1"
    metadata = tree.get("metadata")
    assert not isinstance(metadata, dict) or metadata.get("user_id", "p_1") == "p_1"
    for name in ("stream_options", "x_new"):
        assert tree.get(name) == claims.get(name)


def _member(name: str, value: object) -> bytes:
    return b"," + msgspec.json.encode(name) + b": " + msgspec.json.encode(value)
