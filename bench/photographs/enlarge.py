"""`impasto enlarge` beside bicubic and Lanczos: PSNR, SSIM and LPIPS of photographs that were made small first.

    python enlarge.py FOLDER --impasto target/release/impasto --lpips weights.safetensors

Each PNG picture of FOLDER is made small (bicubic, antialiased), left as it is, given noise, or saved as JPEG, and enlarged again. Means
over the folder are printed. Needs what metrics.py needs.
"""

import argparse
import io
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image

from metrics import Lpips, load, psnr, ssim

DAMAGES = {
    "clean": lambda picture: picture,
    **{f"noise {level}": lambda picture, level=level: noisy(picture, level) for level in (4, 8, 15)},
    **{f"jpeg {quality}": lambda picture, quality=quality: jpeg(picture, quality) for quality in (30, 50, 70)},
}
PEERS = {"bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def noisy(picture, level):
    noise = np.random.default_rng(7).normal(0, level, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def jpeg(picture, quality):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def resized(picture, width, height, method):
    return np.asarray(Image.fromarray(picture).resize((width, height), method))


def compared(truth, made, seen):
    return [psnr(truth, made), ssim(truth, made), seen(truth, made)]


def by_impasto(program, small, times, folder):
    Image.fromarray(small).save(folder / "small.png")
    command = [program, "enlarge", folder / "small.png", "--times", str(times), "--network", "none"]
    subprocess.run([*command, "--out", folder / "large.png", "--force", "-q"], check=True, stdout=subprocess.DEVNULL)
    return load(folder / "large.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--impasto", default="impasto")
    parser.add_argument("--lpips", required=True, help="the file that `impasto weights get lpips` adds")
    asked = parser.parse_args()
    seen, photographs = Lpips(asked.lpips), sorted(asked.photographs.glob("*.png"))
    for times in (2, 4):
        for name, damaged in DAMAGES.items():
            rows = {}
            for path in photographs:
                truth = load(path)
                height, width = (side // times for side in truth.shape[:2])
                truth = truth[: height * times, : width * times]
                small = damaged(resized(truth, width, height, Image.BICUBIC))
                for peer, method in PEERS.items():
                    large = resized(small, width * times, height * times, method)
                    rows.setdefault(peer, []).append(compared(truth, large, seen))
                with tempfile.TemporaryDirectory() as place:
                    large = by_impasto(asked.impasto, small, times, pathlib.Path(place))
                rows.setdefault("impasto", []).append(compared(truth, large, seen))
            for who, figures in rows.items():
                means = "  ".join(f"{mean:.3f}" for mean in np.mean(figures, 0))
                print(f"{times} times, {name}, {who}: {means}", flush=True)


if __name__ == "__main__":
    main()
