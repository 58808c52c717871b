"""The embedded Wikipedia in a process of its own, the same for every system that is measured.

    uvicorn benchmarks.servers.wikipedia:api --no-access-log

It reads the database that the setting WIKIPEDIA_DATABASE names.
"""

from course_lib.support.settings import settings
from course_lib.support.wiki.importer import ensure_database
from course_lib.support.wiki.server import create_api

ensure_database(settings().wikipedia_database)
api = create_api(settings().wikipedia_database)
