"""Small dumps that tests write themselves."""

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HEAD = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" version="0.10" xml:lang="{language}">
<siteinfo><sitename>Test wiki</sitename><dbname>test</dbname><base>{base}</base>
<generator>by hand</generator><case>first-letter</case><namespaces>
<namespace key="0" case="first-letter" /><namespace key="1" case="first-letter">Talk</namespace>
<namespace key="6" case="first-letter">File</namespace>
<namespace key="10" case="first-letter">Template</namespace>
<namespace key="14" case="first-letter">{category}</namespace>
</namespaces></siteinfo>
"""  # noqa: E501 - one tag
PAGE = """<page><title>{title}</title><ns>{namespace}</ns><id>{page_id}</id>{redirect}
{revisions}</page>
"""
REVISION = """<revision><id>{revision_id}</id><parentid>{parent_id}</parentid>
<timestamp>2016-04-0{day}T00:00:00Z</timestamp><contributor><ip>127.0.0.1</ip></contributor>
<model>wikitext</model><format>text/x-wiki</format><text xml:space="preserve">{text}</text>
<sha1>0</sha1></revision>"""


def head(
    base: str = "https://en.wikipedia.org/wiki/Main_Page",
    language: str = "en",
    category: str = "Category",
) -> str:
    """A dump up to its first page."""
    return HEAD.format(base=base, language=language, category=category)


def page(
    page_id: int, title: str, *texts: str, namespace: int = 0, redirect_to: str | None = None
) -> str:
    """A page, with one revision for each text."""
    revisions = "".join(
        REVISION.format(
            revision_id=100 * page_id + number, parent_id=number, day=number, text=escape(text)
        )
        for number, text in enumerate(texts, start=1)
    )
    redirect = f"<redirect title={quoteattr(redirect_to)} />" if redirect_to else ""
    return PAGE.format(
        title=escape(title),
        namespace=namespace,
        page_id=page_id,
        redirect=redirect,
        revisions=revisions,
    )


def write_dump(path: Path, *pages: str, start: str | None = None) -> Path:
    """Write a dump of these pages; its path."""
    text = (head() if start is None else start) + "".join(pages) + "</mediawiki>\n"
    path.write_text(text, encoding="utf-8")
    return path
