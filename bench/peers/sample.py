"""Paints pictures with a saved generator of dcgan-28 into PNG files: what `impasto sample` does, from a cold start."""

import argparse
import pathlib

import torch
from PIL import Image

from dcgan_nets import LATENT, Tutorial


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(1)
    with torch.device("meta"):  # nothing is initialised that the file will fill
        generator = Tutorial.Generator()
    generator.load_state_dict(torch.load(asked.weights, weights_only=True), assign=True)
    generator.eval()
    with torch.inference_mode():
        painted = generator(torch.randn(asked.count, LATENT))
        painted = painted.add_(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
    asked.folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(painted.flatten(1).tolist(), 1):
        size = (Tutorial.size, Tutorial.size)
        Image.frombytes("L", size, bytes(picture)).save(asked.folder / f"{number:06}.png")


if __name__ == "__main__":
    main()
