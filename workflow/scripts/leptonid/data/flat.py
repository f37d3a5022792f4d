"""The flat variables of events: those of the file, and those that the layout computes from them."""

import ast
from collections.abc import Collection, Mapping

import numpy as np

from leptonid.data.hdf5 import check_finite
from leptonid.study.formulas import OPERATORS, parse_formula, variables_in
from leptonid.study.layout import KINEMATICS, Contents


def computable(contents: Contents, groups: Collection[str]) -> list[str]:
    """Return the computed variables of a layout whose kinematics are among the groups of a file."""
    lacking = {role for role in KINEMATICS if contents.events.get(role) not in groups}
    return [name for name, formula in contents.formulas.items() if not variables_in(formula) & lacking]


def flat_variables(
    values: Mapping[str, np.ndarray], contents: Contents, first: int, where: str
) -> dict[str, np.ndarray]:
    """Return variables, kinematics and computed variables of N events by name, each (N,).

    Parameters
    ----------
    values
        Groups of a file by name: (N, number of variables), or (N,) for kinematics, which may be missing.
    first
        Number of the first event, for errors, which begin with `where`: file and split.

    Raises
    ------
    InputError
        If a computed variable is not finite, naming it and the event.
    """
    flat = {
        name: values[group][:, place]
        for group, names in contents.stored.items()
        for place, name in enumerate(names)
    }
    flat |= {
        role: values[group]
        for role, group in contents.events.items()
        if role in KINEMATICS and group in values
    }
    for name in computable(contents, values):
        formula = contents.formulas[name]
        tree, variables = parse_formula(formula)
        columns = {key: flat[variable].astype(np.float64) for key, variable in variables.items()}
        with np.errstate(all="ignore"):
            computed = np.broadcast_to(_evaluate(tree, columns), len(next(iter(flat.values()))))
        check_finite(computed, first, f"{where}: {name} = {formula}")
        flat[name] = computed
    return flat


def _evaluate(node: ast.expr, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.UnaryOp(op=op, operand=operand):
            return OPERATORS[type(op)](_evaluate(operand, columns))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_evaluate(left, columns), _evaluate(right, columns))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return getattr(np, name)(_evaluate(argument, columns))
    return np.float64(node.value)
