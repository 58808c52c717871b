"""The course as a site: `make site` reads the pages, lessons and modules, and runs none.

The source folder is the repository's root, so that links between pages work here as on GitHub.
"""

import os
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import lessons  # noqa: E402

project = "Online inference with Ray Serve"
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
nb_code_prompt_show, nb_code_prompt_hide = "Show the {type}", "Hide the {type}"
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

# Diagrams are drawn by the reader's browser, with a script that the site brings along.
mermaid_use_local = "mermaid/mermaid.esm.min.mjs"
mermaid_fullscreen = False

# The modules, read and not imported.
autoapi_dirs = [str(ROOT / "course_lib")]
autoapi_root = "docs/modules"
autoapi_ignore = ["*/support/*"]
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

LESSONS = "\n".join(
    f"{path.stem[:2]} {lessons.title(path)} <notebooks/{path.stem}>"
    for path in sorted(ROOT.glob("notebooks/*.ipynb"))
)
CONTENTS = f"""
```{{toctree}}
:hidden:
:caption: The course

{LESSONS}
```

```{{toctree}}
:hidden:
:caption: The service

docs/promises
docs/settings
docs/trouble
benchmarks/results/README
benchmarks/PROFILE
```

```{{toctree}}
:hidden:
:caption: The code

docs/modules/course_lib/index
course_lib/support/models/adapters/sentiment/README
course_lib/support/models/adapters/entities/README
CONTRIBUTING
CHANGELOG
```
"""


def add_contents(app: Sphinx, page: str, source: list[str]) -> None:
    """Give the README the table of contents, which GitHub could not draw."""
    if page == root_doc:
        source[0] += CONTENTS


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what is above."""
    app.connect("source-read", add_contents)
    return {"parallel_read_safe": True}
