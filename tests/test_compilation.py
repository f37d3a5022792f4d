"""Functions are compiled once for every processor and state of the sources."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from efp import compile_kernels
from leptonid import compilation
from leptonid.efp import kernels
from leptonid.efp.engine import compute
from leptonid.errors import InputError

ROOT = Path(__file__).parents[1]

EVENT = [[3.0, 0.1, 0.0], [2.0, 0.0, 0.25], [1.0, -0.5, 0.125], [0.5, 0.5, 3.0]]
ARGUMENTS = [["d<=4", "p==1"]], [-1, 0.5], [0.5, 1]

# Each prints values, and how many functions were loaded and compiled.
COUNT = """
import json
loaded, compiled = (
    sum(sum(getattr(function.stats, name).values()) for function in functions)
    for name in ("cache_hits", "cache_misses")
)
print(json.dumps([values, loaded, compiled]))
"""
ORDERING = f"""
from leptonid.metrics import ordering
values = ordering.ado([1, 2, 3, 4], [1, 3, 2, 4], [0, 0, 1, 1])
functions = ordering._add_signs, ordering.stable_order
{COUNT}
"""
ENGINE = f"""
from leptonid.efp import compute, kernels
values = compute([{EVENT}], *{ARGUMENTS}).iloc[0].tolist()
functions = [kernels.run]
{COUNT}
"""


@pytest.fixture
def sources(tmp_path):
    """Two sources that are not those of the library; the cached folder is cleared."""
    paths = (tmp_path / "sources/a.py", tmp_path / "sources/b.py")
    paths[0].parent.mkdir()
    for path in paths:
        path.touch()
    compilation.code_folder.cache_clear()
    yield paths
    compilation.code_folder.cache_clear()


def folder(sources):
    compilation.code_folder.cache_clear()
    return compilation.code_folder(sources)


def test_every_state_of_the_sources_and_processor_has_its_own_folder(sources, monkeypatch):
    folders = [folder(sources)]
    for path in sources:
        path.write_text("# changed")
        folders.append(folder(sources))
    assert folder(sources) == folders[-1]
    features = {**compilation.binding.get_host_cpu_features()}
    features["avx2"] = not features.get("avx2")
    monkeypatch.setattr(compilation.binding, "get_host_cpu_features", lambda: features)
    folders.append(folder(sources))
    monkeypatch.setattr(compilation.binding, "get_host_cpu_name", lambda: "other")
    folders.append(folder(sources))
    assert len(set(folders)) == 5


def test_the_folder_is_beside_the_sources_or_in_the_cache_folder_of_numba(sources, monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    assert folder(sources).parent == sources[0].parent / "__pycache__"
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "elsewhere"))
    assert folder(sources).parent == tmp_path / "elsewhere"
    compilation.jit_of(sources)(lambda: None)
    assert str(tmp_path / "elsewhere") == numba.config.CACHE_DIR


@pytest.fixture
def read_only(sources, monkeypatch):
    """Let folders that are under one of these paths be read-only: `read_only(path)`."""
    paths = []
    can_be_written = compilation._can_be_written

    def write(folder):
        return not any(folder.is_relative_to(path) for path in paths) and can_be_written(folder)

    monkeypatch.setattr(compilation, "_can_be_written", write)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    return lambda *added: paths.extend(added)


def test_beside_read_only_sources_the_code_is_in_the_cache_of_the_user(
    sources, read_only, monkeypatch, tmp_path, caplog
):
    read_only(sources[0].parent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert folder(sources).parent == tmp_path / "cache/lepton-id"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert folder(sources).parent == tmp_path / "home/.cache/lepton-id"
    assert not caplog.messages


@pytest.mark.parametrize("given", [False, True])
def test_where_nothing_can_be_written_code_is_compiled_and_not_kept(
    sources, read_only, monkeypatch, tmp_path, caplog, given
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    read_only(sources[0].parent, tmp_path / "cache", tmp_path / "given")
    if given:
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "given"))
    compilation.code_folder.cache_clear()
    jit = compilation.jit_of(sources)
    twice, thrice = jit(lambda x: 2 * x), jit(lambda x: 3 * x)
    assert (twice(4.0), thrice(4.0)) == (8.0, 12.0)
    assert compilation.code_folder(sources) is None
    (message,) = caplog.messages
    named = (
        [tmp_path / "given"] if given else [sources[0].parent / "__pycache__", tmp_path / "cache/lepton-id"]
    )
    assert f"{' and '.join(map(str, named))} cannot be written to; set NUMBA_CACHE_DIR" in message
    assert not (tmp_path / "cache").exists()
    monkeypatch.setattr(compile_kernels, "SOURCES", sources)
    with pytest.raises(InputError, match="NUMBA_CACHE_DIR: expected a folder that can be written to"):
        compile_kernels.main(["--output", str(tmp_path / "out.txt")])
    assert not (tmp_path / "out.txt").exists()


def test_a_user_without_a_home_has_no_cache(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(compilation.Path, "home", homeless)
    assert compilation._user_cache() == []


def test_a_folder_that_cannot_be_made_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    assert not compilation._can_be_written(tmp_path / "file/folder")
    assert compilation._can_be_written(tmp_path / "new/folder")
    assert list((tmp_path / "new/folder").iterdir()) == []


def test_the_listed_sources_are_the_imports_of_the_kernels():
    tree = ast.parse(Path(kernels.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules = {f"{name.removeprefix('leptonid.efp.')}.py" for name in imported if "leptonid.efp" in name}
    assert modules | {"kernels.py"} == {path.name for path in kernels.SOURCES}


def start(program, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def result_of(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@pytest.mark.slow
def test_simultaneous_processes_compile_the_same_code_and_later_ones_load_it(tmp_path):
    folder = {"NUMBA_CACHE_DIR": str(tmp_path)}
    for process in [start(ORDERING, **folder) for _ in range(2)]:
        value, loaded, compiled = result_of(process)
        assert value == 0.75
        assert loaded + compiled == 2
    assert result_of(start(ORDERING, **folder)) == [0.75, 2, 0]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_another_process_loads_the_engine():
    expected = compute([EVENT], *ARGUMENTS).iloc[0]
    values, loaded, compiled = result_of(start(ENGINE))
    np.testing.assert_array_equal(values, expected)
    assert (loaded, compiled) == (1, 0)
