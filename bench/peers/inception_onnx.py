"""Times the Inception of FID in onnxruntime: the same graph, made of the weights that Impasto has stored, batch norms folded.

    inception_onnx.py --weights ~/.cache/impasto/weights/inception/weights.safetensors

Needs `numpy`, `onnx` and `onnxruntime`. Pictures are noise that already has 299 pixels a side; resizing is left out, which
`impasto bench inception` includes.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

EPSILON = 1e-3


class Graph:
    def __init__(self, weights):
        file = Path(weights).expanduser().read_bytes()
        length = int.from_bytes(file[:8], "little")
        self.header, self.data = json.loads(file[8 : 8 + length]), file[8 + length :]
        self.nodes, self.tensors = [], []

    def tensor(self, name):
        start, end = self.header[name]["data_offsets"]
        return np.frombuffer(self.data[start:end], np.float32).reshape(self.header[name]["shape"])

    def node(self, kind, inputs, **attributes):
        out = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        return out

    def conv(self, x, name, stride=1, same=True):
        weight, beta, mean, var = (self.tensor(f"layers.{name}.{what}") for what in ("weight", "beta", "mean", "var"))
        factor = 1 / np.sqrt(var + EPSILON)
        folded = {"w": weight * factor[:, None, None, None], "b": beta - mean * factor}
        names = [f"{name}.{what}" for what in folded]
        self.tensors += [numpy_helper.from_array(value.astype(np.float32), at) for at, value in zip(names, folded.values())]
        pads = [side // 2 for side in weight.shape[2:]] * 2 if same else [0] * 4
        x = self.node("Conv", [x, *names], strides=[stride] * 2, pads=pads, kernel_shape=list(weight.shape[2:]))
        return self.node("Relu", [x])

    def row(self, x, name, count):
        for number in range(count):
            x = self.conv(x, f"{name}.conv" + (f"_{number}" if number else ""))
        return x

    def greatest(self, x, stride=2, padding=0):
        return self.node("MaxPool", [x], kernel_shape=[3, 3], strides=[stride] * 2, pads=[padding] * 4)

    def mean(self, x):
        return self.node("AveragePool", [x], kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4, count_include_pad=0)

    def cat(self, *parts):
        return self.node("Concat", list(parts), axis=1)


def inception(g):
    x = g.conv("x", "conv", 2, False)
    x = g.greatest(g.conv(g.conv(x, "conv_1", 1, False), "conv_2"))
    x = g.greatest(g.conv(g.conv(x, "conv_3"), "conv_4", 1, False))
    for m in ["mixed", "mixed_1", "mixed_2"]:
        pooled = g.conv(g.mean(x), f"{m}.tower_2.conv")
        x = g.cat(g.conv(x, f"{m}.conv"), g.row(x, f"{m}.tower", 2), g.row(x, f"{m}.tower_1", 3), pooled)
    m = "mixed_3"
    tower = g.conv(g.row(x, f"{m}.tower", 2), f"{m}.tower.conv_2", 2, False)
    x = g.cat(g.conv(x, f"{m}.conv", 2, False), tower, g.greatest(x))
    for m in ["mixed_4", "mixed_5", "mixed_6", "mixed_7"]:
        pooled = g.conv(g.mean(x), f"{m}.tower_2.conv")
        x = g.cat(g.conv(x, f"{m}.conv"), g.row(x, f"{m}.tower", 3), g.row(x, f"{m}.tower_1", 5), pooled)
    m = "mixed_8"
    short = g.conv(g.row(x, f"{m}.tower", 1), f"{m}.tower.conv_1", 2, False)
    long = g.conv(g.row(x, f"{m}.tower_1", 3), f"{m}.tower_1.conv_3", 2, False)
    x = g.cat(short, long, g.greatest(x))
    for m, pool in [("mixed_9", g.mean), ("mixed_10", lambda x: g.greatest(x, 1, 1))]:
        short = g.conv(x, f"{m}.tower_conv")
        long = g.conv(g.conv(x, f"{m}.tower_1_conv"), f"{m}.tower_1_conv_1")
        ends = [g.conv(y, f"{m}.{tower}_mixed_conv{end}") for y, tower in [(short, "tower"), (long, "tower_1")] for end in ("", "_1")]
        x = g.cat(g.conv(x, f"{m}.conv"), *ends, g.conv(pool(x), f"{m}.tower_2_conv"))
    return g.node("GlobalAveragePool", [x])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    g = Graph(asked.weights)
    out = inception(g)
    sizes = [["n", 3, 299, 299], ["n", 2048, 1, 1]]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in zip(["x", out], sizes)]
    graph = helper.make_graph(g.nodes, "inception", ends[:1], ends[1:], g.tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = asked.threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    pictures = np.random.default_rng(1).random((asked.batch, 3, 299, 299), np.float32) * 2 - 1
    seconds = []
    for _ in range(asked.steps + 5):
        start = time.perf_counter()
        session.run(None, {"x": pictures})
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[5:])
    print(f"{1000 * median:.0f} ms for {asked.batch} pictures, {asked.batch / median:.1f} a second")


if __name__ == "__main__":
    main()
