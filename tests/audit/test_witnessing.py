"""What a witness answers: requests read strictly, each status, and cases that another implementation publishes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit.head import Checkpoint, NoteInvalid
from safeconduct.audit.note import Signer, Verifier, open_timed, own_lines, sign_note
from safeconduct.audit.tree import EMPTY_ROOT, leaf_hash
from safeconduct.audit.witnessing import (
    MAX_PROOF_LINES,
    MAX_REQUEST_BYTES,
    SIZE_TYPE,
    Answer,
    Submission,
    cosigned,
    judge,
    opened,
)
from support.witnesses import LOG, LOG_COSIGNER, ORIGIN, W1, W1_LATTICE, Leaves

# Requests that are published with another witness (its own tests of races): a log with three checkpoints.
PUBLISHED_ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
PUBLISHED_KEY = bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
TO_1 = f"""old 0

{PUBLISHED_ORIGIN}
1
KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

— {PUBLISHED_ORIGIN} UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=
""".encode()
FROM_1_TO_3 = f"""old 1
KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

{PUBLISHED_ORIGIN}
3
RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=

— {PUBLISHED_ORIGIN} UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=
""".encode()
FROM_1_TO_5 = f"""old 1
KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=
KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

{PUBLISHED_ORIGIN}
5
QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=

— {PUBLISHED_ORIGIN} UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=
""".encode()
ONE_HASH = b"KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"


class Memory:
    """A witness in memory."""

    def __init__(self, *keys: Verifier, known: Checkpoint | None = None) -> None:
        self.keys, self.known = keys, known

    def ask(self, body: bytes) -> Answer:
        try:
            submission = Submission.parse(body)
        except NoteInvalid as wrong:
            return Answer(400, str(wrong).encode())
        checkpoint = opened(submission, [key for key in self.keys if key.name == submission.origin])
        if isinstance(checkpoint, Answer):
            return checkpoint
        if no := judge(submission, checkpoint, self.known):
            return no
        self.known = checkpoint
        return cosigned(submission.note, [W1, W1_LATTICE], 1_700_000_000)


def test_published_requests_are_answered_as_published() -> None:
    witness = Memory(Verifier.of(PUBLISHED_ORIGIN, PUBLISHED_KEY))
    answer = witness.ask(TO_1)
    assert answer.status == 200
    note = TO_1.partition(b"\n\n")[2]
    assert [key for key, _ in open_timed(note + answer.body, [W1.verifier, W1_LATTICE.verifier])[1]] == [
        W1.verifier,
        W1_LATTICE.verifier,
    ]
    assert witness.ask(FROM_1_TO_5).status == 200
    late = witness.ask(FROM_1_TO_3)
    assert (late.status, late.body, late.kind) == (409, b"5\n", SIZE_TYPE)
    assert witness.known is not None
    assert witness.known.root.hex() == "42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36"


def test_a_request_with_too_many_hashes_is_malformed() -> None:
    head, _, note = TO_1.partition(b"\n\n")
    witness = Memory(Verifier.of(PUBLISHED_ORIGIN, PUBLISHED_KEY))
    for lines, status in ((MAX_PROOF_LINES, 422), (MAX_PROOF_LINES + 1, 400)):
        assert witness.ask(head + b"\n" + ONE_HASH * lines + b"\n" + note).status == status
    assert witness.known is None


EMPTY, LEAF = EMPTY_ROOT, leaf_hash(b"leaf")


@pytest.mark.parametrize(
    ("known", "old", "size", "root", "proof", "status"),
    [
        (0, 0, 0, EMPTY, (), 200),
        (0, 0, 0, LEAF, (), 422),
        (0, 0, 0, bytes(32), (), 422),
        (0, 0, 0, EMPTY, (LEAF,), 422),
        (0, 0, 1, LEAF, (), 200),
        (0, 0, 1, LEAF, (LEAF,), 422),
        (1, 0, 1, LEAF, (LEAF,), 409),
        (1, 1, 0, EMPTY, (), 400),
        (1, 1, 1, LEAF, (), 200),
        (1, 1, 1, EMPTY, (), 409),
        (1, 1, 1, LEAF, (LEAF,), 422),
        (0, 1, 1, LEAF, (), 409),
    ],
)
def test_the_first_sizes(known: int, old: int, size: int, root: bytes, proof: tuple[bytes, ...], status: int) -> None:
    before = Checkpoint(ORIGIN, 1, LEAF) if known else None
    witness = Memory(LOG.verifier, known=before)
    note = sign_note(Checkpoint(ORIGIN, size, root).text(), LOG)
    answer = witness.ask(Submission(old, proof, note).body())
    assert answer.status == status
    assert (b"\xe2\x80\x94" in answer.body) == (status == 200)
    if status != 200:
        assert witness.known == before


def test_p7_two_heads_are_never_both_cosigned() -> None:
    honest, forked = Leaves(40), Leaves(40, fork=12)
    witness = Memory(LOG.verifier)
    assert witness.ask(honest.submission(0, 20).body()).status == 200
    same_size = witness.ask(forked.submission(20, 20).body())
    assert (same_size.status, same_size.body) == (409, b"20\n")
    assert witness.ask(forked.submission(20, 30).body()).status == 422
    assert witness.ask(honest.submission(20, 30).body()).status == 200


def test_p7_an_old_checkpoint_does_not_roll_the_log_back() -> None:
    leaves, witness = Leaves(40), Memory(LOG.verifier)
    first = leaves.submission(0, 20).body()
    assert witness.ask(first).status == 200
    assert witness.ask(leaves.submission(20, 40).body()).status == 200
    assert witness.ask(first).body == b"40\n"
    assert witness.ask(leaves.submission(20, 30).body()).status == 409
    assert witness.known == leaves.checkpoint(40)


def test_p7_only_the_logs_own_key_opens_a_checkpoint() -> None:
    leaves = Leaves(5)
    assert Memory().ask(leaves.submission(0, 5).body()).status == 404
    thief = Signer(ORIGIN, bytes([9]) * 32)
    assert Memory(LOG.verifier).ask(leaves.submission(0, 5, thief).body()).status == 403
    renamed = Verifier.of("log.example/other", LOG.verifier.public)
    assert Memory(renamed).ask(leaves.submission(0, 5).body()).status == 404
    both = Submission(0, (), leaves.note(5) + thief_line(leaves, thief))
    assert Memory(LOG.verifier).ask(both.body()).status == 200


def thief_line(leaves: Leaves, thief: Signer) -> bytes:
    return leaves.note(5, thief).split(b"\n\n")[1]


def test_p7_a_wrong_signature_of_a_known_key_is_refused() -> None:
    note = Leaves(5).note(5).replace(b"\n5\n", b"\n6\n")
    assert Memory(LOG.verifier).ask(Submission(0, (), note).body()).status == 403


def test_a_log_may_sign_with_mldsa_alone() -> None:
    note = sign_note(Leaves(5).checkpoint(5).text(), LOG_COSIGNER)
    assert Memory(LOG_COSIGNER.verifier).ask(Submission(0, (), note).body()).status == 200


def test_p7_extension_lines_are_cosigned_by_the_key_that_covers_them() -> None:
    text = Leaves(5).checkpoint(5).text() + "an extension line\n"
    answer = Memory(LOG.verifier).ask(Submission(0, (), sign_note(text, LOG)).body())
    assert answer.status == 200
    assert open_timed(sign_note(text, LOG) + answer.body, [W1.verifier, W1_LATTICE.verifier])[1] == [(W1.verifier, 1_700_000_000)]


NOTE = Leaves(5).note(5)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0",
        b"old 0\n\n",
        b"old 0\n" + NOTE,
        b"old 00\n\n" + NOTE,
        b"old -1\n\n" + NOTE,
        b"old 0 \n\n" + NOTE,
        b"old\n\n" + NOTE,
        b"Old 0\n\n" + NOTE,
        b"old 0\r\n\r\n" + NOTE,
        b"old 0\nAAAA\n\n" + NOTE,
        b"old 0\n" + ONE_HASH[:-2] + b"\n\n" + NOTE,
        b"old 0\n\xff\n\n" + NOTE,
        b"old 0\n\n" + NOTE[:-1],
        b"old 0\n\n" + NOTE.replace(b"\n5\n", b"\n05\n"),
        b"old 0\n\n" + NOTE.replace(ORIGIN.encode() + b"\n", b"\n", 1),
        b"old 0\n\n" + NOTE + b"x" * MAX_REQUEST_BYTES,
        b"old 6\n\n" + NOTE,
    ],
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    assert Memory(LOG.verifier).ask(body).status == 400


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_answered(head: bytes, note: bytes) -> None:
    assert Memory(LOG.verifier).ask(head + b"\n\n" + note).status in (400, 403, 404)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_request_reads_back_and_only_the_true_next_step_is_taken(known: int, old: int, size: int) -> None:
    leaves = Leaves(60)
    if old > size:
        return
    submission = leaves.submission(old, size)
    assert Submission.parse(submission.body()) == submission
    answer = Memory(LOG.verifier, known=leaves.checkpoint(known)).ask(submission.body())
    assert answer.status == (200 if old == known else 409)


def test_own_lines_are_kept_and_others_passed_over() -> None:
    answer = cosigned(NOTE, [W1, W1_LATTICE], 7).body
    assert own_lines(NOTE, answer, [W1.verifier]) == answer.splitlines(keepends=True)[0]
    assert own_lines(NOTE, answer, []) == b""
    with pytest.raises(NoteInvalid, match="does not fit"):
        own_lines(Leaves(5, fork=1).note(5), answer, [W1.verifier])
    for malformed in (answer[:-1], b"words\n", b"\xff\n", answer * 60):
        with pytest.raises(NoteInvalid):
            own_lines(NOTE, malformed, [W1.verifier])
