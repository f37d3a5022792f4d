"""Which library files a program runs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from dependencies import SCRIPTS, library_of

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(path.name for path in (ROOT / SCRIPTS).glob("*.py"))


def test_imports_are_followed_through_modules_and_packages(tmp_path):
    files = {
        "program.py": "import json\nfrom lib.a import f\n",
        "lib/__init__.py": "",
        "lib/a.py": "from lib import b\nimport lib.sub.c\n",
        "lib/b.py": "",
        "lib/sub/__init__.py": "def later():\n    from lib.unused import g\n",
        "lib/sub/c.py": "",
        "lib/unused.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    expected = ["lib/__init__.py", "lib/a.py", "lib/b.py", "lib/sub/__init__.py", "lib/sub/c.py"]
    assert library_of("program.py", tmp_path) == [str(tmp_path / name) for name in expected]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_files_found_are_those_that_python_loads(program):
    """Python itself says which modules of the library are loaded when a program is imported."""
    code = (
        "import importlib.util, sys; sys.path.insert(0, sys.argv[1]);"
        "spec = importlib.util.spec_from_file_location('program', f'{sys.argv[1]}/{sys.argv[2]}');"
        "spec.loader.exec_module(importlib.util.module_from_spec(spec));"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'leptonid'), sep='\\n')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(SCRIPTS), program],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = {ROOT / line for line in result.stdout.splitlines()}
    assert loaded == set(map(Path, library_of(program, ROOT / SCRIPTS)))


def test_the_library_is_imported_at_module_level():
    """Later imports would not be seen; only the package efp looks up its face when asked."""
    for path in (ROOT / SCRIPTS).rglob("*.py"):
        if path == ROOT / SCRIPTS / "leptonid/efp/__init__.py":
            continue
        tree = ast.parse(path.read_text())
        later = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            and node.module.startswith("leptonid")
            and node not in tree.body
        ]
        assert not later, path


def test_stages_import_only_earlier_stages():
    order = ["data", "efp", "train", "search", "figures", "record"]
    library = ROOT / SCRIPTS / "leptonid"
    for path in library.rglob("*.py"):
        imported = {
            node.module.split(".")[1]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module.startswith("leptonid.")
        }
        stage = path.relative_to(library).parts[0]
        stages = imported.intersection(order)
        if stage in order:
            assert all(order.index(other) <= order.index(stage) for other in stages), path
        else:
            assert not stages, path
