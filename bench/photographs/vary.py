"""What `impasto vary` does with photographs at each strength: how far variations are from their original, and whether top and bottom stay
in their order.

    python3 vary.py PHOTOGRAPHS --impasto target/release/impasto --lpips weights.safetensors [--out DIR] [--seeds 3] [--strengths 0.2,0.5]

Makes each photograph at most 512 pixels long. Order is kept where the mean colours of 16 bands of rows correlate with the original's
by 0.9 at least. Writes a sheet: the original, then a variation for each strength. Needs scikit-image, NumPy and Pillow.
"""

import argparse
import pathlib
import subprocess

import numpy as np
from PIL import Image

from metrics import Lpips, load

LONGEST = 512
BANDS = 16
SAME_ORDER = 0.9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--impasto", default="impasto")
    parser.add_argument("--lpips", required=True, help="the file that `impasto weights get lpips` adds")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("vary"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--strengths", default=",".join(f"{n / 10}" for n in range(1, 11)))
    asked = parser.parse_args()
    lpips, strengths = Lpips(asked.lpips), [float(one) for one in asked.strengths.split(",")]
    asked.out.mkdir(parents=True, exist_ok=True)
    far, rows = [], []
    for path in sorted(asked.photographs.iterdir()):
        given = asked.out / f"{path.stem}.png"
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Image.LANCZOS)
        picture.save(given)
        original = load(given)
        made = [[varied(asked, given, strength, seed) for seed in range(1, asked.seeds + 1)] for strength in strengths]
        far.append([[(lpips(original, one), order(original, one)) for one in some] for some in made])
        rows.append([original] + [some[0] for some in made])
        print(path.stem, *(f"{np.mean([one[0] for one in some]):.3f}" for some in far[-1]), flush=True)
    table(np.array(far), strengths)
    sheet(rows).save(asked.out / "sheet.png")


def varied(asked, given, strength, seed):
    out = asked.out / f"{given.stem}-{strength}-{seed}.png"
    line = [asked.impasto, "vary", given, "--strength", str(strength), "--seed", str(seed), "--count", "1", "--out", out, "--force"]
    subprocess.run([*line, "--method", "patches", "--quiet"], check=True, capture_output=True)
    return load(out)


def order(one, other):
    """How the means of bands of rows correlate."""
    bands = [np.array([band.mean((0, 1)) for band in np.array_split(each.astype(float), BANDS)]) for each in (one, other)]
    return float(np.corrcoef(bands[0].ravel(), bands[1].ravel())[0, 1])


def table(far, strengths):
    """Of [photographs, strengths, seeds, (distance, correlation)]."""
    means = far[..., 0].mean(2)
    print("\n| strength | LPIPS to the original | order kept | farther than at the strength before |\n|---|---|---|---|")
    for at, strength in enumerate(strengths):
        kept = (far[:, at, :, 1] >= SAME_ORDER).sum()
        rises = f"{(means[:, at] > means[:, at - 1]).sum()} of {len(means)}" if at else ""
        print(f"| {strength} | {means[:, at].mean():.3f} | {kept} of {far[:, at, :, 1].size} | {rises} |")


def sheet(rows, width=200):
    high = [max(round(width * one.shape[0] / one.shape[1]) for one in row) for row in rows]
    sheet = Image.new("RGB", (width * max(map(len, rows)), sum(high)))
    for row, top in zip(rows, np.cumsum([0, *high])):
        for column, one in enumerate(row):
            small = Image.fromarray(one).resize((width - 4, round((width - 4) * one.shape[0] / one.shape[1])), Image.LANCZOS)
            sheet.paste(small, (column * width, int(top)))
    return sheet


if __name__ == "__main__":
    main()
