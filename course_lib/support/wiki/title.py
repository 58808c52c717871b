"""Page titles as MediaWiki reads them: normal form, namespace, and what makes a title invalid.

Knows nothing of the database: whether a page exists is not a question of its title. The rules are
those of https://www.mediawiki.org/wiki/Manual:Page_title.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

MAX_TITLE_BYTES = 255
MAIN_NAMESPACE = 0
FILE_NAMESPACE = 6
CATEGORY_NAMESPACE = 14

# Namespaces of MediaWiki whose names every site understands, whatever its language.
CANONICAL_NAMESPACES = {
    "Media": -2, "Special": -1, "Talk": 1, "User": 2, "User talk": 3, "Project": 4,
    "Project talk": 5, "File": 6, "Image": 6, "File talk": 7, "MediaWiki": 8, "Template": 10,
    "Help": 12, "Category": 14, "Category talk": 15,
}  # fmt: skip

_SPACES = re.compile(r"[ _\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_DIRECTION_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e]")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f<>\[\]{|}]|%[0-9A-Fa-f]{2}|&(?:\w+|#\d+|#x[0-9A-Fa-f]+);")
_RELATIVE_PATH = re.compile(r"^\.{1,2}(/|$)|/\.{1,2}/|/\.{1,2}$")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z-]+)?|simple")
_SISTER_SITE = re.compile(
    r"[bcdmnqsvw]|(?i:wikt|wiktionary|wikipedia|commons|wikisource|wikiquote|wikibooks|wikinews"
    r"|wikiversity|wikidata|wikispecies|species|voy|wikivoyage|meta)"
)


class InvalidTitle(ValueError):
    """A title that no page can have. The message is MediaWiki's `invalidreason`."""


@dataclass(frozen=True)
class Title:
    """A valid title: `text` is the whole of it ("Talk:Algeria"), `fragment` what follows a `#`.

    `interwiki` names the other site that the title points to ("wikt"), or is empty.
    """

    namespace: int
    text: str
    fragment: str = ""
    interwiki: str = ""

    @property
    def is_language_link(self) -> bool:
        """Whether it names the page on the same subject in another language's Wikipedia."""
        return _LANGUAGE.fullmatch(self.interwiki) is not None


def parse_title(
    text: str, namespaces: dict[str, int] | None = None, *, first_letter: bool = True
) -> Title:
    """Read a title as a user or a link writes it.

    Args:
        text: for example "albert_einstein#Life".
        namespaces: namespace names of the site ("Talk") and their numbers.
        first_letter: whether the site holds "aardvark" and "Aardvark" for the same title.

    Raises:
        InvalidTitle: says why no page can have this title.
    """
    if "\ufffd" in text:
        raise InvalidTitle("The requested page title contains an invalid UTF-8 sequence.")
    clean = _DIRECTION_MARKS.sub("", unicodedata.normalize("NFC", html.unescape(text)))
    clean = _SPACES.sub(" ", clean).strip()
    name, _, fragment = clean.removeprefix(":").partition("#")
    name = name.strip()

    prefix, colon, rest = name.partition(":")
    namespace, number, interwiki = "", MAIN_NAMESPACE, ""
    if colon:
        known = {known_name.casefold(): known_name for known_name in namespaces or {}}
        namespace = known.get(prefix.strip().casefold(), "")
        if namespace:
            number, name = (namespaces or {})[namespace], rest.strip()
        elif _LANGUAGE.fullmatch(prefix) or _SISTER_SITE.fullmatch(prefix):
            interwiki = prefix

    if not name and (namespace or not fragment):
        raise InvalidTitle(
            "The requested page title is empty or contains only the name of a namespace."
        )
    if found := _FORBIDDEN.search(name):
        raise InvalidTitle(f'The requested page title contains invalid characters: "{found[0]}".')
    if _RELATIVE_PATH.search(name):
        raise InvalidTitle(
            "Title has relative path. Relative page titles (./, ../) are invalid, because they "
            "will often be unreachable when handled by user's browser."
        )
    if "~~~" in name:
        raise InvalidTitle(
            "The requested page title contains invalid magic tilde sequence (<nowiki>~~~</nowiki>)."
        )
    if len(name.encode()) > MAX_TITLE_BYTES:
        raise InvalidTitle(
            "The requested page title is too long. It must be no longer than "
            f"{MAX_TITLE_BYTES} bytes in UTF-8 encoding."
        )
    if first_letter and not interwiki:
        name = name[:1].upper() + name[1:]
    return Title(number, f"{namespace}:{name}" if namespace else name, fragment, interwiki)


def title_in_url(title: str) -> str:
    """The title as it stands in a page's address: "Aardvark (album)" is "Aardvark_(album)"."""
    return quote(title.replace(" ", "_"), safe="/:@!$*(),;~'")
