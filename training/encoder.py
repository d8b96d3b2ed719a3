"""The encoder: MiniLM-L6 (22 million weights) with two heads, and its training. Torch on one core; half an hour.

Embeddings and the two lowest layers stay as they came, so that the small data cannot bend what words mean; the rest learns both
heads at once. The mean of the last layer's tokens goes to one linear map with two log-odds: misuse and injection.
"""

from __future__ import annotations

import math
import random
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file
from torch import nn
from torch.nn import functional

LAYERS, WIDTH, HEADS, INNER = 6, 384, 12, 1536
FROZEN_LAYERS = 2
EPSILON = 1e-12


class Layer(nn.Module):
    """One transformer layer, normalized after each part."""

    def __init__(self, dropout: float) -> None:
        """``dropout``: after attention and after the inner map."""
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.mixed = nn.Linear(WIDTH, WIDTH)
        self.mixed_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.down_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.dropout = dropout

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """``states``: texts x tokens x WIDTH; ``mask``: texts x 1 x 1 x tokens, true where a token is."""
        texts, tokens, _ = states.shape

        def split(mapped: torch.Tensor) -> torch.Tensor:
            return mapped.view(texts, tokens, HEADS, WIDTH // HEADS).transpose(1, 2)

        drop = self.dropout if self.training else 0.0
        attended = functional.scaled_dot_product_attention(
            split(self.query(states)), split(self.key(states)), split(self.value(states)), attn_mask=mask
        )
        attended = attended.transpose(1, 2).reshape(texts, tokens, WIDTH)
        states = self.mixed_norm(states + functional.dropout(self.mixed(attended), drop, self.training))
        inner = self.down(functional.gelu(self.up(states)))
        normed: torch.Tensor = self.down_norm(states + functional.dropout(inner, drop, self.training))
        return normed


class Encoder(nn.Module):
    """Ids in, two log-odds out."""

    def __init__(self, dropout: float = 0.1) -> None:
        """Random weights; ``take`` the released ones."""
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.places = nn.Embedding(512, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.head = nn.Linear(WIDTH, 2)
        self.dropout = dropout

    def take(self, path: Path) -> None:
        """The released weights of all-MiniLM-L6-v2, in safetensors."""
        raw = {name: torch.from_numpy(np.asarray(value).copy()) for name, value in load_file(path).items()}
        renamed = {
            "words.weight": raw["embeddings.word_embeddings.weight"],
            "places.weight": raw["embeddings.position_embeddings.weight"],
            "kinds.weight": raw["embeddings.token_type_embeddings.weight"],
            "norm.weight": raw["embeddings.LayerNorm.weight"],
            "norm.bias": raw["embeddings.LayerNorm.bias"],
            "head.weight": torch.zeros(2, WIDTH),
            "head.bias": torch.full((2,), -1.5),
        }
        pairs = {
            "query": "attention.self.query",
            "key": "attention.self.key",
            "value": "attention.self.value",
            "mixed": "attention.output.dense",
            "mixed_norm": "attention.output.LayerNorm",
            "up": "intermediate.dense",
            "down": "output.dense",
            "down_norm": "output.LayerNorm",
        }
        for at in range(LAYERS):
            for ours, theirs in pairs.items():
                for part in ("weight", "bias"):
                    renamed[f"layers.{at}.{ours}.{part}"] = raw[f"encoder.layer.{at}.{theirs}.{part}"]
        self.load_state_dict(renamed)
        for frozen in (self.words, self.places, self.kinds, self.norm, *self.layers[:FROZEN_LAYERS]):
            frozen.requires_grad_(False)

    def forward(self, ids: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """``ids``: texts x tokens; ``present``: true where a token is. Answers texts x 2."""
        places = torch.arange(ids.shape[1])
        states = self.norm(self.words(ids) + self.places(places) + self.kinds.weight[0])
        mask = present[:, None, None, :]
        with torch.no_grad():
            for layer in self.layers[:FROZEN_LAYERS]:
                states = layer(states, mask)
        for layer in self.layers[FROZEN_LAYERS:]:
            states = layer(states, mask)
        weights = present[:, :, None].to(states.dtype)
        mean = (states * weights).sum(1) / weights.sum(1)
        answer: torch.Tensor = self.head(functional.dropout(mean.float(), self.dropout, self.training))
        return answer


def batches(views: list[list[int]], size: int, dice: random.Random | None) -> list[list[int]]:
    """Numbers of texts of about one length; shuffled where there are dice. ``size``: tokens in a batch."""
    order = list(range(len(views)))
    if dice is not None:
        dice.shuffle(order)
    found: list[list[int]] = []
    for start in range(0, len(order), 2048):
        pool = sorted(order[start : start + 2048], key=lambda at: len(views[at]))
        batch: list[int] = []
        for at in pool:
            if batch and (len(batch) + 1) * len(views[at]) > size:
                found.append(batch)
                batch = []
            batch.append(at)
        if batch:
            found.append(batch)
    if dice is not None:
        dice.shuffle(found)
    return found


def padded(views: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and presence of a batch."""
    longest = max(len(view) for view in views)
    ids = torch.zeros(len(views), longest, dtype=torch.long)
    for at, view in enumerate(views):
        ids[at, : len(view)] = torch.tensor(view)
    lengths = torch.tensor([len(view) for view in views])
    return ids, torch.arange(longest)[None, :] < lengths[:, None]


def train(
    model: Encoder,
    views: list[list[int]],
    labels: npt.NDArray[np.float32],
    *,
    seed: int,
    epochs: int,
    rate: float = 7e-5,
    tokens: int = 1536,
    minutes: float = 60.0,
) -> None:
    """Fits ``model`` in place. ``labels``: texts x 2, NaN where unknown. ``minutes``: where the time left is less than the
    steps left would take, the learning rate is brought down in that time, and training ends; the same on every machine only if
    never reached.
    """
    torch.manual_seed(seed)
    dice = random.Random(seed)
    plan = [batch for _ in range(epochs) for batch in batches(views, tokens, dice)]
    known = ~np.isnan(labels)
    targets = torch.from_numpy(np.where(known, labels, 0.0).astype(np.float32)) * 0.98 + 0.01
    mask = torch.from_numpy(known.astype(np.float32))
    learned = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=rate, weight_decay=0.01)
    model.train()
    begun, total, seen = time.monotonic(), 0.0, 0
    for step, batch in enumerate(plan):
        spent = (time.monotonic() - begun) / 60 / minutes
        progress = max(step / len(plan), spent)
        if progress >= 1.0:
            break
        warm = min(1.0, (step + 1) / 100)
        for group in optimizer.param_groups:
            group["lr"] = rate * warm * (0.02 + 0.98 * (1 - progress))
        ids, present = padded([views[at] for at in batch])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            answer = model(ids, present)
        losses = functional.binary_cross_entropy_with_logits(answer.float(), targets[batch], reduction="none")
        loss = (losses * mask[batch]).sum() / mask[batch].sum().clamp(min=1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        total, seen = total + float(loss.detach()), seen + 1
        if seen == 200:
            spent_minutes = (time.monotonic() - begun) / 60
            sys.stderr.write(f"  {step + 1}/{len(plan)} steps, loss {total / seen:.4f}, {spent_minutes:.1f} min\n")
            sys.stderr.flush()
            if not math.isfinite(total):
                raise ArithmeticError("the loss is no number any more")
            total, seen = 0.0, 0
    model.eval()


def answers(model: Encoder, views: list[list[int]]) -> npt.NDArray[np.float32]:
    """Texts x 2 log-odds."""
    model.eval()
    found = np.zeros((len(views), 2), dtype=np.float32)
    with torch.no_grad():
        for batch in batches(views, 4096, None):
            found[batch] = model(*padded([views[at] for at in batch])).numpy()
    return found
