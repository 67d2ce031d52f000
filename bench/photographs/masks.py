"""Holes for photographs, always the same ones for a name: `thin`, strokes of 2 to 8 pixels on 6 % of it, and `boxes`, three of 64 to 110 pixels."""

import zlib

import cv2
import numpy as np

KINDS = ["thin", "boxes"]


def mask(kind, name, height, width):
    """White where the hole is, black elsewhere."""
    random = np.random.default_rng(zlib.crc32((name + kind).encode()))
    return {"thin": thin, "boxes": boxes}[kind](height, width, random)


def thin(height, width, random):
    made = np.zeros((height, width), np.uint8)
    while made.mean() / 255 < 0.06:
        place = np.array([random.integers(0, width), random.integers(0, height)], float)
        turn, thick = random.uniform(0, 2 * np.pi), int(random.integers(2, 9))
        for _ in range(int(random.integers(6, 20))):
            turn += random.normal(0, 0.4)
            there = place + np.array([np.cos(turn), np.sin(turn)]) * random.uniform(8, 24)
            cv2.line(made, tuple(int(at) for at in place), tuple(int(at) for at in there), 255, thick)
            place = there
    return made


def boxes(height, width, random):
    made = np.zeros((height, width), np.uint8)
    for _ in range(3):
        across, down = random.integers(64, 111, 2)
        across, down = min(int(across), width // 3), min(int(down), height // 3)
        x, y = random.integers(8, width - across - 8), random.integers(8, height - down - 8)
        made[y : y + down, x : x + across] = 255
    return made
