"""Stands in for conda where none can be had: makes an environment of a file's packages with uv, from PyPI.

Its Python is this one, not the file's. Each environment notes every start of its Python in runs.jsonl.
"""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import yaml
from uv import find_uv_bin

COMMAND = """#!/bin/sh
exec {python} {program} {folder} "$@"
"""
ACTIVATE = 'PATH="$1/bin:$PATH"\n'
NOTE = """
import json, os, sys
with open(os.path.join(sys.prefix, "runs.jsonl"), "a") as notes:
    notes.write(json.dumps({"argv": sys.orig_argv, "path": sys.path}) + "\\n")
"""


def install(folder: Path) -> Path:
    """Write the commands `conda` and `activate`; return their folder, which is to be on the path."""
    commands = folder / "bin"
    commands.mkdir(parents=True)
    (commands / "conda").write_text(COMMAND.format(python=sys.executable, program=__file__, folder=folder))
    (commands / "conda").chmod(0o755)
    (commands / "activate").write_text(ACTIVATE)
    return commands


def create(file: Path, prefix: Path) -> None:
    """Make the environment of a file."""
    entries = yaml.safe_load(file.read_text())["dependencies"]
    packages = [text for entry in entries for text in (entry["pip"] if isinstance(entry, dict) else [entry])]
    packages = [text for text in packages if not text.startswith("python=")]
    subprocess.run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, prefix], check=True)
    python = prefix / "bin/python"
    install = [find_uv_bin(), "pip", "install", "--quiet"]
    subprocess.run([*install, "--python", python, *packages], check=True)
    (site,) = prefix.glob("lib/python3*/site-packages")
    share_bytecode(site)
    # Not sitecustomize: Debian's Python has one of its own, which comes first.
    (site / "note_runs.py").write_text(NOTE)
    (site / "note_runs.pth").write_text("import note_runs\n")


def share_bytecode(site: Path) -> None:
    """Link what this Python has compiled of the same packages: compiling them takes 25 s of CPU time."""
    own = Path(sysconfig.get_path("purelib"))
    for compiled in own.rglob("__pycache__/*.pyc"):
        link = site / compiled.relative_to(own)
        source = compiled.name.partition(".")[0] + ".py"
        if (link.parents[1] / source).exists():
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(compiled)


def main() -> None:
    """Answer what Snakemake asks of conda."""
    folder, *arguments = sys.argv[1:]
    if arguments[:2] == ["env", "create"]:
        file, prefix = (Path(arguments[arguments.index(option) + 1]) for option in ("--file", "--prefix"))
        create(file, prefix)
    elif arguments == ["--version"]:
        print("conda 25.1.0")
    else:
        priority = {"channel_priority": "strict"}
        print(json.dumps({"conda_prefix": folder, "platform": "linux-64", "get": priority}))


if __name__ == "__main__":
    main()
