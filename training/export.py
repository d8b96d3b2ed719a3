"""The trained encoder as an ONNX graph in int8, and the table for topic sketches.

The graph is written by hand from the weights: no tracing, so the file is the same wherever it is made from the same weights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.encoder import EPSILON, HEADS, LAYERS, WIDTH, Encoder

SKETCH = 64
SKETCH_SEED = 20261123
WORDS_FROM = 1000  # ids below are [PAD] and its like, and single characters: no topic


class _Graph:
    """Nodes and weights as they are written, each with a name of its own."""

    def __init__(self, weights: dict[str, npt.NDArray[np.float32]]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def node(self, kind: str, *inputs: str, out: str = "", **attributes: object) -> str:
        out = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out, **attributes))
        return out

    def linear(self, states: str, name: str) -> str:
        weight = self.constant(f"{name}.weight", np.ascontiguousarray(self.weights[f"{name}.weight"].T))
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.node("Add", self.node("MatMul", states, weight), bias)

    def norm(self, states: str, name: str) -> str:
        scale = self.constant(f"{name}.weight", self.weights[f"{name}.weight"])
        shift = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.node("LayerNormalization", states, scale, shift, axis=-1, epsilon=EPSILON)

    def layer(self, states: str, name: str) -> str:
        together = self.constant("together", np.array([0, 0, 3, HEADS, WIDTH // HEADS], dtype=np.int64))
        joined = self.constant("joined", np.array([0, 0, WIDTH], dtype=np.int64))
        first = self.constant("first", np.array([2], dtype=np.int64))
        # query, key and value are one product; the scale of attention is folded into the query's weights
        scale = np.float32(1.0 / np.sqrt(WIDTH // HEADS))
        kinds = (("query", scale), ("key", np.float32(1.0)), ("value", np.float32(1.0)))
        weight = np.concatenate([self.weights[f"{name}.{kind}.weight"].T * factor for kind, factor in kinds], axis=1)
        bias = np.concatenate([self.weights[f"{name}.{kind}.bias"] * factor for kind, factor in kinds])
        self.weights[f"{name}.all.weight"], self.weights[f"{name}.all.bias"] = np.ascontiguousarray(weight.T), bias
        parts = [f"{name}.query", f"{name}.key", f"{name}.value"]
        stacked = self.node("Reshape", self.linear(states, f"{name}.all"), together)
        self.nodes.append(helper.make_node("Split", [stacked], [f"{part}.split" for part in parts], axis=2, num_outputs=3))
        orders = ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        query, key, value = (
            self.node("Transpose", self.node("Squeeze", f"{part}.split", first), perm=order)
            for part, order in zip(parts, orders, strict=True)
        )
        attention = self.node("Softmax", self.node("MatMul", query, key), axis=-1)
        mixed = self.node("Reshape", self.node("Transpose", self.node("MatMul", attention, value), perm=[0, 2, 1, 3]), joined)
        states = self.norm(self.node("Add", states, self.linear(mixed, f"{name}.mixed")), f"{name}.mixed_norm")
        inner = self.node("Gelu", self.linear(states, f"{name}.up"))
        return self.norm(self.node("Add", states, self.linear(inner, f"{name}.down")), f"{name}.down_norm")


def graph(model: Encoder) -> onnx.ModelProto:
    """One text at a time: ``ids`` (1 x tokens, int64) to ``logits`` (1 x 2). No mask: nothing is padded."""
    built = _Graph({name: value.detach().numpy().astype(np.float32) for name, value in model.state_dict().items()})
    words = built.constant("words", built.weights["words.weight"])
    places = built.constant("places", built.weights["places.weight"][:128] + built.weights["kinds.weight"][0])
    length = built.node("Shape", "ids", start=1, end=2)
    zero = built.constant("zero", np.array([0], dtype=np.int64))
    place = built.node("Slice", places, zero, length)
    states = built.norm(built.node("Add", built.node("Gather", words, "ids"), place), "norm")
    for at in range(LAYERS):
        states = built.layer(states, f"layers.{at}")
    axes = built.constant("axes", np.array([1], dtype=np.int64))
    mean = built.node("ReduceMean", states, axes, keepdims=0)
    weight = built.constant("head.weight", np.ascontiguousarray(built.weights["head.weight"].T))
    built.node(
        "Add",
        built.node("MatMul", mean, weight, out="head"),
        built.constant("head.bias", built.weights["head.bias"]),
        out="logits",
    )
    described = helper.make_graph(
        built.nodes,
        "safeconduct-sorter",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2])],
        list(built.constants.values()),
    )
    return helper.make_model(described, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def write(model: Encoder, path: Path) -> None:
    """The int8 file: linear maps quantized per output channel (per tensor costs recall), word embeddings too."""
    large = path.with_suffix(".float.onnx")
    onnx.save(graph(model), large)
    quantize_dynamic(
        large,
        path,
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gather"],
        nodes_to_exclude=["head"],
        extra_options={"MatMulConstBOnly": True},
    )
    large.unlink()


def sketches(words: npt.NDArray[np.float32]) -> bytes:
    """One int8 row of SKETCH per word: a fixed random projection of its embedding less the mean embedding. Rare words weigh
    more (the vocabulary is in about the order of frequency, so Zipf's law gives the frequency; weight a/(a+p), Arora et al.
    2017, section 3).
    """
    kept = words[WORDS_FROM:]
    rank = np.arange(1, len(kept) + 1, dtype=np.float64)
    frequency = (1.0 / rank) / np.sum(1.0 / rank)
    weight = 1e-3 / (1e-3 + frequency)
    projection = np.random.Generator(np.random.PCG64(SKETCH_SEED)).standard_normal((words.shape[1], SKETCH))
    projected = (kept - kept.mean(axis=0)) @ projection * weight[:, None]
    scaled = np.rint(projected * (127.0 / np.quantile(np.abs(projected), 0.9999))).clip(-127, 127)
    table = np.zeros((len(words), SKETCH), dtype=np.int8)
    table[WORDS_FROM:] = scaled.astype(np.int8)
    return table.tobytes()
