"""What do the sorter's models say about one text? Loads the shipped files, scores, and answers in shares of benign texts.

Runs in a process of its own: a call takes milliseconds of CPU. Needs the extra ``models`` (numpy and onnxruntime).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime

from safeconduct.detectors.models import languages, views
from safeconduct.detectors.models.calibration import DETECTORS, HEADS, Calibration
from safeconduct.detectors.models.ngrams import Ngrams, fold
from safeconduct.detectors.models.wordpiece import WordPiece
from safeconduct.terms.faults import Fault, Refused

SHIPPED: Final = Path(__file__).parent / "shipped"
FILES: Final = ("encoder.onnx", "vocabulary.txt", "ngrams.bin", "sketch.bin", "calibration.json")
MANIFEST: Final = "manifest.json"
SKETCH: Final = 64


class Scored(msgspec.Struct, frozen=True, array_like=True):
    """``misuse`` and ``injection``: the share of benign texts of the same language group that score as high; small is suspicious.
    ``*_why``: which detector says more, ``encoder`` or ``ngrams``. ``language``: one of ``languages.GROUPS``. ``sketch``: 64
    int8, the direction of the text's topic (cosine of two sketches compares two texts); all zero where no word is known.
    """

    misuse: float
    injection: float
    misuse_why: str = ""
    injection_why: str = ""
    language: str = ""
    sketch: bytes = b""


class Made(msgspec.Struct, frozen=True):
    """One shipped file as the manifest lists it."""

    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """What the files are and how they came to be. ``data`` maps each training file to its sha256."""

    name: str
    files: dict[str, Made]
    recipe: str
    seed: int
    data: dict[str, str]
    base: dict[str, str]


def _read(folder: Path) -> tuple[str, dict[str, bytes]]:
    """The version, and every file checked against the manifest."""
    try:
        raw = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        fault = Fault("models.manifest", f"cannot be read: {error}", str(folder / MANIFEST), "install the package again")
        raise Refused(fault) from error
    files: dict[str, bytes] = {}
    faults: list[Fault] = []
    for name in FILES:
        path = folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            faults.append(Fault("models.missing", f"cannot be read: {error.strerror}", str(path), "install the package again"))
            continue
        made = manifest.files.get(name)
        if made is None or hashlib.sha256(content).hexdigest() != made.sha256:
            faults.append(Fault("models.changed", "is not the file the manifest lists", str(path), "install the package again"))
        files[name] = content
    if faults:
        raise Refused(*faults)
    return f"{manifest.name}+{hashlib.sha256(raw).hexdigest()[:12]}", files


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    # the fused form of Add and LayerNormalization takes eight times as long as the two (3.8 ms against 0.5 of a view)
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


class Scorer:
    """The models, loaded once. Not for two threads at once."""

    def __init__(self, version: str, files: dict[str, bytes]) -> None:
        """Use ``load``; this takes the contents of FILES as they are."""
        self.version = version
        self._words = WordPiece(files["vocabulary.txt"].decode("utf-8").split("\n")[:-1])
        self._encoder = _session(files["encoder.onnx"])
        self._ngrams = Ngrams.from_bytes(files["ngrams.bin"])
        self._topics = np.frombuffer(files["sketch.bin"], dtype=np.int8).reshape(len(self._words), SKETCH)
        self._calibration = msgspec.json.decode(files["calibration.json"], type=Calibration)

    @classmethod
    def load(cls, folder: Path | None = None) -> Scorer:
        """The files in ``folder``, or the shipped ones. Raises Refused for files that are missing or not what the manifest
        lists.
        """
        return cls(*_read(SHIPPED if folder is None else folder))

    def score(self, text: str) -> Scored:
        """The verdicts on one text: the n-grams read all of it, the encoder a view of at most 104 tokens (see ``views``)."""
        folded = fold(text)
        ids = views.view(self._words, self._ngrams, folded)
        group = languages.group(text)
        scores = self._scores(folded, ids)
        misuse, misuse_why = self._calibration.joined(group, HEADS[0], scores)
        injection, injection_why = self._calibration.joined(group, HEADS[1], scores)
        return Scored(misuse, injection, misuse_why, injection_why, group, self._sketch(ids))

    def scores(self, text: str) -> dict[str, float]:
        """Raw log-odds by ``HEAD.DETECTOR``."""
        folded = fold(text)
        return self._scores(folded, views.view(self._words, self._ngrams, folded))

    def share(self, group: str, name: str, score: float) -> float:
        """The benign share of one raw score of ``scores``, for calibration of one detector alone."""
        return self._calibration.share(group, name, score)

    def _scores(self, folded: str, ids: list[int]) -> dict[str, float]:
        encoded = self._encode(ids)
        counted = self._ngrams.score(folded)
        found: dict[str, float] = {}
        for at, head in enumerate(HEADS):
            for detector, value in zip(DETECTORS, (encoded[at], counted[at]), strict=True):
                found[f"{head}.{detector}"] = float(value)
        return found

    def _encode(self, ids: list[int]) -> npt.NDArray[np.float32]:
        answer = self._encoder.run(None, {"ids": np.array([ids], dtype=np.int64)})[0]
        row: npt.NDArray[np.float32] = np.asarray(answer, dtype=np.float32)[0]
        return row

    def _sketch(self, ids: list[int]) -> bytes:
        total = self._topics[ids].sum(axis=0, dtype=np.int64).astype(np.float64)
        length = float(np.sqrt(np.dot(total, total)))
        if length == 0.0:
            return bytes(SKETCH)
        sketch: bytes = np.rint(total * (127.0 / length)).astype(np.int8).tobytes()
        return sketch
