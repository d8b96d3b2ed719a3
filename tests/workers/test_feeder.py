"""The feeder against witnesses in memory: what it keeps, when it asks, and what it takes for a fork."""

from __future__ import annotations

import pytest

from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.note import Signer, open_timed, own_lines
from safeconduct.audit.tiles import WIDTH
from safeconduct.audit.tree import fold
from safeconduct.audit.witnessing import Answer, Submission, cosigned, judge, opened
from safeconduct.terms.moments import SECOND
from safeconduct.workers.feeder import Feeder, Reply
from support.witnesses import LOG, W1, W1_LATTICE, W2, Leaves

NOW = 1_700_000_000 * SECOND


class Source:
    """A log in memory, at some size."""

    def __init__(self, leaves: Leaves, size: int) -> None:
        self.leaves, self.size, self.signer = leaves, size, LOG

    def checkpoint(self) -> bytes:
        if self.size < 0:
            raise FileNotFoundError
        return self.leaves.note(self.size, self.signer)

    def tile(self, level: int, index: int, width: int) -> bytes:
        span = 1 << (8 * level)
        first = index * WIDTH
        return b"".join(fold(self.leaves.hashes[n * span : (n + 1) * span]) for n in range(first, first + width))


class Outside:
    """A witness in memory, with the true arithmetic."""

    def __init__(self, name: str, *signers: Signer) -> None:
        self.name, self.signers, self.verifier = name, signers, signers[0].verifier
        self.known = None
        self.asked: list[int] = []
        self.down = False
        self.at = NOW // SECOND
        self.instead: Reply | None = None

    def ask(self, submission: Submission) -> Reply:
        self.asked.append(submission.old)
        if self.down:
            raise ConnectionRefusedError("down")
        if self.instead is not None:
            return self.instead
        submission = Submission.parse(submission.body())
        checkpoint = opened(submission, [LOG.verifier])
        assert not isinstance(checkpoint, Answer)
        if no := judge(submission, checkpoint, self.known):
            return Reply(no.status, no.body, int(no.body) if no.status == 409 else -1)
        self.known = checkpoint
        return Reply(200, cosigned(submission.note, self.signers, self.at).body)


class Shelf:
    def __init__(self, note: bytes | None = None) -> None:
        self.note = note
        self.saved = 0

    def load(self) -> bytes | None:
        return self.note

    def save(self, note: bytes) -> None:
        self.note, self.saved = note, self.saved + 1


class Scene:
    """A log of up to 600 entries, two witnesses, both needed."""

    def __init__(self, size: int = 300, quorum: int = 2, shelf: Shelf | None = None) -> None:
        self.leaves = Leaves(600)
        self.source = Source(self.leaves, size)
        self.one, self.two = Outside("one", W1, W1_LATTICE), Outside("two", W2)
        self.shelf = shelf or Shelf()
        self.said: list[str] = []
        self.quorum = quorum
        self.feeder = self.again()

    def again(self) -> Feeder:
        self.feeder = Feeder(LOG.verifier, self.source, [self.one, self.two], self.quorum, self.shelf, self.said.append)
        return self.feeder


def test_a_quorum_of_cosignatures_lies_beside_the_log() -> None:
    scene = Scene()
    scene.feeder.round(NOW)
    assert scene.shelf.note is not None
    signed = open_timed(scene.shelf.note, [LOG.verifier, W1.verifier, W2.verifier])[1]
    assert [verifier for verifier, _ in signed] == [LOG.verifier, W1.verifier, W2.verifier]
    assert b"\n300\n" in scene.shelf.note
    status = scene.feeder.status
    assert (status.size, status.witnessed_size, status.witnessed_at) == (300, 300, NOW)


def test_each_checkpoint_is_shown_once_and_grows_from_the_last() -> None:
    scene = Scene()
    for second, size in enumerate((300, 300, 301, 600, 600)):
        scene.source.size = size
        scene.feeder.round(NOW + second * SECOND)
    assert scene.one.asked == [0, 300, 301]
    assert scene.shelf.saved == 3
    assert scene.feeder.status.witnessed_size == 600


def test_before_the_first_checkpoint_nobody_is_asked() -> None:
    scene = Scene(-1)
    scene.feeder.round(NOW)
    assert scene.one.asked == []
    assert scene.feeder.status.size == -1


def test_without_its_quorum_a_checkpoint_is_not_put_beside_the_log() -> None:
    scene = Scene()
    scene.feeder.round(NOW)
    scene.two.down = True
    scene.source.size = 301
    scene.feeder.round(NOW + SECOND)
    assert scene.shelf.note is not None
    assert b"\n300\n" in scene.shelf.note
    assert (scene.feeder.status.size, scene.feeder.status.witnessed_size) == (301, 300)
    assert "down" in scene.feeder.status.witnesses[1].error
    scene.two.down = False
    scene.feeder.round(NOW + 3 * SECOND)
    assert scene.feeder.status.witnessed_size == 301
    assert scene.feeder.status.witnesses[1].error == ""


def test_who_does_not_answer_is_asked_ever_more_rarely() -> None:
    scene = Scene()
    scene.two.down = True
    for second in range(300):
        scene.feeder.round(NOW + second * SECOND)
    assert 6 <= len(scene.two.asked) <= 12
    scene.two.down, scene.two.at = False, NOW // SECOND + 400
    scene.feeder.round(NOW + 400 * SECOND)
    assert scene.feeder.status.witnessed_size == 300


def test_p7_a_witness_whose_clock_is_behind_cannot_make_a_true_log_look_late() -> None:
    scene = Scene()
    scene.two.at -= 11
    scene.feeder.round(NOW)
    assert scene.shelf.note is None
    assert "clock is behind" in scene.feeder.status.witnesses[1].error
    scene.two.at += 11 + 5
    scene.feeder.round(NOW + 5 * SECOND)
    assert scene.feeder.status.witnessed_size == 300


def test_a_new_process_goes_on_from_what_lies_there() -> None:
    scene = Scene()
    scene.feeder.round(NOW)
    asked = len(scene.one.asked)
    again = scene.again()
    assert (again.status.witnessed_size, again.status.witnessed_at) == (300, NOW)
    again.round(NOW + SECOND)
    assert len(scene.one.asked) == asked
    scene.source.size = 310
    again.round(NOW + SECOND)
    assert scene.one.asked[asked:] == [300]


def test_a_witness_is_added_to_what_lies_there() -> None:
    scene = Scene(quorum=1)
    scene.two.down = True
    scene.feeder.round(NOW)
    scene.two.down = False
    scene.again().round(NOW)
    assert scene.shelf.note is not None
    assert own_lines(scene.shelf.note, scene.shelf.note.split(b"\n\n")[1], [W1.verifier, W2.verifier]).count(b"\n") == 2


@pytest.mark.parametrize("lies", [b"", b"words\n", b"\xff", Leaves(600, fork=1).note(300)])
def test_what_lies_there_and_is_nothing_is_written_anew(lies: bytes) -> None:
    scene = Scene(shelf=Shelf(lies))
    scene.feeder.round(NOW)
    assert scene.feeder.status.witnessed_size == 300


def test_a_witness_that_knows_more_than_a_new_process_says_so_once() -> None:
    scene = Scene()
    scene.feeder.round(NOW)
    scene.shelf.note, scene.source.size = None, 400
    scene.again().round(NOW)
    assert scene.one.asked[-2:] == [0, 300]
    assert scene.feeder.status.witnessed_size == 400


def test_p7_a_rolled_back_log_is_told_and_not_shown_again() -> None:
    scene = Scene()
    scene.feeder.round(NOW)
    scene.source.size = 200
    scene.again()
    for second in range(3):
        scene.feeder.round(NOW + second * SECOND)
    assert "rolled back: it signed 300 entries, the log has 200" in scene.said[0]
    assert len(scene.said) == 2  # one for each witness
    assert len(scene.one.asked) == 2
    assert scene.feeder.status.witnesses[0].halted
    assert scene.shelf.note is not None
    assert b"\n300\n" in scene.shelf.note


@pytest.mark.parametrize("size", [300, 350])
def test_p7_another_tree_is_told_as_a_fork(size: int) -> None:
    scene = Scene()
    scene.feeder.round(NOW)
    scene.source.leaves, scene.source.size, scene.shelf.note = Leaves(600, fork=100), size, None
    scene.again().round(NOW)
    assert len(scene.said) == 2
    assert "forked" in scene.said[0]
    assert scene.shelf.note is None


def test_a_log_that_grew_while_a_witness_was_asked_is_not_rolled_back() -> None:
    """Somebody else (a feeder before us) showed a newer checkpoint between our reading and our asking."""
    scene = Scene()
    scene.feeder.round(NOW)
    scene.shelf.note, scene.source.size = None, 299
    reads = iter([299, 310])

    def checkpoint() -> bytes:
        return scene.leaves.note(next(reads, 310))

    scene.source.checkpoint = checkpoint  # type: ignore[method-assign]
    feeder = Feeder(LOG.verifier, scene.source, [scene.one], 1, scene.shelf, scene.said.append)
    feeder.round(NOW)
    assert scene.said == []
    feeder.round(NOW + 5 * SECOND)
    assert feeder.status.witnessed_size == 310


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(404, b""), "404"),
        (Reply(403, b""), "403"),
        (Reply(503, b""), "503"),
        (Reply(302, b""), "302"),
        (Reply(200, b""), "another key"),
        (Reply(200, b"words"), "does not hold"),
        (Reply(200, cosigned(Leaves(9).note(9), [W1], 1).body), "does not hold"),
        (Reply(200, cosigned(Leaves(300).note(300), [W2], 1).body), "another key"),
        (Reply(409, b"", -1), "409"),
    ],
)
def test_p7_what_a_witness_did_not_sign_is_not_kept(reply: Reply, why: str) -> None:
    scene = Scene(quorum=1)
    scene.two.down = True
    scene.one.instead = reply
    scene.feeder.round(NOW)
    assert why in scene.feeder.status.witnesses[0].error
    assert scene.shelf.note is None
    assert not scene.feeder.status.witnesses[0].halted


def test_a_witness_that_names_another_size_each_time_is_left_alone_for_a_while() -> None:
    scene = Scene()
    sizes = iter(range(1, 100))

    def ask(submission: Submission) -> Reply:
        return Reply(409, b"", next(sizes))

    scene.one.ask = ask  # type: ignore[method-assign]
    scene.feeder.round(NOW)
    assert "each time" in scene.feeder.status.witnesses[0].error
    assert next(sizes) == 4


def test_a_checkpoint_that_the_log_did_not_sign_is_not_shown() -> None:
    scene = Scene()
    scene.source.signer = Signer(LOG.verifier.name, bytes([9]) * 32)
    scene.feeder.round(NOW)
    assert scene.one.asked == []
    assert "no key" in scene.feeder.status.error


def test_tiles_that_cannot_be_read_are_no_fork() -> None:
    scene = Scene()
    scene.feeder.round(NOW)

    def tile(level: int, index: int, width: int) -> bytes:
        raise FileNotFoundError("gone")

    scene.source.tile = tile  # type: ignore[method-assign]
    scene.source.size = 400
    scene.feeder.round(NOW + SECOND)
    assert "gone" in scene.feeder.status.witnesses[0].error
    assert not scene.feeder.status.witnesses[0].halted


def test_the_samples_are_what_they_say() -> None:
    with pytest.raises(NoteInvalid):
        own_lines(Leaves(300).note(300), cosigned(Leaves(9).note(9), [W1], 1).body, [W1.verifier])
