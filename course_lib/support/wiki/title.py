"""Page titles as MediaWiki reads them: https://www.mediawiki.org/wiki/Manual:Page_title."""

import html
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

MAIN_NAMESPACE, FILE_NAMESPACE, TEMPLATE_NAMESPACE, CATEGORY_NAMESPACE = 0, 6, 10, 14
# Namespaces of MediaWiki whose names every site understands, whatever its language.
CANONICAL_NAMESPACES = {
    "Media": -2, "Special": -1, "Talk": 1, "User": 2, "User talk": 3, "Project": 4,
    "Project talk": 5, "File": 6, "Image": 6, "File talk": 7, "MediaWiki": 8, "Template": 10,
    "Help": 12, "Category": 14, "Category talk": 15,
}  # fmt: skip
# Names that the large wikis have for things, and the prefixes of other wikis.
TABLES = tomllib.loads((Path(__file__).parent / "tables.toml").read_text(encoding="utf-8"))
_ALIASES = dict.fromkeys(TABLES["names"]["files"].split(), "File")
_ALIASES |= dict.fromkeys(TABLES["names"]["categories"].split(), "Category")
_LANGUAGES = frozenset(TABLES["names"]["languages"].split())
_OTHER_WIKIS = _LANGUAGES.union(TABLES["names"]["sister_sites"].split())
_SPACES = re.compile(r"[ _\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_DIRECTION_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e]")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f<>\[\]{|}]|%[0-9A-Fa-f]{2}|&(?:\w+|#\d+|#x[0-9A-Fa-f]+);")
_RELATIVE_PATH = re.compile(r"^\.{1,2}(/|$)|/\.{1,2}/|/\.{1,2}$")


class InvalidTitle(ValueError):
    """A title that no page can have. The message is MediaWiki's `invalidreason`."""


@dataclass(frozen=True)
class Title:
    """A valid title: `text` is all of "Talk:A", `interwiki` the prefix of another site or ""."""

    namespace: int
    text: str
    fragment: str = ""
    interwiki: str = ""

    @property
    def is_language_link(self) -> bool:
        """Whether it names the page on the same subject in another language's Wikipedia."""
        return self.interwiki in _LANGUAGES


def parse_title(
    text: str, namespaces: dict[str, int] | None = None, *, first_letter: bool = True
) -> Title:
    """Read a title as a user or a link writes it, or raise `InvalidTitle`.

    `first_letter` says whether the site holds "aardvark" and "Aardvark" for the same title.
    """
    reason = "The requested page title "
    clean = _DIRECTION_MARKS.sub("", unicodedata.normalize("NFC", html.unescape(text)))
    if "\ufffd" in clean:
        raise InvalidTitle(reason + "contains an invalid UTF-8 sequence.")
    name, _, fragment = _SPACES.sub(" ", clean).strip().removeprefix(":").partition("#")
    prefix, colon, rest = name.strip().partition(":")
    key = prefix.strip().casefold() if colon else ""
    known = {known_name.casefold(): known_name for known_name in namespaces or {} if known_name}
    namespace = known.get(key) or _ALIASES.get(key.replace(" ", "_"), "")
    interwiki = key if not namespace and key in _OTHER_WIKIS else ""
    number = (CANONICAL_NAMESPACES | (namespaces or {})).get(namespace, MAIN_NAMESPACE)
    name = rest.strip() if namespace else name.strip()
    if not name and (namespace or not fragment):
        raise InvalidTitle(reason + "is empty or contains only the name of a namespace.")
    if found := _FORBIDDEN.search(name):
        raise InvalidTitle(f'{reason}contains invalid characters: "{found[0]}".')
    if _RELATIVE_PATH.search(name):
        raise InvalidTitle(
            "Title has relative path. Relative page titles (./, ../) are invalid, because they "
            "will often be unreachable when handled by user's browser."
        )
    if "~~~" in name:
        raise InvalidTitle(reason + "contains invalid magic tilde sequence (<nowiki>~~~</nowiki>).")
    if len(name.encode()) > 255:
        reason += "is too long. It must be no longer than 255 bytes in UTF-8 encoding."
        raise InvalidTitle(reason)
    # As MediaWiki does: no letter becomes two ("ß"), and what is no letter ("ⅰ") stays.
    if first_letter and not interwiki and name[:1].isalpha() and len(name[0].title()) == 1:
        name = name[0].title() + name[1:]
    return Title(number, f"{namespace}:{name}" if namespace else name, fragment, interwiki)


def title_in_url(title: str) -> str:
    """The title as it stands in a page's address: "Aardvark (album)" is "Aardvark_(album)"."""
    return quote(title.replace(" ", "_"), safe="/:@!$*(),;~'")
