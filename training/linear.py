"""Trains the two linear models over hashed character n-grams. Seconds of work."""

from __future__ import annotations

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from safeconduct.detectors.models.ngrams import BITS, Ngrams, features, fold
from training.rows import Row


def matrix(texts: list[str]) -> scipy.sparse.csr_matrix:
    """One row of (1 + ln count) per text."""
    starts, columns, values = [0], [], []
    for text in texts:
        buckets, found = features(fold(text))
        columns.append(buckets)
        values.append(found)
        starts.append(starts[-1] + len(buckets))
    return scipy.sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), np.array(starts)), shape=(len(texts), 1 << BITS)
    )


def train(rows: list[Row], strength: float = 4.0) -> Ngrams:
    """Log-odds of misuse and of injection; ``strength`` is scikit-learn's C (inverse of the penalty)."""
    counted = matrix([row.text for row in rows])
    seen = np.asarray((counted > 0).sum(axis=0)).ravel()
    idf = np.log((1.0 + len(rows)) / (1.0 + seen)) + 1.0
    idf = idf.astype(np.float16).astype(np.float32)
    weighted = counted.multiply(idf[None, :]).tocsr()
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted = scipy.sparse.diags(1.0 / np.maximum(lengths, 1e-9)) @ weighted
    weights, biases = [], []
    for head in ("misuse", "injection"):
        labels = [getattr(row, head) for row in rows]
        known = np.array([at for at, label in enumerate(labels) if label is not None])
        model = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear", tol=1e-3, random_state=0)
        model.fit(weighted[known], np.array([labels[at] for at in known]) > 0.5)
        weights.append(model.coef_[0])
        biases.append(model.intercept_[0])
    found = np.array(weights)
    found[np.abs(found) < 1e-4] = 0.0
    return Ngrams(idf.astype(np.float16), found.astype(np.float16), np.array(biases, dtype=np.float32))
