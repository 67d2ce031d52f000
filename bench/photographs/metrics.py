"""PSNR, SSIM and LPIPS (AlexNet, version 0.1) of pictures, whole or inside of a mask.

Pictures are arrays of bytes, [height, width, 3]. Needs NumPy, scikit-image and Pillow; LPIPS takes the file that `impasto weights get lpips`
adds (lpips-alexnet/weights.safetensors in the folder that `impasto weights list` names).
"""

import json
import pathlib
import struct

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

SHIFT = np.array([-0.030, -0.088, -0.188], np.float32)[:, None, None]
SCALE = np.array([0.458, 0.448, 0.450], np.float32)[:, None, None]
STRIDES_AND_EDGES = [(4, 2), (1, 2), (1, 1), (1, 1), (1, 1)]


def load(path):
    """The pixels of a picture in colour."""
    return np.asarray(Image.open(path).convert("RGB"))


def psnr(one, other, mask=None):
    """In decibels."""
    square = (one.astype(np.float64) - other.astype(np.float64)) ** 2
    mean = square.mean() if mask is None else square[mask].mean()
    return float(10 * np.log10(255**2 / max(mean, 1e-9)))


def ssim(one, other, mask=None):
    """As its authors have it: a Gaussian window of 1.5 pixels."""
    mean, local = structural_similarity(
        one, other, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True
    )
    return float(mean) if mask is None else float(local.mean(2)[mask].mean())


class Lpips:
    """The distance that a network sees: 0 for equal pictures."""

    def __init__(self, path):
        self.weights = tensors(path)

    def __call__(self, one, other, mask=None):
        total = 0.0
        for stage, (a, b) in enumerate(zip(self.features(one), self.features(other))):
            rates = self.weights[f"head{stage}"].reshape(-1, 1, 1)
            apart = ((a - b) ** 2 * rates).sum(0)
            part = np.ones_like(apart) if mask is None else shrunk(mask, apart.shape)
            total += float((apart * part).sum() / max(part.sum(), 1e-9))
        return total

    def features(self, picture):
        values = (picture.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1 - SHIFT) / SCALE
        for stage, (stride, edge) in enumerate(STRIDES_AND_EDGES):
            if stage in (1, 2):
                values = pooled(values)
            weight, bias = (self.weights[f"conv{stage}.{part}"] for part in ("weight", "bias"))
            values = np.maximum(convolved(values, weight, stride, edge) + bias[:, None, None], 0)
            yield values / np.sqrt((values**2).sum(0, keepdims=True) + 1e-10)


def tensors(path):
    """What a safetensors file of 32-bit numbers holds."""
    whole = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    entries = json.loads(whole[8 : 8 + length])
    entries.pop("__metadata__", None)
    body = memoryview(whole)[8 + length :]
    take = lambda entry: np.frombuffer(body[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
    return {name: take(entry) for name, entry in entries.items()}


def convolved(values, weight, stride, edge):
    values = np.pad(values, ((0, 0), (edge, edge), (edge, edge)))
    views = np.lib.stride_tricks.sliding_window_view(values, weight.shape[2:], (1, 2))[:, ::stride, ::stride]
    return np.tensordot(weight, views, ([1, 2, 3], [0, 3, 4]))


def pooled(values):
    """The maxima of 3 x 3 values, at every second place."""
    return np.lib.stride_tricks.sliding_window_view(values, (3, 3), (1, 2))[:, ::2, ::2].max((3, 4))


def shrunk(mask, shape):
    """How much of each place of a layer lies in the mask."""
    small = Image.fromarray(mask.astype(np.uint8) * 255).resize(shape[::-1], Image.BOX)
    return np.asarray(small, np.float64) / 255
