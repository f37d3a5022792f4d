"""Which files of the library a program runs, found from its import statements."""

import ast
import re
from functools import cache
from pathlib import Path

SCRIPTS = Path("workflow/scripts")

# An import statement at module level, over several lines if it has parentheses. A line of a text that looks
# like one would count too.
IMPORT = re.compile(r"^(?:import [\w., ]+|from [\w.]+ import (?:\([^)]*\)|[\w., ]+))", re.M)


def library_of(program: str, root: Path = SCRIPTS) -> list[str]:
    """Return the sorted paths of the library files that a program such as `data/check_events.py` imports.

    Indirect imports count, but only at module level: those run whenever the module is imported. The files are
    inputs of the rule that runs the program, so that an edit reruns exactly the rules that use it.
    """
    library: set[Path] = set()
    pending = [root / program]
    while pending:
        imported = _imports(pending.pop(), root) - library
        library |= imported
        pending += imported
    return sorted(map(str, library))


@cache
def _imports(path: Path, root: Path) -> frozenset[Path]:
    names: set[str] = set()
    # Parsing whole modules would take a tenth of a dry-run.
    statements = "\n".join(IMPORT.findall(path.read_text(encoding="utf-8")))
    for node in ast.parse(statements).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    modules = _modules(root)
    return frozenset(modules[package] for name in names for package in _packages(name) if package in modules)


def _packages(name: str) -> list[str]:
    """Return a dotted name and the packages that it is in, whose files run when it is imported."""
    parts = name.split(".")
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]


@cache
def _modules(root: Path) -> dict[str, Path]:
    """Return the files of all modules and packages under a folder by their dotted names."""
    modules = {}
    for path in root.rglob("*.py"):
        place = path.parent if path.name == "__init__.py" else path.with_suffix("")
        modules[".".join(place.relative_to(root).parts)] = path
    return modules
