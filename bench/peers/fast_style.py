"""The network of `fast-style` in PyTorch, with the weights of a run: time of a pass, and how far another picture is from it."""

import argparse
import json
import pathlib
import statistics
import struct
import time

import numpy
import torch
from PIL import Image
from torch.nn import functional

FRAME = 16


def tensors(path):
    """The tensors of a safetensors file."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    found = {}
    for name, about in header.items():
        start, end = (8 + length + at for at in about["data_offsets"])
        values = numpy.frombuffer(data[start:end], dtype=numpy.float32).reshape(about["shape"])
        found[name] = torch.from_numpy(values.copy())
    return found


class Net:
    def __init__(self, known):
        self.known = known
        self.blocks = len({name.split(".")[2] for name in known if name.startswith("net.blocks.")})

    def normed(self, x, name, stride=1, relu=True):
        weight = self.known[f"{name}.conv.weight"]
        x = functional.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)
        x = functional.instance_norm(x, weight=self.known[f"{name}.norm.scale"], bias=self.known[f"{name}.norm.shift"])
        return functional.relu(x, inplace=True) if relu else x

    def forward(self, x):
        height, width = x.shape[2:]
        more = [-(side + 2 * FRAME) % 4 for side in (height, width)]
        x = functional.pad(x, (FRAME, FRAME + more[1], FRAME, FRAME + more[0]), mode="reflect")
        for at, stride in enumerate((1, 2, 2)):
            x = self.normed(x, f"net.inwards.{at}", stride)
        for at in range(self.blocks):
            inner = self.normed(x, f"net.blocks.{at}.0")
            x = x + self.normed(inner, f"net.blocks.{at}.1", relu=False)
        for at in range(2):
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = self.normed(x, f"net.outwards.{at}")
        weight = self.known["net.last.weight"]
        x = functional.conv2d(x, weight, self.known["net.last.bias"], padding=weight.shape[-1] // 2)
        return torch.tanh(x)[:, :, FRAME : FRAME + height, FRAME : FRAME + width]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("weights", "content", "against"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    net = Net(tensors(asked.weights))
    image = numpy.array(Image.open(asked.content).convert("RGB"))
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    times = []
    with torch.inference_mode():
        made = net.forward(x)
        for _ in range(asked.passes):
            since = time.perf_counter()
            made = net.forward(x)
            times.append(time.perf_counter() - since)
    ours = numpy.array(Image.open(asked.against).convert("RGB")).astype(float)
    theirs = ((made[0].permute(1, 2, 0).numpy() + 1) * 127.5).round().clip(0, 255)
    print(json.dumps({"pass_s": statistics.median(times), "levels_apart": float(abs(ours - theirs).max())}))


if __name__ == "__main__":
    main()
