"""A page to try the Wikipedia NLP API: `FastAPI(routes=PAGE)` serves it at `/`.

It asks `summarize`, below the address at which it is, and shows what comes back. Browsers run and
load nothing else than its own files, whatever an article's text holds: the header below says so.

Source: https://www.w3.org/TR/CSP3/
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def show(request: Request) -> FileResponse:
    """Answer with the page."""
    return FileResponse(FOLDER / "index.html", headers=SECURITY)


PAGE = [Route("/", show), Mount("/page", StaticFiles(directory=FOLDER / "files"))]
