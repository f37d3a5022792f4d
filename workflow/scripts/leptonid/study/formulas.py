"""Formulas of the layout: variables that are computed from others, such as `iso_0.3 / (pt * cosh(eta))`."""

import ast
import operator
import re
from collections.abc import Collection

# What formulas can call, by the names of the field and of NumPy.
FUNCTIONS = ("abs", "cos", "cosh", "exp", "log", "sin", "sinh", "sqrt", "tanh")
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}

# A number, or the name of a variable, which may hold dots and so is no name in Python.
TOKEN = re.compile(r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_.]*)")


def parse_formula(text: str) -> tuple[ast.expr, dict[str, str]]:
    """Return the syntax tree of a formula, and the variable of every name in the tree.

    A formula has numbers, variables, + - * / **, brackets and `FUNCTIONS` of one argument.

    Raises
    ------
    ValueError
        If it is something else.
    """
    variables: dict[str, str] = {}

    def placeholder(match: re.Match) -> str:
        name = match["name"]
        if name is None or (name in FUNCTIONS and text[match.end() :].lstrip().startswith("(")):
            return match[0]
        return variables.setdefault(name, f"v{len(variables)}")

    expected = f"expected numbers, variables, + - * / ** and {', '.join(FUNCTIONS)}, found {text!r}"
    try:
        tree = ast.parse(TOKEN.sub(placeholder, text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(expected) from error
    names = {key: name for name, key in variables.items()}
    if not _is_formula(tree, names):
        raise ValueError(expected)
    return tree, names


def variables_in(text: str) -> set[str]:
    """Return the variables that a formula needs; raises ValueError as of `parse_formula`."""
    return set(parse_formula(text)[1].values())


def _is_formula(node: ast.AST, names: Collection[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in names
        case ast.Constant(value=value):
            return type(value) in (int, float)
        case ast.UnaryOp(op=op, operand=operand):
            return type(op) in OPERATORS and _is_formula(operand, names)
        case ast.BinOp(left=left, op=op, right=right):
            return type(op) in OPERATORS and all(_is_formula(part, names) for part in (left, right))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            return name in FUNCTIONS and _is_formula(argument, names)
    return False
