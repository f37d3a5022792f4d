"""Which library files a program runs, and which rooms may use which."""

import ast
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from dependencies import SCRIPTS, library_of
from layouts import ROOT
from program_imports import import_program

PROGRAMS = sorted(str(path.relative_to(ROOT / SCRIPTS)) for path in (ROOT / SCRIPTS).glob("*/*.py"))
PROGRAMS = [program for program in PROGRAMS if not program.startswith("leptonid/")]
STAGES = ["data", "efp", "train", "search", "evaluate", "figures", "record"]
# What every stage may use, and what each of these rooms may use of the others.
SHARED = {
    "errors": set(),
    "study": {"errors"},
    "tables": {"errors", "study"},
    "metrics": {"compilation", "errors", "study", "tables"},
    "internals": {"errors"},
    "plotting": {"errors", "study", "tables"},
    "options": set(),
    "compilation": set(),
    "event_options": {"errors", "study", "tables"},
    "ordering": {"metrics"},
}


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


@pytest.fixture(scope="module")
def other_process():
    """One process for all programs, so that the packages they share are imported once."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_loads_the_files_listed_for_it_and_explains_itself(program, other_process):
    files, description, usage = other_process.submit(import_program, program).result()
    assert files == library_of(program, ROOT / SCRIPTS)
    assert " ".join(description.split()) in " ".join(usage.split())


def imported(path):
    """Return the rooms of the library that a file imports, at any level."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("leptonid."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "leptonid":
            names |= {alias.name for alias in node.names}
    return names


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


def test_rooms_use_only_what_the_plan_allows():
    library = ROOT / SCRIPTS / "leptonid"
    for path in library.rglob("*.py"):
        room = Path(path.relative_to(library).parts[0]).stem
        used = imported(path) - {room}
        if room in STAGES:
            assert used <= {*SHARED, *STAGES[: STAGES.index(room)]}, path
        elif room != "__init__":
            assert used <= SHARED[room], path


def test_rules_use_only_the_ground_floor():
    """And the module of private interfaces, which some of Snakemake's are in."""
    for path in (ROOT / "workflow/rules").glob("*.py"):
        assert imported(path) <= {"errors", "study", "internals"}, path


def test_the_ground_floor_needs_no_packages_but_yaml_and_jsonschema():
    for path in (ROOT / SCRIPTS / "leptonid/study").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            for name in names:
                package = name.split(".")[0]
                assert package in {*sys.stdlib_module_names, "leptonid", "yaml", "jsonschema"}, path
