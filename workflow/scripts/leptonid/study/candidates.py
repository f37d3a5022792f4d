"""What a search chooses from: kinds of observables, groups of variables, tables; which are alike."""

import re
from collections.abc import Iterable
from pathlib import PurePath

EFPS, SCALARS, VARIABLES = KINDS = ("efps", "scalars", "variables")

# Formats of a user's table, and what stands for the split in the path of one file per split.
FORMATS = (".csv", ".feather")
SPLIT = "{split}"

# How stable a choice is: so many of the candidates with the largest ADO are compared in bootstrap samples;
# observables with a rank correlation beyond this are alike.
BEST, ALIKE = 50, 0.95

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def table_name(path: str) -> str:
    """Return the name of a user's table: that of its file without the split, `mine` of mine_{split}.csv."""
    return PurePath(path.replace(SPLIT, "")).stem.strip("._-")


def own_tables(candidates: Iterable[str]) -> dict[str, str]:
    """Return the paths of the user's tables among some candidates, by name."""
    return {table_name(entry): entry for entry in candidates if PurePath(entry).suffix in FORMATS}


def groups(candidates: Iterable[str]) -> list[str]:
    """Return the groups of variables of the layout among some candidates."""
    return [entry for entry in candidates if entry not in KINDS and PurePath(entry).suffix not in FORMATS]


def candidate_names(candidates: Iterable[str]) -> list[str]:
    """Return candidates with the names of the user's tables in place of their paths, and these last."""
    candidates = list(candidates)
    return [*(kind for kind in KINDS if kind in candidates), *groups(candidates), *own_tables(candidates)]
