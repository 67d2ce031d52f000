"""Times a step of a dense variational autoencoder in PyTorch: that of `crates/impasto/src/recipes/vae.rs`."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from common import Average, adam, autocast, noise, options, prepared, run, start

BATCH, PIXELS = 128, 28 * 28
# Widths of the encoder's dense layers (the decoder has them backwards), and numbers in a latent.
NETS = {"vae-28": ([400], 20), "vae-28-default": ([512, 512], 32)}
WARM_UP = 500


def stack(widths):
    layers = [[nn.Linear(inputs, outputs), nn.ReLU()] for inputs, outputs in zip(widths, widths[1:])]
    return nn.Sequential(*sum(layers, []))


class Autoencoder(nn.Module):
    def __init__(self, widths, latent):
        super().__init__()
        self.encoder = stack([PIXELS, *widths])
        self.middle = nn.Linear(widths[-1], latent)
        self.log_variance = nn.Linear(widths[-1], latent)
        self.decoder = stack([latent, *reversed(widths)])
        self.last = nn.Linear(widths[0], PIXELS)

    def forward(self, x):
        hidden = self.encoder(x)
        middle, log_variance = self.middle(hidden), self.log_variance(hidden).clamp(-12, 12)
        z = middle + torch.exp(0.5 * log_variance) * torch.randn_like(middle)
        return self.last(self.decoder(z)), middle, log_variance


class Training:
    def __init__(self, widths, latent, asked):
        self.asked = asked
        self.network = prepared(Autoencoder(widths, latent), asked)
        self.optimiser = adam(self.network, asked, lr=1e-3)
        self.average = Average(self.network, 0.999)

    def step(self, pixels, number):
        x = pixels.flatten(1).float().div_(255.0)
        with autocast(self.asked):
            logits, middle, log_variance = self.network(x)
        logits, middle, log_variance = logits.float(), middle.float(), log_variance.float()
        reconstruction = binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        divergence = 0.5 * (middle.square() + log_variance.exp() - log_variance - 1).sum() / len(x)
        loss = reconstruction + min(1.0, (number + 1) / WARM_UP) * divergence
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.average.update(number)
        return loss.item(), reconstruction.item(), divergence.item()


def main():
    parser = options(__doc__)
    parser.add_argument("net", choices=NETS)
    asked = parser.parse_args()
    start(asked)
    training = Training(*NETS[asked.net], asked)
    pixels = noise(BATCH, 1, 28)
    run(asked.net, BATCH, lambda turn: training.step(pixels[turn % len(pixels)], turn), asked)


if __name__ == "__main__":
    main()
