"""Decodes and shrinks a folder of pictures with Pillow: centre crop, Lanczos, one file of bytes at the end.

--draft lets the JPEG decoder shrink by a power of two first (`Image.draft`): faster, and other pixels.
"""

import argparse
import multiprocessing
import pathlib

from PIL import Image


def prepared(job):
    path, size, draft = job
    with Image.open(path) as picture:
        if draft:
            picture.draft("RGB", (2 * size, 2 * size))
        picture = picture.convert("RGB")
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        box = (left, top, left + side, top + side)
        return picture.resize((size, size), Image.Resampling.LANCZOS, box=box).tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--draft", action="store_true")
    asked = parser.parse_args()
    jobs = [(path, asked.size, asked.draft) for path in sorted(asked.folder.iterdir())]
    with multiprocessing.Pool(asked.processes) as pool, open(asked.out, "wb") as out:
        for pixels in pool.imap(prepared, jobs, chunksize=16):
            out.write(pixels)


if __name__ == "__main__":
    main()
