"""The course as a site: `make site` reads the pages, lessons and modules, and runs none.

The source folder is the repository's root, so that links between pages work here as on GitHub. For
another language each page is translated as it is read.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "docs"), str(ROOT)]

import chinese  # noqa: E402
import lessons  # noqa: E402

from maintenance.translation.building import translation  # noqa: E402
from maintenance.translation.sources import source_paths  # noqa: E402

language = os.environ["SITE_LANGUAGE"]
CHINESE = language == "zh_CN"
project = "用 Ray Serve 做在线推理" if CHINESE else "Online inference with Ray Serve"
root_doc = "README"
include_patterns = [
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "docs/modules/**",
    "notebooks/*.ipynb", "benchmarks/PROFILE.md", "benchmarks/results/README.md",
    "course_lib/support/models/adapters/*/README.md",
]  # fmt: skip
extensions = ["myst_nb", "sphinxcontrib.mermaid", "sphinx_copybutton", "autoapi.extension"]

# The lessons, with the outputs that they have.
nb_execution_mode = "off"
nb_custom_formats = {".ipynb": "lessons.read_lesson"}
nb_code_prompt_show, nb_code_prompt_hide = (
    ("展开 {type}", "收起 {type}") if CHINESE else ("Show the {type}", "Hide the {type}")
)
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

# Diagrams are drawn by the reader's browser, with a script that the site brings along.
mermaid_use_local = "mermaid/mermaid.esm.min.mjs"
mermaid_fullscreen = False

# The modules, read and not imported.
autoapi_dirs = [str(ROOT / "course_lib")]
autoapi_root = "docs/modules"
autoapi_ignore = ["*/support/*", "*/.ipynb_checkpoints/*"]
autoapi_options = ["members", "show-module-summary"]
autoapi_member_order = "bysource"
autoapi_add_toctree_entry = False
suppress_warnings = ["autoapi.python_import_resolution"]

default_role = "code"  # as the docstrings mean their backticks

html_theme = "furo"
html_title = project
html_static_path = ["static", os.environ["MERMAID"]]
html_css_files = ["site.css"]
html_extra_path = ["entry"]
html_show_sourcelink = html_show_copyright = False

# On each page, a link to the same one in the other language.
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html", "language.html", "sidebar/search.html", "sidebar/scroll-start.html",
        "sidebar/navigation.html", "sidebar/scroll-end.html",
    ],
}  # fmt: skip
html_context = {"chinese": CHINESE}

COURSE, SERVICE, CODE = (
    ("课程", "服务", "代码") if CHINESE else ("The course", "The service", "The code")
)
CONTENTS = """
```{{toctree}}
:hidden:
:caption: {course}

{lessons}
```

```{{toctree}}
:hidden:
:caption: {service}

docs/promises
docs/settings
docs/trouble
benchmarks/results/README
benchmarks/PROFILE
```

```{{toctree}}
:hidden:
:caption: {code}

docs/modules/course_lib/index
course_lib/support/models/adapters/sentiment/README
course_lib/support/models/adapters/entities/README
CONTRIBUTING
CHANGELOG
```
"""


def adapt(app: Sphinx, page: str, source: list[str]) -> None:
    """Translate a page; the README gets the table of contents in place of a choice of languages."""
    path = Path(app.env.doc2path(page)).relative_to(ROOT)
    if CHINESE and path in source_paths(ROOT):
        source[0] = translation(ROOT, language, path)
    if page == root_doc:
        paths = sorted(ROOT.glob("notebooks/*.ipynb"))
        titles = [f"{path.stem[:2]} {title(path)} <notebooks/{path.stem}>" for path in paths]
        contents = CONTENTS.format(
            course=COURSE, service=SERVICE, code=CODE, lessons="\n".join(titles)
        )
        source[0] = re.sub(r"^\[English\].*\n", "", source[0], flags=re.MULTILINE) + contents


def title(path: Path) -> str:
    """Return what a lesson is called."""
    source = path.relative_to(ROOT)
    text = translation(ROOT, language, source) if CHINESE else path.read_text(encoding="utf-8")
    return lessons.title(text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what is above."""
    app.connect("source-read", adapt)
    app.add_search_language(chinese.SearchPairs)
    return {"parallel_read_safe": True}
