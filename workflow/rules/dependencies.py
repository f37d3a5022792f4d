"""Which files of the library a program runs, found from its import statements."""

import ast
from functools import cache
from pathlib import Path

SCRIPTS = Path("workflow/scripts")


def library_of(program: str, root: Path = SCRIPTS) -> list[str]:
    """Return the library files that running a program imports, directly or not, as sorted paths.

    Only imports at module level count: those run whenever the module is imported. Files are listed as
    inputs of the rule that runs the program, so that an edit reruns just the rules that use it.
    """
    found: set[Path] = set()
    pending = [root / program]
    while pending:
        for path in _imports(pending.pop(), root):
            if path not in found:
                found.add(path)
                pending.append(path)
    return sorted(map(str, found))


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
    """Return the files that importing a dotted name runs: the module's and its packages'."""
    files = []
    for depth in range(len(parts := name.split("."))):
        base = root.joinpath(*parts[: depth + 1])
        files += [file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()]
    return files
