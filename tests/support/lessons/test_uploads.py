"""Uploads: what is read as it was written, and what is refused, with its reason."""

import io
import random
import zlib

import numpy as np
import pytest
from PIL import Image

from course_lib.support.lessons.digits import photograph, png
from course_lib.support.lessons.uploads import MAX_PIXELS, BadImage, read_image

SENT = [3, 1, 4, 1, 5, 9, 2, 6]


def encoded(image: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def bomb(side: int) -> bytes:
    """A small PNG file whose head says that the image is a square of that side."""
    size = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    content = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", content)


class TestReadImage:
    def test_what_was_written_is_read(self) -> None:
        photo = photograph(SENT)
        assert (read_image(png(photo)) == photo).all()

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
    def test_every_mode_becomes_grey(self, mode: str) -> None:
        image = read_image(encoded(Image.new("L", (30, 20), 255).convert(mode)))
        assert image.dtype == np.uint8
        assert image.shape == (20, 30)
        assert (image == 255).all()

    def test_transparent_parts_are_white(self) -> None:
        assert (read_image(encoded(Image.new("RGBA", (5, 5), (0, 0, 0, 0)))) == 255).all()

    @pytest.mark.parametrize(
        ("upload", "reason"),
        [
            (b"", "not a PNG"),
            (b"3 1 4 1 5", "not a PNG"),
            (b"\xff\xd8\xff\xe0" + bytes(100), "not a PNG"),
            (png(photograph(SENT))[:5_000], "damaged"),
            (png(photograph(SENT))[:20], "damaged"),
            (bomb(1_001), "more than 1,000,000 pixels"),
            (bomb(20_000), "more than 1,000,000 pixels"),
            (encoded(Image.new("I;16", (5, 5))), "16 bits"),
        ],
        ids=["empty", "text", "jpeg", "half", "head", "large", "bomb", "16 bits"],
    )
    def test_what_is_refused_and_why(self, upload: bytes, reason: str) -> None:
        with pytest.raises(BadImage, match=reason):
            read_image(upload)

    def test_as_many_pixels_as_allowed(self) -> None:
        assert read_image(encoded(Image.new("L", (1_000, 1_000)))).size == MAX_PIXELS

    def test_a_file_with_random_faults_is_read_or_refused(self) -> None:
        source = random.Random(0)
        whole = png(photograph(SENT))
        refused = 0
        for _ in range(300):
            broken = bytearray(whole)
            for _ in range(3):
                broken[source.randrange(len(broken))] = source.randrange(256)
            try:
                read_image(bytes(broken))
            except BadImage:
                refused += 1
        assert refused > 250
