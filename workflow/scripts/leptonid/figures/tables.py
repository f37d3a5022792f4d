"""Tables of text as CSV, Markdown and LaTeX, and numbers as text."""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from leptonid.study.titles import printable

MISSING = "\N{EN DASH}"

ESCAPES = {letter: f"\\{letter}" for letter in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": r"\textbar{}",
    "<": "$<$",
    ">": "$>$",
    "±": r"$\pm$",
    "\N{DAGGER}": r"$\dagger$",
    "\N{MINUS SIGN}": "$-$",
    "κ": r"$\kappa$",
    "β": r"$\beta$",
    MISSING: "--",
    "\N{REPLACEMENT CHARACTER}": "?",
}

# What starts markup in Markdown or HTML, but not the underscores of 2_1_0 or the sign in p < 0.05.
MARKUP = re.compile(
    r"[\\`*|$]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\[(?=[^]]*\][(\[])"
)

# Templates of tables; a long table continues over several pages.
SHORT = r"""\begin{{table}}
  \caption{{{caption}}}
  {parts}
\end{{table}}"""

SHORT_PART = r"""\par\medskip
  \makebox[\linewidth]{{\small
  \begin{{tabular}}{{{alignment}}}
    \toprule
    {titles}
    \midrule
    {body}
    \bottomrule
  \end{{tabular}}}}"""

LONG = r"""\small
\begin{{longtable}}{{{alignment}}}
  \caption{{{caption}}} \\
    \toprule
    {titles}
    \midrule
    \endhead
    {body}
    \bottomrule
\end{{longtable}}"""

DOCUMENT = r"""\documentclass{{article}}
\usepackage{{{packages}}}
\begin{{document}}
{table}
\end{{document}}
"""


class Latex(str):
    """A cell that holds LaTeX."""


class Markdown(str):
    """A cell that holds Markdown."""


def value(number: float, uncertainty: float, form: str = ".4f") -> str:
    """Return a number with its uncertainty unless that is NaN; a dash for a number that is NaN."""
    if math.isnan(number):
        return MISSING
    return f"{number:{form}}" if math.isnan(uncertainty) else f"{number:{form}} ± {uncertainty:{form}}"


def compact(number: float, *uncertainties: float) -> str:
    """Return a number with its uncertainties in brackets: 0.9453(12)(8), 152(13); NaN is left out.

    They are in units of the last digit, or have decimal points of their own: 15.2(1.3)(0.8). The first
    has two digits.
    """
    if math.isnan(number):
        return MISSING
    known = [uncertainty for uncertainty in uncertainties if not math.isnan(uncertainty)]
    if not known or known[0] <= 0:
        return f"{number:.4g}"
    digits = max(0, 1 - math.floor(math.log10(known[0])))
    units = 10**digits if max(known) < 1 else 1
    forms = [f"{uncertainty * units:.{0 if units > 1 else digits}f}" for uncertainty in known]
    return f"{number:.{digits}f}" + "".join(f"({form})" for form in forms)


def or_empty(number: float, form: str = ".6f") -> str:
    """Return a number as text, nothing for NaN."""
    return "" if math.isnan(number) else f"{number:{form}}"


def csv_table(columns: Sequence[str], rows: Iterable[Sequence]) -> str:
    """Return a table as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()


def frame_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV; NaN is empty."""
    return table.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]], note: str) -> str:
    """Return a table as Markdown, its first column as code, with a note below."""
    body = [[f"`{name}`", *map(markdown, cells)] for name, *cells in rows]
    lines = [columns, ["---"] * len(columns), *body]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", markdown(note), ""])


def latex_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str,
    width: int | None = None,
    packages: str = "booktabs",
) -> str:
    """Return a table, its first column as code, as a LaTeX document that needs only `packages`.

    It can be compiled as it is, or the table environment copied into a paper. At most `width` columns stand
    beside the first, and further ones below.
    """
    titles, *body = _latex_cells(columns, rows)
    width = width or len(titles)
    parts = []
    for start in range(1, len(titles), width):
        chosen = [[line[0], *line[start : start + width]] for line in (titles, *body)]
        parts.append(SHORT_PART.format(**_latex_lines(chosen)))
    table = SHORT.format(caption=escaped(caption), parts="\n  ".join(parts))
    return DOCUMENT.format(packages=packages, table=table)


def long_latex_table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Return a table of many rows like `latex_table`; it also needs longtable."""
    table = LONG.format(caption=escaped(caption), **_latex_lines(_latex_cells(columns, rows)))
    return DOCUMENT.format(packages="booktabs,longtable", table=table)


def _latex_cells(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[list[str]]:
    body = [[rf"\texttt{{{escaped(name)}}}", *map(escaped, cells)] for name, *cells in rows]
    return [list(map(escaped, columns)), *body]


def _latex_lines(lines: Sequence[Sequence[str]]) -> dict[str, str]:
    titles, *body = [" & ".join(line) + r" \\" for line in lines]
    return {"alignment": "l" * len(lines[0]), "titles": titles, "body": "\n    ".join(body)}


def escaped(text: str) -> str:
    """Return text that LaTeX prints as it is; `Latex` stays unchanged."""
    if isinstance(text, Latex):
        return text
    return "".join(ESCAPES.get(letter, letter) for letter in printable(text))


def markdown(text: str) -> str:
    """Return text that Markdown shows as it is; `Markdown` stays unchanged."""
    if isinstance(text, Markdown):
        return text
    return MARKUP.sub(r"\\\g<0>", printable(text))
