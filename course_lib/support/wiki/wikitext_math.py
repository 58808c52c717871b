"""TeX formulas as one line of plain text: `\\frac{1}{n}\\sum a_i` becomes "1/n ∑ a_i".

Enough for a reader or a search to follow; a formula that needs two dimensions loses some of them.
"""

import re
from collections.abc import Iterator

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "hbar": "ħ", "ell": "ℓ",
    "sum": "∑", "prod": "∏", "int": "∫", "partial": "∂", "nabla": "∇", "infty": "∞",
    "times": "×", "cdot": "·", "pm": "±", "mp": "∓", "div": "÷", "sqrt": "√", "over": "/",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈",
    "equiv": "≡", "sim": "∼", "thicksim": "∼", "propto": "∝", "in": "∈", "notin": "∉",
    "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩", "forall": "∀", "exists": "∃",
    "neg": "¬", "lnot": "¬", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨",
    "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "implies": "⇒", "leftarrow": "←",
    "leftrightarrow": "↔", "Leftrightarrow": "⇔", "iff": "⇔", "mapsto": "↦", "vdash": "⊢",
    "therefore": "∴", "ldots": "…", "dots": "…", "dotsc": "…", "dotsb": "⋯", "cdots": "⋯",
    "prime": "′", "circ": "°", "quad": " ", "qquad": " ", "langle": "⟨", "rangle": "⟩",
    "lbrace": "{", "rbrace": "}", "{": "{", "}": "}", "%": "%", "&": "&", "#": "#", "_": "_",
}  # fmt: skip
_WORDS = {
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "exp",
    "ln",
    "log",
    "lim",
    "max",
    "min",
}
# Drawn over a letter: combining characters do the same.
_ACCENTS = {"bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "tilde": "\u0303"} | {
    "vec": "\u20d7",
    "dot": "\u0307",
}
_FRACTIONS = {"frac", "dfrac", "tfrac", "cfrac", "binom"}
_ENVIRONMENTS = {"begin", "end"}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^]|[^\\{}_^]")


def math_text(tex: str) -> str:
    """The formula as one line of plain text."""
    flat = tex.replace("\n", " ").replace("~", " ").replace("\\\\", " ").replace("&", " ")
    tokens = iter(_TOKEN.findall(flat))
    text = ""
    # A closing brace without an opening one ends a group, not the formula.
    while group := _group(tokens):
        text += group.removesuffix("\0")
    return " ".join(text.split())


def _group(tokens: Iterator[str]) -> str:
    """The text up to the end of a group; ends with NUL where the closing brace was read."""
    text = ""
    for token in tokens:
        if token == "}":
            return text + "\0"
        text += _token_text(token, tokens)
    return text


def _argument(tokens: Iterator[str]) -> str:
    """The next thing that a command applies to: a group, or one symbol."""
    for token in tokens:
        if token != " ":
            return _token_text(token, tokens).strip()
    return ""


def _token_text(token: str, tokens: Iterator[str]) -> str:
    if token == "{":
        return _group(tokens).removesuffix("\0")
    if token in "_^":
        return token + _bracketed(_argument(tokens))
    if not token.startswith("\\"):
        return "" if token == "}" else token
    name = token[1:].strip()
    if name in _FRACTIONS:
        return f"{_bracketed(_argument(tokens))}/{_bracketed(_argument(tokens))}"
    if name in _ENVIRONMENTS:
        _argument(tokens)
        return " "
    if name in _ACCENTS:
        argument = _argument(tokens)
        return argument + _ACCENTS[name] if len(argument) == 1 else argument
    if name in _WORDS:
        return name
    return _SYMBOLS.get(name, " " if name in (",", ";", ":", "!", "") else "")


def _bracketed(term: str) -> str:
    term = term.strip()
    if (
        len(term) == 1
        or re.fullmatch(r"\([^()]*\)|\[[^][]*\]", term)
        or not re.search(r"[-+,\s/=]", term)
    ):
        return term
    return f"({term})"
