"""TeX formulas as one line of plain text, as pylatexenc reads them: `\\frac{1}{n}` is "1/n"."""

import re
from itertools import pairwise

from pylatexenc import latex2text, latexwalker
from pylatexenc.macrospec import std_macro

SUPERSCRIPT = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_ONE_TERM = re.compile(r"[^-+−,\s/=]*|\([^()]*\)|\[[^][]*\]|[-+−]")
_FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac", "binom")
_PLAIN = "mathbf mathit mathsf mathtt mathcal mathfrak boldsymbol textbf textit mbox overset underset stackrel".split()
_WORDS = "det gcd arg deg dim ker Pr mod bmod pmod sec csc cot coth Re Im".split()
_SIGNS = dict(zip(
    "leqslant geqslant ne lt gt land lor neg iff implies gets models bot | colon , ; : ! >".split(),
    "≤ ≥ ≠ < > ∧ ∨ ¬ ⇔ ⇒ ← ⊨ ⊥ ‖ :".split() + [" "] * 5, strict=True
))  # fmt: skip
_CHEMISTRY = {"<=>": "⇌", "<->": "↔", "->": "→", "<-": "←"}


class _Formula(latex2text.LatexNodes2Text):
    """Puts brackets where two dimensions become one: around a fraction's parts and an index."""

    def nodelist_to_text(self, nodelist: list) -> str:
        for number, node in enumerate(nodelist):
            if getattr(node, "macroname", "") == "over":
                parts = nodelist[:number], nodelist[number + 1 :]
                return "/".join(_bracketed(self.nodelist_to_text(part)) for part in parts)
        for before, node in pairwise(nodelist):
            if getattr(before, "chars", "").endswith(("_", "^")):
                node.is_index = True
        spaces = (getattr(node, "macro_post_space", None) or "" for node in nodelist)
        return "".join(map("".join, zip(map(self.node_to_text, nodelist), spaces, strict=True)))

    def group_node_to_text(self, node: latexwalker.LatexGroupNode) -> str:
        text = super().group_node_to_text(node)
        return _bracketed(text) if hasattr(node, "is_index") else text


def _bracketed(term: str) -> str:
    return term.strip() if _ONE_TERM.fullmatch(term.strip()) else f"({term.strip()})"


def _fraction(node: latexwalker.LatexMacroNode, l2tobj: _Formula) -> str:
    return "/".join(_bracketed(l2tobj.nodelist_to_text([part])) for part in node.nodeargd.argnlist)


def _root(node: latexwalker.LatexMacroNode, l2tobj: _Formula) -> str:
    degree, radicand = (l2tobj.nodelist_to_text([part]) for part in node.nodeargd.argnlist)
    return f"{degree.strip('[]').translate(SUPERSCRIPT)}√{_bracketed(radicand)}"


_SYNTAX = latexwalker.get_default_latex_context_db()
_SYNTAX.add_context_category(
    "ours", [std_macro(name, False, 2) for name in _FRACTIONS], prepend=True
)
_TEXTS = latex2text.get_default_latex_context_db()
_TEXTS.set_unknown_macro_spec(latex2text.MacroTextSpec("", discard=False))
_TEXTS.add_context_category("ours", prepend=True, macros=[
    *(latex2text.MacroTextSpec(name, _fraction) for name in _FRACTIONS),
    *(latex2text.MacroTextSpec(name, discard=False) for name in _PLAIN),
    *(latex2text.MacroTextSpec(name, text) for name, text in _SIGNS.items()),
    *(latex2text.MacroTextSpec(name, name) for name in _WORDS),
    latex2text.MacroTextSpec("sqrt", _root),
])  # fmt: skip
_READER = _Formula(_TEXTS, math_mode="text", strict_latex_spaces=True)


def math_text(tex: str) -> str:
    """The formula as one line; a broken one as it is written, without its commands' marks."""
    try:
        text = _READER.latex_to_text(tex, latex_context=_SYNTAX, tolerant_parsing=True)
    except Exception:  # a library of many parts, and TeX from anybody
        text = re.sub(r"[\\{}$]+", " ", tex)
    return " ".join(text.split())


def chemistry_text(tex: str) -> str:
    """A formula in the notation of mhchem: `2H2 + O2 -> 2H2O` is "2H2 + O2 → 2H2O"."""
    tex = re.sub("<=>|<-?>|->|<-", lambda arrow: _CHEMISTRY.get(arrow[0], "→"), tex)
    charge = re.compile(r"\^\{?(\d*[-+]?)\}?")
    return math_text(charge.sub(lambda found: found[1].translate(SUPERSCRIPT), tex))
