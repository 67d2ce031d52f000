"""Makes JPEGs of 1024x1024 (quality 90) with the statistics of photographs: noise whose amplitude falls with its
frequency, and shapes with sharp edges. The same numbers give the same files."""

import argparse
import multiprocessing
import pathlib
import random

from PIL import Image, ImageDraw

SIDE = 1024


def field(dice, finest):
    """Noise in octaves: coarse ones strong, fine ones weak."""
    whole = Image.new("L", (SIDE, SIDE), 128)
    side, weight = 4, 0.6
    while side <= finest:
        octave = Image.frombytes("L", (side, side), dice.randbytes(side * side))
        whole = Image.blend(whole, octave.resize((SIDE, SIDE), Image.Resampling.BICUBIC), weight)
        side, weight = side * 2, weight * 0.7
    return whole


def shapes(dice):
    """Some discs and polygons in one colour each."""
    flat = Image.new("RGB", (SIDE, SIDE), colour(dice))
    draw = ImageDraw.Draw(flat)
    for _ in range(12):
        x, y, r = dice.randrange(SIDE), dice.randrange(SIDE), dice.randrange(30, 300)
        if dice.random() < 0.5:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour(dice))
        else:
            corners = [(x + dice.randint(-r, r), y + dice.randint(-r, r)) for _ in range(4)]
            draw.polygon(corners, fill=colour(dice))
    return flat


def colour(dice):
    return tuple(dice.randrange(256) for _ in range(3))


def write(job):
    path, number = job
    dice = random.Random(number)
    noise = Image.merge("YCbCr", [field(dice, SIDE), field(dice, 64), field(dice, 64)]).convert("RGB")
    Image.blend(shapes(dice), noise, 0.7).save(path, quality=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=2000)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    jobs = [(asked.folder / f"{number:05}.jpg", number) for number in range(asked.count)]
    with multiprocessing.Pool() as pool:
        pool.map(write, jobs, chunksize=8)


if __name__ == "__main__":
    main()
