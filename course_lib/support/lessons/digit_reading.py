"""Reads handwritten digits from a photograph, in three steps: ink, boxes, digits.

`enhance` takes light and noise out of the image, `find_digits` and `cut_out` say where the digits
are and make small squares of them, `recognise` says which ones they are. Its network learns from
the digits that come with scikit-learn, in less than a second: this takes the place of loading
weights.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

from course_lib.support.lessons.digits import draw, handwritten_digits

if TYPE_CHECKING:
    from sklearn.neural_network import MLPClassifier

WIDER_THAN_STROKES_PX = 51
LIGHT_BLUR_PX = 10
DARKEST_PAPER = 20  # below this brightness nothing can be seen, and noise would look like ink
INK_THRESHOLD = 60
MIN_INK_PX = 150  # a smaller spot is dirt
MAX_WIDTH_OF_HEIGHT = 0.85
CROP_PX = 16

Box = tuple[int, int, int, int]  # left, top, width, height, in pixels


def enhance(image: np.ndarray) -> np.ndarray:
    """Return how much ink there is at each pixel of a grey image, in the same shape.

    0 is paper, 255 is ink that swallows all the light. Paper is what is brighter than its
    surroundings, however bright that is.
    """
    smooth = ndimage.median_filter(image, size=3).astype(np.float32)
    closed = ndimage.grey_closing(smooth, size=WIDER_THAN_STROKES_PX)
    paper = ndimage.gaussian_filter(closed, LIGHT_BLUR_PX)
    swallowed = (paper - smooth) / np.maximum(paper, DARKEST_PAPER)
    return np.clip(255 * swallowed, 0, 255).astype(np.uint8)


def find_digits(ink: np.ndarray) -> list[Box]:
    """Return the box of each digit, from left to right. Digits that touch share a box."""
    components, _ = ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))
    sizes_px = np.bincount(components.ravel())
    boxes = [
        (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
        for number, (rows, columns) in enumerate(ndimage.find_objects(components), start=1)
        if sizes_px[number] >= MIN_INK_PX
    ]
    return sorted(boxes)


def is_touching(box: Box) -> bool:
    """Return whether a box is too wide for one digit."""
    _, _, width, height = box
    return width > MAX_WIDTH_OF_HEIGHT * height


def cut_out(ink: np.ndarray, boxes: Sequence[Box]) -> np.ndarray:
    """Return the boxes' content as small squares: shape (boxes, 16, 16), from 0 to 1."""
    crops = np.zeros((len(boxes), CROP_PX, CROP_PX), np.float32)
    for crop, (left, top, width, height) in zip(crops, boxes, strict=True):
        side = max(width, height)
        square = Image.new("L", (side, side))
        content = Image.fromarray(ink[top : top + height, left : left + width])
        square.paste(content, ((side - width) // 2, (side - height) // 2))
        small = np.asarray(square.resize((CROP_PX, CROP_PX), Image.Resampling.BILINEAR))
        crop[:] = small / max(small.max(), 1)
    return crops


def drawn_crops(*, held_out: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return crops of handwritten digits as `cut_out` makes them, and their values."""
    images, values = handwritten_digits(held_out=held_out)
    crops = np.zeros((len(images), CROP_PX, CROP_PX), np.float32)
    for crop, pixels in zip(crops, images, strict=True):
        drawn = draw(pixels, 2 * CROP_PX)
        [(rows, columns)] = ndimage.find_objects((drawn > INK_THRESHOLD).astype(int))
        box = (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
        crop[:] = cut_out(drawn, [box])[0]
    return crops, values


def train_recogniser() -> "MLPClassifier":
    """Return a network that has learned from all digits but the held-out ones."""
    from sklearn.neural_network import MLPClassifier  # here: of the stages, one alone needs it

    crops, values = drawn_crops(held_out=False)
    network = MLPClassifier(128, tol=1e-3, random_state=0)
    return network.fit(crops.reshape(len(crops), -1), values)


def recognise(network: "MLPClassifier", crops: np.ndarray) -> list[tuple[int, float]]:
    """Return the likeliest digit of each crop, and its probability. `crops` is `cut_out`'s."""
    if not len(crops):
        return []  # scikit-learn refuses it
    probabilities = network.predict_proba(crops.reshape(len(crops), -1))
    return [(int(row.argmax()), float(row.max())) for row in probabilities]
