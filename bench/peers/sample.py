"""Paints pictures with a saved generator of dcgan-28 into PNG files: what `impasto sample` does, from a cold start."""

import pathlib
import sys

import torch
from PIL import Image

from dcgan_nets import LATENT, Tutorial


def main():
    weights, folder, count = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(2)
    torch.manual_seed(1)
    with torch.device("meta"):  # nothing is initialised that the file will fill
        generator = Tutorial.Generator()
    generator.load_state_dict(torch.load(weights, weights_only=True), assign=True)
    generator.eval()
    with torch.inference_mode():
        painted = generator(torch.randn(count, LATENT))
        painted = painted.add_(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(painted.flatten(1).tolist(), 1):
        size = (Tutorial.size, Tutorial.size)
        Image.frombytes("L", size, bytes(picture)).save(folder / f"{number:06}.png")


if __name__ == "__main__":
    main()
