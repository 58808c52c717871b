"""A Wikipedia that misbehaves on demand: the search term `fault:NAME` chooses how.

Everything else is passed on to `upstream`, a real MediaWiki or the embedded one, where there is
one. Faults are caused by real bytes on a real connection.
"""

import contextlib
import gzip
import itertools
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.waiting import LONG_S

# The status with which the Wikipedia NLP API answers each.
FAULTS = {
    "slow": 504,
    "drip-headers": 504,
    "drip-body": 504,
    "html": 502,
    "plain-text": 502,
    "cut-json": 502,
    "cut-body": 502,
    "deep-json": 502,
    "half-a-character": 502,
    "no-query": 502,
    "odd-shape": 502,
    "no-title": 502,
    "redirects": 502,
    "too-many": 502,
    "odd-headers": 502,
    "huge": 502,
    "huge-unpacked": 502,
    "closes": 502,
    "error": 502,
    "no-extracts": 502,
}
# Pages that cannot be read while others can: what a real MediaWiki's `query` holds of each.
ODD_PAGES = {
    "a redirect to itself": {
        "redirects": [{"from": "odd:a redirect to itself", "to": "odd:a redirect to itself"}],
        "pages": {"1": {"pageid": 1, "ns": 0, "title": "odd:a redirect to itself"}},
    },
    "a redirect from elsewhere": {
        "redirects": [{"from": "Elsewhere", "to": "Here"}],
        "pages": {"1": {"pageid": 1, "ns": 0, "title": "Here", "fullurl": "http://a.org/Here"}},
    },
    "another wiki": {"interwiki": [{"title": "odd:another wiki", "iw": "odd"}]},
    "no title": {"pages": {"-1": {"title": "<", "invalidreason": "Invalid.", "invalid": ""}}},
    "no address": {"pages": {"1": {"pageid": 1, "ns": 0, "title": "odd:no address"}}},
    "no text": {"pages": {"1": {"pageid": 1, "title": "odd:no text", "fullurl": "http://a.org/b"}}},
    "no revision": {
        "pages": {"1": {"title": "odd:no revision", "fullurl": "http://a.org/b", "extract": "A."}}
    },
}
FAULT_S = 20.0
LICENCE: dict[str, object] = {"rightsinfo": {"url": "", "text": "A licence"}}
UNPACKED_BYTES = 40_000_000
PACKED = gzip.compress(b" " * UNPACKED_BYTES, compresslevel=1)
requests_seen = itertools.count()
slow_seen: list[str] = []
held = threading.Semaphore(0)  # has been released once for each search of `fault:hold`
released = threading.Event()  # lets all of those go on


class FaultyWikipedia(BaseHTTPRequestHandler):
    upstream: str | None = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client may leave; it is meant to
            super().handle()

    def do_GET(self) -> None:
        parameters = parse_qs(urlsplit(self.path).query)
        (term,) = parameters.get("srsearch") or parameters.get("titles") or [""]
        if term.startswith("fault:"):
            getattr(self, term.removeprefix("fault:").replace("-", "_"))()
        elif term.startswith("odd:"):
            hits = {"search": [{"title": term}, {"title": "Albert Einstein"}]}
            is_search = "srsearch" in parameters
            self.answer({"query": hits if is_search else ODD_PAGES[term.removeprefix("odd:")]})
        elif term == "echo":
            titles = [self.headers["User-Agent"], str(next(requests_seen))]
            self.answer({"query": {"search": [{"title": title} for title in titles]}})
        elif self.upstream:
            url = f"{self.upstream}?{urlsplit(self.path).query}"
            with urllib.request.urlopen(url, timeout=LONG_S) as response:
                self.answer(json.load(response))
        else:
            self.answer({"query": LICENCE})

    def answer(self, payload: object, content_type: str = "application/json") -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def slow(self) -> None:
        slow_seen.append(self.path)
        time.sleep(FAULT_S)

    def drip(self, data: bytes) -> None:
        for byte in itertools.islice(itertools.cycle(data), int(FAULT_S / 0.2)):
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

    def plain_text(self) -> None:
        self.answer(b"The database is locked for maintenance.", "text/plain")

    def cut_json(self) -> None:
        self.answer(b'{"query": {"search": [{"title": "Albert Ein')

    def cut_body(self) -> None:
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"query": {')
        self.close_connection = True

    def deep_json(self) -> None:
        self.answer(b"[" * 100_000)

    def half_a_character(self) -> None:
        self.answer(b'{"error": {"info": "\\ud800"}}')

    def no_query(self) -> None:
        self.answer({"batchcomplete": ""})

    def odd_shape(self) -> None:
        self.answer({"query": {"search": [17]}})

    def no_title(self) -> None:
        self.answer({"query": {"search": [{"title": None}]}})

    def no_extracts(self) -> None:
        page = {"title": "fault:no-extracts", "fullurl": "http://a.org/b"}
        warnings = {"query": {"*": 'Unrecognized value for parameter "prop": extracts'}}
        query = {"search": [page], "pages": {"1": page | {"revisions": [{"revid": 1}]}}}
        asked = "extracts" in self.path
        self.answer({"query": query} | ({"warnings": warnings} if asked else {}))

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

    def odd_headers(self) -> None:
        # Neither is ASCII, and the first is not even UTF-8.
        self.wfile.write(b"HTTP/1.1 429 Too \xff many\r\n")
        self.wfile.write("Retry-After: 明日\r\nContent-Length: 0\r\n\r\n".encode())

    def huge(self) -> None:
        self.answer(b'{"query": "' + b"x" * 9_000_000 + b'"}')

    def huge_unpacked(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
        self.wfile.write(b"Content-Length: %d\r\n\r\n" % len(PACKED) + PACKED)

    def closes(self) -> None:
        self.close_connection = True

    def error(self) -> None:
        self.answer({"error": {"code": "broken", "info": "out of order"}})

    def hold(self) -> None:
        held.release()
        released.wait(FAULT_S)
        self.answer({"query": {"search": []}})

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Closes its connections when it ends, as a process that ends does."""

    daemon_threads = True

    def server_activate(self) -> None:
        self.connections: list[socket.socket] = []
        super().server_activate()

    def process_request(self, request: socket.socket, address: tuple[str, int]) -> None:
        self.connections.append(request)
        super().process_request(request, address)

    def server_close(self) -> None:
        super().server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # long closed
                connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serve_faulty_wikipedia(upstream: str | None = None, port: int = 0) -> Iterator[str]:
    """Serve on a port of 127.0.0.1, a free one by default, and yield the URL of `api.php`."""
    handler = type("Handler", (FaultyWikipedia,), {"upstream": upstream})
    server = Server(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w/api.php"
    finally:
        server.shutdown()
        server.server_close()
