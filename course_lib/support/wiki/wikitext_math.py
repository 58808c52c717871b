"""TeX formulas as one line of plain text, as pylatexenc reads them: `\\frac{1}{n}` is "1/n"."""

import re
from itertools import pairwise

from pylatexenc import latex2text, latexwalker
from pylatexenc.macrospec import std_macro

SUPERSCRIPT = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_ONE_TERM = re.compile(r"[^-+−,\s/=]*|\([^()]*\)|\[[^][]*\]|[-+−]")
_FRACTIONS = "frac dfrac tfrac cfrac".split()
_PLAIN = (
    "mathbf mathit mathsf mathtt mathcal mathfrak boldsymbol textbf mbox overset underset".split()
)
_WORDS = "det gcd arg deg dim ker Pr mod bmod pmod sec csc cot coth Re Im".split()
_SIGNS = """leqslant≤ geqslant≥ ne≠ lt< gt> land∧ lor∨ neg¬ iff⇔ implies⇒ gets← models⊨ bot⊥ colon:
thicksim∼ |‖""".split()
_ARROWS = {"<=>": "⇌", "<->": "↔", "<-": "←", "->": "→"}


class _Formula(latex2text.LatexNodes2Text):
    """Puts brackets where two dimensions become one: around a fraction's parts and an index."""

    def nodelist_to_text(self, nodelist: list) -> str:
        for number, node in enumerate(nodelist):
            if getattr(node, "macroname", "") == "over":
                return self.fraction(nodelist[:number], nodelist[number + 1 :])
        for before, node in pairwise(nodelist):
            node.is_index = getattr(before, "chars", "").endswith(("_", "^"))
        return "".join(map(self.node_to_text, nodelist))

    def node_to_text(self, node: latexwalker.LatexNode, *args: object, **options: object) -> str:
        text = super().node_to_text(node, *args, **options)
        if getattr(node, "is_index", False) and isinstance(node, latexwalker.LatexGroupNode):
            return _bracketed(text)
        return text if getattr(node, "nodeargs", True) else text + node.macro_post_space

    def fraction(self, *parts: list) -> str:
        return "/".join(_bracketed(self.nodelist_to_text(part)) for part in parts)


def _bracketed(term: str) -> str:
    return term.strip() if _ONE_TERM.fullmatch(term.strip()) else f"({term.strip()})"


_SYNTAX = latexwalker.get_default_latex_context_db()
_SYNTAX.add_context_category(
    "ours", [std_macro(name, False, 2) for name in (*_FRACTIONS, "binom")], prepend=True
)
_TEXTS = latex2text.get_default_latex_context_db()
_TEXTS.set_unknown_macro_spec(latex2text.MacroTextSpec("", discard=False))
_SPECS: list[tuple] = [(sign[:-1], sign[-1]) for sign in (*_SIGNS, ", ", "; ", ": ", "! ", "> ")]
_SPECS += [
    (name, lambda node, l2tobj: l2tobj.fraction(*zip(node.nodeargs, strict=True)))
    for name in _FRACTIONS
]
_SPECS += [("binom", "(%s over %s)")]
_SPECS += [(name, None, False) for name in _PLAIN] + [(name, name) for name in _WORDS]
_TEXTS.add_context_category(
    "ours", [latex2text.MacroTextSpec(*spec) for spec in _SPECS], prepend=True
)
_READER = _Formula(_TEXTS, math_mode="text", strict_latex_spaces=True)


def math_text(tex: str) -> str:
    """The formula as one line; a broken one as it is written, without its commands' marks."""
    try:
        text = _READER.latex_to_text(tex, latex_context=_SYNTAX, tolerant_parsing=True)
    except Exception:  # a library of many parts, and TeX from anybody
        text = re.sub(r"[\\{}$]+", " ", tex)
    return " ".join(text.split()).replace("( ", "(").replace(" )", ")")


def chemistry_text(tex: str) -> str:
    """A formula in the notation of mhchem: `2H2 + O2 -> 2H2O` is "2H2 + O2 → 2H2O"."""
    tex = re.sub("<=>|<?->|<-", lambda arrow: _ARROWS[arrow[0]], tex)
    return math_text(re.sub(r"\^\{?(\d*[-+]?)\}?", lambda sup: sup[1].translate(SUPERSCRIPT), tex))
