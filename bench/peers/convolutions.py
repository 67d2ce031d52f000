"""Times the convolutions of the two DCGANs one by one in PyTorch, forward and backward apart."""

import time

import torch
from torch import nn

from common import autocast, in_numbers, memory_format, options, start, tell

BATCH = 64
# name: transposed, channels in and out, kernel, stride, side of what comes in, bias
CONVOLUTIONS = {
    "dcgan-28/up0": (True, 256, 128, 5, 1, 7, False),
    "dcgan-28/up1": (True, 128, 64, 5, 2, 7, False),
    "dcgan-28/up2": (True, 64, 1, 5, 2, 14, False),
    "dcgan-28/down0": (False, 1, 64, 5, 2, 28, True),
    "dcgan-28/down1": (False, 64, 128, 5, 2, 14, True),
    "dcgan-64/up0": (True, 512, 256, 4, 2, 4, False),
    "dcgan-64/up1": (True, 256, 128, 4, 2, 8, False),
    "dcgan-64/up2": (True, 128, 64, 4, 2, 16, False),
    "dcgan-64/up3": (True, 64, 3, 4, 2, 32, False),
    "dcgan-64/down0": (False, 3, 64, 4, 2, 64, True),
    "dcgan-64/down1": (False, 64, 128, 4, 2, 32, False),
    "dcgan-64/down2": (False, 128, 256, 4, 2, 16, False),
    "dcgan-64/down3": (False, 256, 512, 4, 2, 8, False),
}


def layer_of(transposed, inputs, outputs, kernel, stride, bias):
    padding = (kernel - 1) // 2
    shape = {"kernel_size": kernel, "stride": stride, "padding": padding, "bias": bias}
    if transposed:
        return nn.ConvTranspose2d(inputs, outputs, output_padding=stride + 2 * padding - kernel, **shape)
    return nn.Conv2d(inputs, outputs, **shape)


def timed(name, asked):
    transposed, inputs, outputs, kernel, stride, size, bias = CONVOLUTIONS[name]
    layer = layer_of(transposed, inputs, outputs, kernel, stride, bias).to(memory_format=memory_format(asked))
    x = torch.randn(BATCH, inputs, size, size).contiguous(memory_format=memory_format(asked)).requires_grad_()
    forward, backward, gradient = [], [], None
    for turn in range(asked.warmup + asked.steps):
        layer.zero_grad(set_to_none=True)
        x.grad = None
        started = time.perf_counter()
        with autocast(asked):
            out = layer(x)
        between = time.perf_counter()
        gradient = torch.ones_like(out) if gradient is None else gradient
        ready = time.perf_counter()
        out.backward(gradient)
        if turn >= asked.warmup:
            forward.append(between - started)
            backward.append(time.perf_counter() - ready)
    pixels = min(size, out.shape[-1]) ** 2
    operations = 2 * BATCH * pixels * inputs * outputs * kernel**2
    return [
        in_numbers(name, "forward", BATCH, forward, operations),
        in_numbers(name, "backward", BATCH, backward, 2 * operations),
    ]


def main():
    parser = options(__doc__)
    parser.add_argument("names", nargs="*", help="left out: all")
    asked = parser.parse_args()
    start(asked)
    tell([timing for name in asked.names or CONVOLUTIONS for timing in timed(name, asked)], asked)


if __name__ == "__main__":
    main()
