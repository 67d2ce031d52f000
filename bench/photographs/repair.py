"""`impasto repair` beside what OpenCV and scikit-image have for holes.

    python3 repair.py PHOTOGRAPHS --impasto target/release/impasto --lpips weights.safetensors [--out DIR] [--peers telea,fsr-best]

Makes each photograph at most 512 pixels long, tears holes into it (masks.py), lets everyone fill them, and prints a table of the means of
PSNR, SSIM and LPIPS inside of the holes and of the seconds of a picture. Needs opencv-contrib-python-headless, scikit-image, NumPy and Pillow.
OpenCV's frequency selective reconstruction takes minutes for a picture: --peers leaves some out.
"""

import argparse
import pathlib
import subprocess
import time

import cv2
import numpy as np
from PIL import Image
from skimage.restoration import inpaint_biharmonic

from masks import KINDS, mask
from metrics import Lpips, load, psnr, ssim

LONGEST = 512


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--impasto", default="impasto")
    parser.add_argument("--lpips", required=True, help="the file that `impasto weights get lpips` adds")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("repaired"))
    parser.add_argument("--peers", default=",".join(PEERS))
    asked = parser.parse_args()
    asked.seen = Lpips(asked.lpips)
    names = prepare(asked)
    print("| holes | by | PSNR | SSIM | LPIPS | seconds |\n|---|---|---|---|---|---|")
    for kind in KINDS:
        for peer in ["impasto", *filter(None, asked.peers.split(","))]:
            rows = np.array([measured(asked, kind, peer, name) for name in names])
            decibels, similarity, distance, seconds = rows.mean(0)
            print(f"| {kind} | {peer} | {decibels:.2f} | {similarity:.3f} | {distance:.3f} | {seconds:.1f} |", flush=True)


def prepare(asked):
    """Writes whole pictures, torn ones and masks, and gives their names."""
    names = []
    for path in sorted(asked.photographs.iterdir()):
        try:
            picture = Image.open(path).convert("RGB")
        except OSError:
            continue
        picture.thumbnail((LONGEST, LONGEST), Image.LANCZOS)
        name = path.stem + ".png"
        whole = np.asarray(picture)
        write(asked.out / "whole" / name, whole)
        for kind in KINDS:
            hole = mask(kind, name, *whole.shape[:2])
            write(asked.out / f"{kind}-masks" / name, hole)
            write(asked.out / f"{kind}-torn" / name, np.where(hole[:, :, None] > 0, 0, whole))
        names.append(name)
    return names


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def measured(asked, kind, peer, name):
    """PSNR, SSIM and LPIPS in the hole, and seconds."""
    torn, hole_file = asked.out / f"{kind}-torn" / name, asked.out / f"{kind}-masks" / name
    made = asked.out / f"{kind}-{peer}" / name
    made.parent.mkdir(parents=True, exist_ok=True)
    hole = np.asarray(Image.open(hole_file)) > 127
    start = time.monotonic()
    if peer == "impasto":
        line = [asked.impasto, "repair", torn, "--mask", hole_file, "--out", made, "--force", "--quiet"]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    else:
        write(made, np.where(hole[:, :, None], PEERS[peer](load(torn), hole), load(torn)))
    seconds = time.monotonic() - start
    one, other = load(asked.out / "whole" / name), load(made)
    return psnr(one, other, hole), ssim(one, other, hole), asked.seen(one, other, hole), seconds


def by_xphoto(method, space=None):
    """One of opencv_contrib's methods, in the colour space that it asks for."""

    def fill(torn, hole):
        known = np.where(hole, 0, 255).astype(np.uint8)
        source = cv2.cvtColor(torn, cv2.COLOR_RGB2BGR if space is None else cv2.COLOR_RGB2Lab)
        made = np.zeros_like(source)
        cv2.xphoto.inpaint(source, known, made, method)
        return cv2.cvtColor(made, cv2.COLOR_BGR2RGB if space is None else cv2.COLOR_Lab2RGB)

    return fill


def by_opencv(method):
    return lambda torn, hole: cv2.inpaint(torn, hole.astype(np.uint8) * 255, 3, method)


def biharmonic(torn, hole):
    return np.clip(inpaint_biharmonic(torn / 255.0, hole, channel_axis=-1) * 255 + 0.5, 0, 255)


PEERS = {
    "telea": by_opencv(cv2.INPAINT_TELEA),
    "navier-stokes": by_opencv(cv2.INPAINT_NS),
    "biharmonic": biharmonic,
    "shift-map": by_xphoto(cv2.xphoto.INPAINT_SHIFTMAP, "Lab"),
    "fsr-fast": by_xphoto(cv2.xphoto.INPAINT_FSR_FAST),
    "fsr-best": by_xphoto(cv2.xphoto.INPAINT_FSR_BEST),
}


if __name__ == "__main__":
    main()
