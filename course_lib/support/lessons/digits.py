"""Handwritten digits of scikit-learn, and photographs of them as a bad camera takes them.

A fifth of the digits is held out: photographs show those alone, and a model learns from the others.
"""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

HOLD_OUT_EVERY = 5
PHOTO_HEIGHT, PHOTO_WIDTH = 140, 900
MARGIN_PX = 10


def handwritten_digits(*, held_out: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return some of scikit-learn's digits, shape (n, 8, 8) with ink from 0 to 16; their values.

    Every fifth is held out, 360 in all. The other 1437 are there to be learned from.
    """
    from sklearn.datasets import load_digits  # here: a replica may need `draw` alone

    digits = load_digits()
    chosen = (np.arange(len(digits.target)) % HOLD_OUT_EVERY == 0) == held_out
    return digits.images[chosen], digits.target[chosen]


def draw(pixels: np.ndarray, height: int) -> np.ndarray:
    """Return one of the digits drawn large: the ink of each pixel, from 0 to 255."""
    rows, columns = np.flatnonzero(pixels.max(axis=1)), np.flatnonzero(pixels.max(axis=0))
    tight = np.pad(pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    width = round(height * tight.shape[1] / tight.shape[0])
    small = Image.fromarray((tight * 255 / 16).astype(np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def photograph(digits: Sequence[int], *, gap_px: int = 24, seed: int = 0) -> np.ndarray:
    """Return a badly lit, noisy photograph of a line of held-out digits: grey, shape (140, 900).

    A negative gap lets the digits overlap. The seed chooses the samples and their places.

    Raises:
        ValueError: the digits do not fit on the photograph. Eight of them do, with the usual gap.
    """
    images, values = handwritten_digits(held_out=True)
    source = np.random.default_rng(seed)
    ink = np.zeros((PHOTO_HEIGHT, PHOTO_WIDTH))
    left = 3 * MARGIN_PX
    for digit in digits:
        drawn = draw(source.choice(images[values == digit]), int(source.integers(80, 110))) / 255
        height, width = drawn.shape
        if left + width + MARGIN_PX > PHOTO_WIDTH:
            raise ValueError(f"{len(digits)} digits do not fit on the photograph")
        top = int(source.integers(MARGIN_PX, PHOTO_HEIGHT - MARGIN_PX - height))
        place = ink[top : top + height, left : left + width]
        np.maximum(place, drawn, out=place)
        left += width + gap_px
    light = np.linspace(1, 0.2, PHOTO_WIDTH)
    grey = 235 * light * (1 - 0.65 * ink) + source.normal(0, 6, ink.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def png(image: np.ndarray) -> bytes:
    """Return a grey image as the bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()
