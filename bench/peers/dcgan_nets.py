"""The two layouts of `crates/impasto/src/recipes/dcgan.rs` in PyTorch, layer by layer."""

import torch
from torch import nn

LATENT = 100


class Tutorial:
    """5x5 kernels, 256-128-64 channels, dropout in the critic: preset `tutorial`, 28x28 grey."""

    name, size, channels = "dcgan-28", 28, 1

    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Sequential(
                nn.Linear(LATENT, 7 * 7 * 256, bias=False), nn.BatchNorm1d(7 * 7 * 256), nn.LeakyReLU(0.3)
            )
            self.ups = nn.Sequential(
                nn.ConvTranspose2d(256, 128, 5, stride=1, padding=2, bias=False),
                nn.BatchNorm2d(128),
                nn.LeakyReLU(0.3),
                nn.ConvTranspose2d(128, 64, 5, stride=2, padding=2, output_padding=1, bias=False),
                nn.BatchNorm2d(64),
                nn.LeakyReLU(0.3),
                nn.ConvTranspose2d(64, 1, 5, stride=2, padding=2, output_padding=1, bias=False),
                nn.Tanh(),
            )
            fill(self, nn.init.xavier_uniform_)

        def forward(self, z):
            return self.ups(self.dense(z).view(-1, 256, 7, 7))

    class Critic(nn.Sequential):
        def __init__(self):
            super().__init__(
                nn.Conv2d(1, 64, 5, stride=2, padding=2),
                nn.LeakyReLU(0.3),
                nn.Dropout(0.3),
                nn.Conv2d(64, 128, 5, stride=2, padding=2),
                nn.LeakyReLU(0.3),
                nn.Dropout(0.3),
                nn.Flatten(),
                nn.Linear(7 * 7 * 128, 1),
            )
            fill(self, nn.init.xavier_uniform_)


class Classic:
    """The paper's table of 4x4 kernels, batch norm on both sides: preset `classic`, 64x64 rgb."""

    name, size, channels = "dcgan-64", 64, 3

    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(LATENT, 4 * 4 * 512, bias=False)
            layers = [nn.BatchNorm2d(512), nn.ReLU()]
            for inputs, outputs in [(512, 256), (256, 128), (128, 64)]:
                layers += [
                    nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.ReLU(),
                ]
            layers += [nn.ConvTranspose2d(64, 3, 4, stride=2, padding=1, bias=False), nn.Tanh()]
            self.ups = nn.Sequential(*layers)
            fill(self, lambda weight: nn.init.normal_(weight, std=0.02))

        def forward(self, z):
            return self.ups(self.dense(z).view(-1, 512, 4, 4))

    class Critic(nn.Sequential):
        def __init__(self):
            layers = [nn.Conv2d(3, 64, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
            for inputs, outputs in [(64, 128), (128, 256), (256, 512)]:
                layers += [
                    nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.LeakyReLU(0.2),
                ]
            super().__init__(*layers, nn.Flatten(), nn.Linear(4 * 4 * 512, 1))
            fill(self, lambda weight: nn.init.normal_(weight, std=0.02))


NETS = {net.name: net for net in (Tutorial, Classic)}


def fill(network, weight):
    """First weights as the recipe has them; norms keep 1 and 0."""
    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            weight(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
