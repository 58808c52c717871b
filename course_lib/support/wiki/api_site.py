"""`meta=siteinfo`: where the articles come from, and the licence they are under."""

from typing import Any
from urllib.parse import urlsplit

from course_lib.support.wiki.api_parameters import Parameters
from course_lib.support.wiki.database import SiteFacts, WikipediaDatabase

GENERATOR = "course_lib embedded Wikipedia"


def answer_siteinfo(
    parameters: Parameters, database: WikipediaDatabase, site: SiteFacts
) -> dict[str, Any]:
    """The parts that `siprop` names: `general`, `rightsinfo`, `namespaces`."""
    base = urlsplit(site.base)
    case = "first-letter" if site.first_letter else "case-sensitive"
    parts = {
        "general": {
            "mainpage": site.main_page,
            "base": site.base,
            "sitename": site.name,
            "generator": GENERATOR,
            "case": case,
            "lang": site.language,
            "articlepath": urlsplit(site.page_address).path + "$1",
            "server": f"{base.scheme}://{base.netloc}",
            "servername": base.netloc,
        },
        "rightsinfo": {"url": site.license_url, "text": site.license_text},
        "namespaces": {
            str(number): {"id": number, "case": case, "*": name}
            for name, number in {"": 0, **database.namespaces()}.items()
        },
    }
    wanted = parameters.choices("siprop", "siteinfo", tuple(parts), "general")
    return {name: parts[name] for name in wanted}
