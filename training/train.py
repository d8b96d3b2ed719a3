"""python -m training.train --data FOLDER --base FOLDER --out FOLDER: makes every file that the package ships for the sorter.

Stages: rows and what is made from them; the linear models; the encoder; int8; calibration on benign texts never trained on; the
manifest. Each keeps its result in OUT/stages under a name made of everything that went into it, so a run that was broken off
goes on where it was. One core; about half an hour.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import torch

from safeconduct.detectors.models import views
from safeconduct.detectors.models.ngrams import Ngrams, fold
from safeconduct.detectors.models.scorer import FILES, MANIFEST, Made, Manifest, Scorer
from safeconduct.detectors.models.wordpiece import WordPiece
from training import augment, calibrate, encoder, evaluate, export, linear, prompts, questions, rows

BASE_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
RECIPE = "docs/model-card.md"


def say(text: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def digest(*parts: object) -> str:
    """A short name for what went into a stage."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


def base(folder: Path) -> None:
    """Refuses released weights that are not the pinned ones."""
    for name, wanted in BASE_SHA256.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != wanted:
            raise SystemExit(f"{folder / name} has sha256 {found}, not {wanted}")


def thinned(found: list[rows.Row], seed: int, most: dict[str, int]) -> list[rows.Row]:
    """At most so many trained rows of a source and kind, drawn with the seed: more of the same changes nothing but the time."""
    dice = random.Random(seed)
    kept: list[rows.Row] = [row for row in found if row.role != "train"]
    groups: dict[str, list[rows.Row]] = {}
    for row in found:
        if row.role == "train":
            groups.setdefault(f"{row.source}/{row.kind}", []).append(row)
    for name, members in groups.items():
        limit = most.get(name, len(members))
        kept += members if len(members) <= limit else dice.sample(members, limit)
    return kept


MOST = {
    "own-contrast/misuse": 600,
    "own-contrast/ordinary": 600,
    "cysecbench/misuse": 1100,
    "s-labs/injection": 1200,
    "s-labs/ordinary": 1500,
    "hackaprompt/injection": 500,
    "neuralchemy/injection": 700,
    "neuralchemy/ordinary": 500,
}


def shows(words: WordPiece, view: list[int], planted: str) -> bool:
    """Whether at least half of an instruction's tokens are in the view of its document."""
    wanted = words.ids(fold(planted))
    return sum(at in view for at in wanted) * 2 >= len(wanted)


def fit(model: encoder.Encoder, trained: list[rows.Row], words: WordPiece, ngrams: Ngrams, options: argparse.Namespace) -> None:
    """The encoder's training on the views of the rows; a planted instruction that its view does not show is left out."""
    seen = [views.view(words, ngrams, fold(row.text)) for row in trained]
    shown = [at for at, row in enumerate(trained) if row.span is None or shows(words, seen[at], row.text[slice(*row.span)])]
    seen, trained = [seen[at] for at in shown], [trained[at] for at in shown]
    labels = np.array(
        [[np.nan if label is None else label for label in (row.misuse, row.injection)] for row in trained], dtype=np.float32
    )
    say(f"encoder: {len(seen)} texts, {sum(map(len, seen))} tokens")
    encoder.train(model, seen, labels, seed=options.seed, epochs=options.epochs, minutes=options.minutes)


def pack(out: Path, options: argparse.Namespace, data: dict[str, str]) -> None:
    """The manifest over the files that are there."""
    made = {}
    for name in FILES:
        content = (out / name).read_bytes()
        made[name] = Made(hashlib.sha256(content).hexdigest(), len(content))
    manifest = Manifest(options.name, made, RECIPE, options.seed, data, BASE_SHA256)
    (out / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def main(arguments: list[str] | None = None) -> int:
    """The whole pipeline."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the development split")
    parser.add_argument("--base", type=Path, required=True, help="all-MiniLM-L6-v2: model.safetensors and vocab.txt")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--measure", action="store_true", help="hold whole sources out, and report on them")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=600.0, help="bring training to its end in this time")
    parser.add_argument("--name", default="sorter-1")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    base(options.base)
    stages = options.out / "stages"
    stages.mkdir(parents=True, exist_ok=True)
    data = rows.hashes(options.data)
    made = prompts.rows(options.seed) + questions.rows(options.seed)
    found = thinned(rows.load(options.data, measure=options.measure) + made, options.seed, MOST)
    trained = augment.training_rows(found, options.seed)
    say(f"rows: {len(trained)} to train on, {dict(Counter(f'{row.source}/{row.kind}' for row in trained))}")
    key = digest(sorted(data.items()), options.measure, options.seed, options.epochs, [row.text for row in trained])

    kept = stages / f"ngrams-{key}.bin"
    if not kept.exists():
        kept.write_bytes(linear.train(trained).to_bytes())
    ngrams = Ngrams.from_bytes(kept.read_bytes())
    say("linear models are there")
    vocabulary = (options.base / "vocab.txt").read_bytes()
    words = WordPiece(vocabulary.decode("utf-8").split("\n")[:-1])

    model = encoder.Encoder()
    model.take(options.base / "model.safetensors")
    weights = stages / f"encoder-{key}.pt"
    if weights.exists():
        model.load_state_dict(torch.load(weights, weights_only=True))
    else:
        fit(model, trained, words, ngrams, options)
        torch.save(model.state_dict(), weights)
    model.eval()
    say("encoder is there")

    export.write(model, options.out / "encoder.onnx")
    (options.out / "vocabulary.txt").write_bytes(vocabulary)
    (options.out / "ngrams.bin").write_bytes(kept.read_bytes())
    (options.out / "sketch.bin").write_bytes(export.sketches(model.words.weight.detach().numpy()))
    # a first, empty calibration, so that the packed files themselves give the scores that are calibrated
    flat = calibrate.Curve((0.0, 1.0), (1.0, 0.5))
    names = [*(f"{head}.{detector}" for head in calibrate.HEADS for detector in calibrate.DETECTORS), *calibrate.HEADS]
    empty = calibrate.Calibration({group: dict.fromkeys(names, flat) for group in calibrate.GROUPS})
    (options.out / "calibration.json").write_bytes(msgspec.json.encode(empty))
    pack(options.out, options, data)
    benign = [row for row in found if row.role == "calibrate"]
    say(f"calibration: {len(benign)} rows, {dict(Counter(row.source for row in benign))}")
    scorer = Scorer.load(options.out)
    curves = calibrate.calibrate(benign, [scorer.scores(row.text) for row in benign])
    (options.out / "calibration.json").write_bytes(msgspec.json.encode(curves) + b"\n")
    pack(options.out, options, data)

    report = evaluate.evaluate(Scorer.load(options.out), options.data, measure=options.measure)
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    say("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
