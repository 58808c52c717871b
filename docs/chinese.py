"""Search in Chinese: by pairs of characters, which need no dictionary to tell words apart."""

import re

from sphinx.search.zh import SearchChinese

RUN = re.compile(r"[\u4e00-\u9fff]+|[a-zA-Z0-9_]+")


class SearchPairs(SearchChinese):
    """自动伸缩 is found as 自动, 动伸 and 伸缩; Latin words as in English."""

    language_name = (
        "English"  # Sphinx 9 names the stemmer in the browser by it, and that is English
    )
    js_splitter_code = r"""
var splitQuery = (query) => (query.match(/[\u4e00-\u9fff]+|\w+/g) ?? []).flatMap((run) =>
  run.length > 2 && run > "\u4e00" ? [...run].slice(1).map((c, i) => run[i] + c) : [run]);
"""

    def split(self, input: str) -> list[str]:
        """Return the words of a text, and the pairs of characters of what is Chinese."""
        words = []
        for run in RUN.findall(input):
            if run[0] < "\u4e00":
                self.latin_terms.add(run)
                words.append(run)
            else:
                words += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        return words
