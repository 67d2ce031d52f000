"""How many planted near-copies `impasto judge` finds, and how many new pictures it takes for copies.

    python copies.py plant PICTURES OUT [--real 600] [--new 300] [--each 60] [--size N]
    python copies.py score OUT [--impasto PROGRAM] [--features builtin]

`plant` takes a folder of pictures that are all different: some become the real set, some the new ones, and of the real
ones it plants copies: exact, in a mirror, moved by a pixel, brighter, as JPEG of quality 40, and cropped to 90 % of each
side and scaled back. `score` judges all of them together and prints how many of each kind were found.

Needs Pillow and numpy.
"""

import argparse
import json
import random
import subprocess
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}


def moved(picture, draw):
    across, down = draw.choice([(1, 0), (-1, 0), (0, 1), (0, -1)])
    wide = np.pad(np.asarray(picture), [(1, 1), (1, 1), (0, 0)], mode="edge")
    height, width = picture.height, picture.width
    return Image.fromarray(wide[1 + down : 1 + down + height, 1 + across : 1 + across + width])


def brighter(picture, _):
    return Image.fromarray((np.asarray(picture) * 1.15 + 10).clip(0, 255).astype(np.uint8))


def compressed(picture, _):
    file = BytesIO()
    picture.save(file, "JPEG", quality=40)
    return Image.open(file).convert("RGB")


def cropped(picture, draw):
    width, height = round(0.9 * picture.width), round(0.9 * picture.height)
    left, top = draw.randint(0, picture.width - width), draw.randint(0, picture.height - height)
    part = picture.crop((left, top, left + width, top + height))
    return part.resize(picture.size, Image.Resampling.BICUBIC)


KINDS = {
    "exact": lambda picture, _: picture,
    "mirrored": lambda picture, _: ImageOps.mirror(picture),
    "moved": moved,
    "brighter": brighter,
    "jpeg40": compressed,
    "cropped": cropped,
}


def opened(path, size):
    """RGB on white, and square where a size is asked for."""
    picture = Image.open(path).convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    picture = Image.alpha_composite(ground, picture).convert("RGB")
    return ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS) if size else picture


def plant(args):
    draw = random.Random(1)
    paths = sorted(path for path in args.pictures.rglob("*") if path.suffix.lower() in ENDINGS)
    draw.shuffle(paths)
    assert len(paths) >= args.real + args.new, f"{len(paths)} pictures are too few"
    for name in ("real", "generated"):
        (args.out / name).mkdir(parents=True)
    real = [opened(path, args.size) for path in paths[: args.real]]
    for number, picture in enumerate(real):
        picture.save(args.out / "real" / f"{number:05}.png")
    for number, path in enumerate(paths[args.real : args.real + args.new]):
        opened(path, args.size).save(args.out / "generated" / f"new-{number:05}.png")
    for kind, change in KINDS.items():
        for number in draw.sample(range(args.real), args.each):
            change(real[number], draw).save(args.out / "generated" / f"{kind}-{number:05}.png")


def score(args):
    command = [args.impasto, "judge", args.out / "generated", "--against", args.out / "real", "--json"]
    done = subprocess.run([*command, "--features", args.features], stdout=subprocess.PIPE, check=True)
    report = json.loads(done.stdout)
    right, wrong = Counter(), Counter()
    for pair in report["originality"]["pairs"]:
        kind, number = Path(pair["generated"]).stem.split("-")
        is_right = kind != "new" and Path(pair["real"]).stem == number
        (right if is_right else wrong)[kind] += 1
    counts = Counter(path.stem.split("-")[0] for path in (args.out / "generated").iterdir())
    for kind in KINDS:
        print(f"{kind:10} {right[kind]:4} of {counts[kind]}   of another real picture: {wrong[kind]}")
    print(f"{'new':10} {wrong['new']:4} of {counts['new']}   ({wrong['new'] / counts['new']:.1%})")
    print(f"threshold  {report['originality']['threshold']:.4f}; {report['verdict'][0]['text']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("plant")
    verb.add_argument("pictures", type=Path)
    verb.add_argument("out", type=Path)
    for name, default in (("real", 600), ("new", 300), ("each", 60), ("size", 0)):
        verb.add_argument(f"--{name}", type=int, default=default)
    verb.set_defaults(work=plant)
    verb = verbs.add_parser("score")
    verb.add_argument("out", type=Path)
    verb.add_argument("--impasto", default="impasto")
    verb.add_argument("--features", default="builtin")
    verb.set_defaults(work=score)
    args = parser.parse_args()
    args.work(args)


if __name__ == "__main__":
    main()
