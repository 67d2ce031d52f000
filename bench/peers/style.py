"""Style transfer in PyTorch, after the papers: steps of Gatys and others (2016) on VGG19, and AdaIN (Huang and Belongie 2017).

`steps` times what `impasto style` does in a step at the full size: five Gram matrices, the content at relu4_2, smoothness, Adam, the
mean of the pictures. `adain` paints one picture and tells how far another file is from it. Both pictures are resized by Pillow's
Lanczos filter, as Impasto's are by the same formula.
"""

import argparse
import json
import statistics
import time

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

CONVS = [[64, 64], [128, 128], [256] * 4, [512] * 4, [512]]


def encoder(path, last):
    layers, channels = [nn.Conv2d(3, 3, 1)], 3
    for block, widths in enumerate(CONVS, 1):
        for number, width in enumerate(widths, 1):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(channels, width, 3), nn.ReLU(inplace=False)]
            channels = width
            if f"relu{block}_{number}" == last:
                net = nn.Sequential(*layers)
                known = torch.load(path, weights_only=True)
                net.load_state_dict({name: known[name] for name in net.state_dict()})
                return net.requires_grad_(False).eval()
        layers.append(nn.MaxPool2d(2))
    raise SystemExit(f"no layer {last}")


def decoder(path):
    layers = []
    for at, (inputs, outputs) in enumerate(
        [(512, 256), (256, 256), (256, 256), (256, 256), (256, 128), (128, 128), (128, 64), (64, 64), (64, 3)]
    ):
        if at in (1, 5, 7):
            layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(inputs, outputs, 3), nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    net.load_state_dict(torch.load(path, weights_only=True))
    return net.requires_grad_(False).eval()


def picture(path, size):
    image = Image.open(path).convert("RGB")
    scale = size / max(image.size)
    sides = [int(side * scale + 0.5) for side in image.size]
    image = image.resize(sides, Image.LANCZOS) if tuple(sides) != image.size else image
    return torch.from_numpy(numpy.array(image)).permute(2, 0, 1)[None].float() / 255


def moments(x):
    flat = x.flatten(2)
    return flat.mean(2)[..., None, None], (flat.var(2) + 1e-5).sqrt()[..., None, None]


def adain(asked):
    net, back = encoder(asked.vgg, "relu4_1"), decoder(asked.decoder)
    content, style = (net(picture(path, asked.size)) for path in (asked.content, asked.style))
    (mean, deviation), (goal, spread) = moments(content), moments(style)
    painted = back((content - mean) / deviation * spread + goal).clamp(0, 1)[0].permute(1, 2, 0).numpy()
    theirs = numpy.array(Image.open(asked.against).convert("RGB")).astype("float32") / 255
    # Pools drop what is left over of sides that are no multiples of 8, and Impasto continues them: compare what both have.
    height, width = (min(one, other) for one, other in zip(painted.shape[:2], theirs.shape[:2]))
    painted, theirs = painted[:height, :width], theirs[:height, :width]
    apart = numpy.abs(painted - theirs)
    return {"shape": list(theirs.shape), "mean_difference_of_255": float(apart.mean() * 255), "greatest": float(apart.max() * 255)}


def gram(x):
    flat = x.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


def steps(asked):
    net = encoder(asked.vgg, "relu5_1")
    style_at = {3, 10, 17, 30, 43}
    content_at = 33

    def look(x):
        seen = {}
        for at, layer in enumerate(net):
            x = layer(x)
            if at in style_at or at == content_at:
                seen[at] = x
        return seen

    with torch.no_grad():
        seen = look(picture(asked.style, asked.size))
        goals = {at: gram(seen[at]) for at in style_at}
        start = picture(asked.content, asked.size)
        shown = look(start)[content_at]
        del seen
    pixels = start.clone().requires_grad_(True)
    mean = start.clone()
    optimiser = torch.optim.Adam([pixels], lr=0.06, betas=(0.9, 0.99))
    times = []
    for _ in range(asked.steps + 2):
        began = time.perf_counter()
        optimiser.zero_grad()
        seen = look(pixels)
        loss = sum((gram(seen[at]) - goals[at]).square().sum() / goals[at].square().sum() / 5 for at in style_at)
        loss = loss + 0.05 * (seen[content_at] - shown).square().sum() / shown.square().sum()
        loss = loss + 0.02 * (functional.mse_loss(pixels[..., 1:], pixels[..., :-1]) + functional.mse_loss(pixels[..., 1:, :], pixels[..., :-1, :]))
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            pixels.clamp_(0, 1)
            mean.lerp_(pixels, 0.1)
        del seen
        times.append(time.perf_counter() - began)
    return {"step_s": statistics.median(times[2:]), "loss": float(loss)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["steps", "adain"])
    for name in ("vgg", "decoder", "content", "style"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--against")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with torch.enable_grad() if asked.work == "steps" else torch.no_grad():
        print(json.dumps({"steps": steps, "adain": adain}[asked.work](asked)))


if __name__ == "__main__":
    main()
