"""No code runs what it is given, from files or texts, and the commands of rules quote all their fields."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for folder in ("workflow", "tools", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))

# Modules whose files can run code when they are read, and functions that run what they are given.
MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "torch"}
CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.startfile", "subprocess.getoutput",
    "subprocess.getstatusoutput", "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load",
    "keras.config.enable_unsafe_deserialization",
}  # fmt: skip
# `allow_pickle=True` of np.load, `shell=True` of subprocess, `safe_mode=False` of Keras.
ARGUMENTS = {"allow_pickle": True, "shell": True, "safe_mode": False}
METHODS = {"read_pickle", "to_pickle", "create_subprocess_shell", "unsafe_load"}


def dangers(tree):
    """Return line and name of everything that could run what it is given."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [
                (node.lineno, alias.name) for alias in node.names if alias.name.split(".")[0] in MODULES
            ]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {node.module.split(".")[0]} | {f"{node.module}.{alias.name}" for alias in node.names}
            found += [(node.lineno, name) for name in names & (MODULES | CALLS)]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in CALLS or name.split(".")[-1] in METHODS or re.match(r"os\.(exec|spawn)", name):
                found.append((node.lineno, name))
            for argument in node.keywords:
                # An argument that is computed could be anything.
                constant = isinstance(argument.value, ast.Constant)
                if argument.arg in ARGUMENTS and (
                    not constant or argument.value.value is ARGUMENTS[argument.arg]
                ):
                    found.append((node.lineno, f"{name}({argument.arg})"))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_runs_nothing_that_it_is_given(path):
    assert dangers(ast.parse(path.read_text())) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "import torch.serialization",
        "from os import system",
        "eval(text)",
        "exec(compile(text, '', 'exec'))",
        "os.system(text)",
        "os.execvp(a, b)",
        "yaml.load(text, yaml.Loader)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusted)",
        "subprocess.run(text, shell=True)",
        "keras.models.load_model(path, safe_mode=False)",
        "pd.read_pickle(path)",
    ],
)
def test_what_runs_code_is_found(line):
    assert dangers(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["yaml.safe_load(text)", "re.compile(x)", "np.load(path, allow_pickle=False)"]
)
def test_what_is_harmless_is_not_found(line):
    assert not dangers(ast.parse(line))


def test_every_model_of_keras_is_loaded_in_safe_mode():
    loads = [
        (path.name, node)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("load_model")
    ]
    assert loads
    for name, node in loads:
        arguments = {argument.arg: ast.unparse(argument.value) for argument in node.keywords}
        assert arguments.get("safe_mode") == "True", f"{name}:{node.lineno}"


def shell_blocks(text):
    """Return line and text of the commands of a file of rules."""
    return [
        (text[: match.start()].count("\n") + 1, match[2])
        for match in re.finditer(r'^    shell:\s+r?("""|")(.*?)\1', text, re.M | re.S)
    ]


def unquoted(command):
    """Return the fields of a command that a shell would read."""
    fields = re.findall(r"(?<!\{)\{([^{}]*)\}", command)
    return [field for field in fields if not field.endswith(":q") and field != "threads"]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_field_of_every_command_is_quoted(path):
    text = path.read_text()
    blocks = shell_blocks(text)
    assert len(blocks) == len(re.findall(r"^    shell:", text, re.M))
    assert {line: unquoted(command) for line, command in blocks if unquoted(command)} == {}


def test_rules_run_commands_only():
    """Not `script:`, `run:`, `wrapper:` or `notebook:`, and no command is made in Python."""
    for path in [*RULES, ROOT / "Snakefile"]:
        text = path.read_text()
        assert not re.findall(r"^    (run|script|wrapper|notebook|cwl|template_engine):", text, re.M), path
        assert not re.findall(r"(?<![\w.])shell\(", text), path


def test_a_field_without_quotes_is_found():
    assert unquoted("program {input.x} --n {threads} {output:q} {{1}}") == ["input.x"]
