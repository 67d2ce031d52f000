"""Times a step of a DCGAN in PyTorch: that of `crates/impasto/src/recipes/adversarial.rs`.

One painting of the generator serves both sides. The critic is held constant in the generator's step, so that no
gradients of its weights are computed and thrown away. With --data it trains on a folder of pictures, and with --save
it writes the averaged generator (and what going on would need) at the end.
"""

import pathlib

import torch
from torch.nn.functional import softplus

from common import Average, adam, autocast, noise, options, prepared, run, start, to_pictures
from dcgan_nets import LATENT, NETS

BATCH = 64


class Game:
    def __init__(self, net, asked):
        self.asked = asked
        self.generator = prepared(net.Generator(), asked)
        self.critic = prepared(net.Critic(), asked)
        settings = {"lr": 2e-4, "betas": (0.5, 0.999)}
        self.generator_optimiser = adam(self.generator, asked, **settings)
        self.critic_optimiser = adam(self.critic, asked, **settings)
        self.average = Average(self.generator, 0.995)

    def step(self, real, number):
        with autocast(self.asked):
            painted = self.generator(torch.randn(len(real), LATENT))
            on_real, on_painted = self.critic(real), self.critic(painted.detach())
            critic_loss = softplus(-on_real.float()).mean() + softplus(on_painted.float()).mean()
        self.critic_optimiser.zero_grad(set_to_none=True)
        critic_loss.backward()
        self.critic_optimiser.step()

        self.critic.requires_grad_(False)
        with autocast(self.asked):
            generator_loss = softplus(-self.critic(painted).float()).mean()
        self.generator_optimiser.zero_grad(set_to_none=True)
        generator_loss.backward()
        self.generator_optimiser.step()
        self.critic.requires_grad_(True)
        self.average.update(number)
        return generator_loss.item(), critic_loss.item()

    def save(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "generator": self.generator.state_dict(),
            "critic": self.critic.state_dict(),
            "generator_optimiser": self.generator_optimiser.state_dict(),
            "critic_optimiser": self.critic_optimiser.state_dict(),
        }
        torch.save(self.average.network.state_dict(), folder / "generator.pt")
        torch.save(state, folder / "state.pt")


def batches(net, asked):
    """Batches of bytes: noise, or the pictures of a folder, which are all held in memory."""
    if asked.data is None:
        return noise(BATCH, net.channels, net.size)
    from PIL import Image

    paths = sorted(path for path in pathlib.Path(asked.data).rglob("*.png"))
    mode = "L" if net.channels == 1 else "RGB"
    pictures = torch.empty(len(paths), net.size, net.size, net.channels, dtype=torch.uint8)
    for place, path in enumerate(paths):
        with Image.open(path) as picture:
            pixels = bytearray(picture.convert(mode).resize((net.size, net.size)).tobytes())
        pictures[place] = torch.frombuffer(pixels, dtype=torch.uint8).view(pictures.shape[1:])
    pictures = pictures.permute(0, 3, 1, 2).contiguous()[torch.randperm(len(paths))]
    return [part for part in pictures.split(BATCH) if len(part) == BATCH]


def main():
    parser = options(__doc__)
    parser.add_argument("net", choices=NETS)
    parser.add_argument("--data", help="a folder of PNG files to train on; left out: noise")
    parser.add_argument("--save", help="a folder to write the trained networks into")
    asked = parser.parse_args()
    start(asked)
    net = NETS[asked.net]
    game, pixels = Game(net, asked), batches(net, asked)
    run(net.name, BATCH, lambda turn: game.step(to_pictures(pixels[turn % len(pixels)], asked), turn), asked)
    if asked.save:
        game.save(asked.save)


if __name__ == "__main__":
    main()
