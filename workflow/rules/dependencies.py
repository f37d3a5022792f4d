"""Which files of the library a program runs, found from its import statements."""

import ast
from functools import cache
from pathlib import Path

SCRIPTS = Path("workflow/scripts")


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
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(file for name in names for file in _files(name, root))


def _files(name: str, root: Path) -> list[Path]:
    """Return the files that run when a dotted name is imported: of the module and of its packages."""
    files = []
    for depth in range(len(parts := name.split("."))):
        base = root.joinpath(*parts[: depth + 1])
        files += [file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()]
    return files
