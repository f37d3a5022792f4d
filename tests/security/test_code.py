"""Code reads no file in a way that could run code from it, and rules quote every field of their commands.

ruff's rules S find pickle, eval, exec, shell=True, yaml.load and the like (`make lint`). These tests cover
what ruff does not: other loaders of YAML and pickles, arguments of NumPy and Keras, and commands of rules.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for folder in ("workflow", "tools", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))

# Packages that unpickle files, which ruff does not list.
UNPICKLERS = {"cloudpickle", "joblib", "torch"}
UNSAFE_CALLS = {
    "compile", "__import__", "asyncio.create_subprocess_shell", "keras.config.enable_unsafe_deserialization",
    "yaml.full_load", "yaml.full_load_all", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all",
}  # fmt: skip
# np.load and Keras; an argument that is computed could be anything.
SAFE_ARGUMENTS = {"allow_pickle": "False", "safe_mode": "True"}


def unsafe_lines(tree):
    """Return line and name of everything that could run code from a file."""
    unsafe = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
            unsafe += [(node.lineno, name) for name in names if name and name.split(".")[0] in UNPICKLERS]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            arguments = {argument.arg: ast.unparse(argument.value) for argument in node.keywords}
            if name in UNSAFE_CALLS:
                unsafe.append((node.lineno, name))
            if name.endswith("load_model"):
                arguments.setdefault("safe_mode", "missing")
            for argument, value in SAFE_ARGUMENTS.items():
                if arguments.get(argument, value) != value:
                    unsafe.append((node.lineno, f"{name}({argument})"))
    return unsafe


def test_code_runs_nothing_from_files():
    unsafe = {path.name: unsafe_lines(ast.parse(path.read_text())) for path in FILES}
    assert {name: lines for name, lines in unsafe.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "from joblib import load",
        "import torch.serialization",
        "__import__(name)",
        "yaml.unsafe_load(text)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusted)",
        "keras.models.load_model(path)",
        "keras.models.load_model(path, safe_mode=False)",
    ],
)
def test_unsafe_code_is_found(line):
    assert unsafe_lines(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        "re.compile(x)",
        "yaml.safe_load(text)",
        "np.load(path, allow_pickle=False)",
        "keras.models.load_model(path, safe_mode=True)",
    ],
)
def test_safe_code_is_not_reported(line):
    assert not unsafe_lines(ast.parse(line))


def shell_blocks(text):
    """Return line and text of the commands in a file of rules."""
    return [
        (text[: match.start()].count("\n") + 1, match[2])
        for match in re.finditer(r'^ +shell:\s+r?("""|")(.*?)\1', text, re.M | re.S)
    ]


def unquoted(command):
    """Return the fields of a command that a shell would interpret."""
    fields = re.findall(r"(?<!\{)\{([^{}]*)\}", command)
    return [field for field in fields if not field.endswith(":q") and field != "threads"]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_field_of_every_command_is_quoted(path):
    text = path.read_text()
    blocks = shell_blocks(text)
    assert len(blocks) == len(re.findall(r"^ +shell:", text, re.M))
    assert {line: unquoted(command) for line, command in blocks if unquoted(command)} == {}


def test_a_field_without_quotes_is_found():
    assert unquoted("program {input.x} --n {threads} {output:q} {{1}}") == ["input.x"]


def test_rules_run_nothing_but_commands():
    """No `script:`, `run:`, `wrapper:` or `notebook:`, and no command is built in Python."""
    for path in [*RULES, ROOT / "Snakefile"]:
        text = path.read_text()
        assert not re.findall(r"^ +(run|script|wrapper|notebook|cwl|template_engine):", text, re.M), path
        assert not re.findall(r"(?<![\w.])shell\(", text), path
