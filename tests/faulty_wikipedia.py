"""A Wikipedia that misbehaves on demand: the search term `fault:NAME` chooses how.

Everything else is passed on to `upstream`, a real MediaWiki or the embedded one, where there is
one. Faults are caused by real bytes on a real connection.
"""

import contextlib
import itertools
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FAULTS = (
    "slow",
    "drip-headers",
    "drip-body",
    "html",
    "no-query",
    "odd-shape",
    "redirects",
    "too-many",
    "huge",
    "closes",
    "error",
)
LONG_S = 20.0
requests_seen = itertools.count()


class FaultyWikipedia(BaseHTTPRequestHandler):
    upstream: str | None = None
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parameters = parse_qs(urlsplit(self.path).query)
        term = parameters.get("srsearch", [""])[0]
        with contextlib.suppress(ConnectionError):  # the client may leave; it is meant to
            if term.startswith("fault:"):
                getattr(self, term.removeprefix("fault:").replace("-", "_"))()
            elif term == "echo":
                titles = [self.headers["User-Agent"], str(next(requests_seen))]
                self.answer({"query": {"search": [{"title": title} for title in titles]}})
            elif self.upstream:
                with urllib.request.urlopen(
                    f"{self.upstream}?{urlsplit(self.path).query}", timeout=10
                ) as r:
                    self.answer(json.load(r))
            else:
                self.answer({"query": {"rightsinfo": {"url": "", "text": "A licence"}}})

    def answer(self, payload: object, content_type: str = "application/json") -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def slow(self) -> None:
        time.sleep(LONG_S)

    def drip(self, data: bytes) -> None:
        for byte in itertools.islice(itertools.cycle(data), int(LONG_S / 0.2)):
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.2)

    def drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.drip(b"x")

    def drip_body(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        self.drip(b" ")

    def html(self) -> None:
        self.answer(b"<html><body>Sign in to the hotel's network</body></html>", "text/html")

    def no_query(self) -> None:
        self.answer({"batchcomplete": ""})

    def odd_shape(self) -> None:
        self.answer({"query": {"search": [17]}})

    def redirects(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def too_many(self) -> None:
        self.send_response(429)
        self.send_header("Retry-After", "7")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def huge(self) -> None:
        self.answer(b'{"query": "' + b"x" * 9_000_000 + b'"}')

    def closes(self) -> None:
        self.close_connection = True

    def error(self) -> None:
        self.answer({"error": {"code": "broken", "info": "out of order"}})

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serve_faulty_wikipedia(upstream: str | None = None) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 and yield the URL of `api.php`."""
    handler = type("Handler", (FaultyWikipedia,), {"upstream": upstream})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w/api.php"
    finally:
        server.shutdown()
        server.server_close()
