"""An uploaded PNG file as an image, or the reason why it is none.

Anybody can upload anything. The head of the file names the size, and it is checked before the
content is unpacked: a small file can hold a huge image of one colour.
"""

import io
from typing import Annotated

import numpy as np
from fastapi import Body
from PIL import Image, UnidentifiedImageError

MAX_UPLOAD_BYTES = 4_000_000
MAX_PIXELS = 1_000_000

# The type of a route's parameter that takes the body of a request.
Upload = Annotated[
    bytes,
    Body(media_type="image/png", max_length=MAX_UPLOAD_BYTES, description="A PNG file."),
]


class BadImage(ValueError):
    """An upload that is no image that can be read. The message says why."""


def read_image(upload: bytes) -> np.ndarray:
    """Return the content of a PNG file as a grey image. Transparent parts are white.

    Raises:
        BadImage: it is no PNG file, is damaged, has more than MAX_PIXELS, or 16 bits for each.
    """
    try:
        image = Image.open(io.BytesIO(upload), formats=["PNG"])
        if image.width * image.height > MAX_PIXELS:
            raise BadImage(f"it has more than {MAX_PIXELS:,} pixels")
        if image.mode.startswith("I"):
            raise BadImage("it has 16 bits a pixel, and 8 are expected")
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("L"))
    except BadImage:
        raise
    except UnidentifiedImageError as error:
        raise BadImage("it is not a PNG image") from error
    except Image.DecompressionBombError as error:  # Pillow's own limit, far above ours
        raise BadImage(f"it has more than {MAX_PIXELS:,} pixels") from error
    except Exception as error:  # a decoder may raise anything: the file is to blame
        raise BadImage("it is damaged") from error
