"""Trust policies: the form, the quorum, and whose signatures do not count."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit.cosignature import COSIGNATURE_ED25519
from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.note import Signer, Verifier, sign_note
from safeconduct.audit.trust import MAX_NAMED, Group, Trust, compose
from support.witnesses import LOG, LOG_COSIGNER, W1, W1_LATTICE, W2, Leaves

NAMES = ["a", "b", "c", "d", "e", "f"]
SIX = {name: Signer(f"witness.example/{name}", name.encode() * 32, COSIGNATURE_ED25519) for name in NAMES}
LOG_LINE = f"log {LOG.verifier}\n"
WITNESSES = "".join(f"witness {name} {signer.verifier}\n" for name, signer in SIX.items())
TEXT = Leaves(5).checkpoint(5).text()


def policy(rest: str) -> Trust:
    return Trust.parse((LOG_LINE + WITNESSES + rest).encode())


def signed(names: str, *signers: Signer) -> bytes:
    return sign_note(TEXT, *(signers or (LOG,)), *(SIX[name] for name in names), at=5)


def test_the_example_of_the_specification_reads() -> None:
    trust = policy("group X 2 a b c\n\ngroup Y any d e f\n  # comment\n group X-and-Y\tall X Y \nquorum X-and-Y\n")
    assert trust.groups["X-and-Y"] == Group(2, ("X", "Y"))
    assert trust.check(signed("abd")).size == 5
    assert trust.check(signed("acbfd")).size == 5
    for names in ("", "ab", "ad", "def", "abc"):
        with pytest.raises(NoteInvalid, match="quorum"):
            trust.check(signed(names))


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(NAMES)), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))
def test_a_quorum_counts_like_sets_do(names: set[str], x: int, y: int, both: int) -> None:
    trust = policy(f"group X {x} a b c\ngroup Y {y} d e f\ngroup Z {both} X Y\nquorum Z\n")
    wanted = (len(names & {"a", "b", "c"}) >= x) + (len(names & {"d", "e", "f"}) >= y) >= both
    try:
        trust.check(signed("".join(sorted(names))))
    except NoteInvalid:
        assert not wanted
    else:
        assert wanted


def test_without_a_quorum_the_log_alone_is_enough() -> None:
    trust = policy("quorum none\n")
    assert trust.vouch(signed("")).witnesses == ()
    assert trust.vouch(signed("b")).witnesses == (("b", 5),)


def test_p7_the_stolen_key_of_a_log_is_not_enough_without_its_witness() -> None:
    trust = Trust.parse(compose([LOG.verifier], [("w1", W1.verifier)], 1))
    assert trust.check(sign_note(TEXT, LOG, W1))
    forged = Leaves(5, fork=2).checkpoint(5).text()
    with pytest.raises(NoteInvalid, match="quorum"):
        trust.check(sign_note(forged, LOG))
    line = sign_note(TEXT, W1).split(b"\n\n")[1]
    with pytest.raises(NoteInvalid, match="does not fit"):
        trust.check(sign_note(forged, LOG) + line)


def test_p7_signatures_of_unknown_keys_are_passed_over() -> None:
    trust = Trust.parse(compose([LOG.verifier], [("w1", W1.verifier)], 1))
    impostor = Signer("witness.example/w1", bytes([9]) * 32, COSIGNATURE_ED25519)
    assert trust.check(sign_note(TEXT, W2, impostor, LOG, W1)).size == 5
    with pytest.raises(NoteInvalid, match="quorum"):
        trust.check(sign_note(TEXT, LOG, W2, impostor))


def test_p7_a_key_signs_for_the_log_of_its_own_name_only() -> None:
    other = Signer("log.example/other", bytes([3]) * 32)
    trust = Trust.parse(compose([LOG.verifier, other.verifier], []))
    assert trust.check(sign_note(TEXT, LOG))
    with pytest.raises(NoteInvalid, match=r"no key of the log log\.example/one"):
        trust.check(sign_note(TEXT, other))


def test_a_cosignature_alone_is_no_signature_of_the_log() -> None:
    with pytest.raises(NoteInvalid, match="no key of the log"):
        policy("quorum a\n").check(sign_note(TEXT, SIX["a"]))


def test_a_log_may_sign_with_its_second_kind_of_key_or_be_asked_for_both() -> None:
    either = Trust.parse(compose([LOG.verifier, LOG_COSIGNER.verifier], []))
    assert either.check(sign_note(TEXT, LOG_COSIGNER))
    both = Trust.parse(compose([LOG.verifier], [("log-mldsa", LOG_COSIGNER.verifier)], 1))
    assert both.check(sign_note(TEXT, LOG, LOG_COSIGNER))
    with pytest.raises(NoteInvalid):
        both.check(sign_note(TEXT, LOG))


def test_urls_are_kept() -> None:
    trust = Trust.parse(f"log {LOG.verifier} https://log.example\nwitness w {W1.verifier} https://w.example\nquorum w\n".encode())
    assert trust.logs[0].url == "https://log.example"
    assert trust.witnesses["w"].url == "https://w.example"
    found = trust.log_of(LOG.verifier.name)
    assert found is not None
    assert found.verifier == LOG.verifier
    assert trust.log_of("elsewhere") is None


def test_names_are_octets() -> None:
    kelvin, k = "\u212a", "K"
    text = f"{LOG_LINE}witness {kelvin} {W1.verifier}\nwitness {k} {W2.verifier}\nquorum {k}\n"
    with pytest.raises(NoteInvalid, match="quorum"):
        Trust.parse(text.encode()).check(sign_note(TEXT, LOG, W1))
    raw = f"{LOG_LINE}witness ".encode() + b"\xff\xfe " + f"{W1.verifier}\nquorum ".encode() + b"\xff\xfe\n"
    assert Trust.parse(raw).check(sign_note(TEXT, LOG, W1))


ECDSA = "peter.example+00000000+Ag=="


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("", "no quorum"),
        ("quorum none\nquorum none\n", "second quorum"),
        ("quorum nobody\n", "named nowhere"),
        ("quorum\n", "other words"),
        ("quorum a b\n", "other words"),
        ("quorum none", "newline"),
        ("quorum none\r\n", "control"),
        ("quorum none\n\x00\n", "control"),
        ("quorum none\n# \x7f\n", "control"),
        ("witnesses 3\nquorum none\n", "starts with"),
        ("group g 0 a b\nquorum g\n", "at least one"),
        ("group g 3 a b\nquorum g\n", "at least one"),
        ("group g +1 a b\nquorum g\n", "decimal"),
        ("group g most a b\nquorum g\n", "decimal"),
        ("group g any\nquorum g\n", "other words"),
        ("group g any a a\nquorum g\n", "one group"),
        ("group g any a b\ngroup h any b c\nquorum g\n", "one group"),
        ("group g any h\ngroup h any a\nquorum g\n", "named nowhere"),
        ("group g any g\nquorum g\n", "named nowhere"),
        ("group g any none\nquorum g\n", "named nowhere"),
        ("group a any b\nquorum a\n", "taken"),
        ("group none any b\nquorum none\n", "taken"),
        (f"witness a {W1.verifier}\nquorum a\n", "taken"),
        (f"witness none {W1.verifier}\nquorum a\n", "taken"),
        (f"witness again {SIX['a'].verifier}\nquorum a\n", "listed already"),
        (f"witness again {Verifier.of('renamed', SIX['a'].verifier.public, COSIGNATURE_ED25519)}\nquorum a\n", "listed already"),
        (LOG_LINE + "quorum none\n", "listed already"),
        (f"witness w {Signer('w', bytes(32)).verifier}\nquorum w\n", "kind"),
        (f"log {SIX['a'].verifier}\nquorum none\n", "kind"),
        (f"log {ECDSA}\nquorum none\n", "kind"),
        ("log nonsense\nquorum none\n", "name"),
        (f"log {LOG.verifier} url more\nquorum none\n", "other words"),
        ("log n\u00e4me+00000000+AQ==\nquorum none\n", "ASCII"),
        ("quorum none\n" + "#\n" * 1001, "lines"),
        ("#" + "x" * 300_000 + "\nquorum none\n", "longer"),
    ],
)
def test_p7_what_is_no_policy_is_refused(rest: str, why: str) -> None:
    with pytest.raises(NoteInvalid, match=why):
        policy(rest)


def test_names_are_bounded() -> None:
    many = [(f"n{n}", Signer(f"w{n}", n.to_bytes(32, "big"), COSIGNATURE_ED25519).verifier) for n in range(MAX_NAMED + 1)]
    assert len(Trust.parse(compose([LOG.verifier], many[:-1], 40)).witnesses) == MAX_NAMED
    with pytest.raises(NoteInvalid, match="more than"):
        compose([LOG.verifier], many, 40)


def test_what_is_composed_says_what_it_is() -> None:
    text = compose([LOG.verifier], [("w1", W1_LATTICE.verifier), ("w2", W2.verifier)], 2, note="two lines\nof words")
    assert text.startswith(b"# two lines\n# of words\nlog ")
    trust = Trust.parse(text)
    assert trust.check(sign_note(TEXT, LOG, W1_LATTICE, W2))
    with pytest.raises(NoteInvalid):
        trust.check(sign_note(TEXT, LOG, W2))
