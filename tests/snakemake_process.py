"""Snakemake in a process that has it imported already: importing takes longer than a dry-run."""

import multiprocessing
import os
import sys
from pathlib import Path

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["snakemake.cli", "jsonschema", "pulp"])


def run_snakemake(arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run Snakemake in a folder; return its exit status and what it printed."""
    output = folder / ".snakemake-output.txt"
    process = _processes.Process(target=_run, args=(arguments, folder, environment, output))
    process.start()
    process.join()
    printed = output.read_text()
    output.unlink()
    return process.exitcode, printed


def _run(arguments: list[str], folder: Path, environment: dict[str, str], output: Path) -> None:
    from snakemake.cli import main

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # The folder has a workflow of its own, whose modules count.
    root = str(Path(__file__).parents[1])
    sys.path = [path for path in sys.path if not path.startswith(f"{root}/workflow")]
    for name in [name for name in sys.modules if name.partition(".")[0] == "leptonid"]:
        del sys.modules[name]
    with open(output, "w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["snakemake", *arguments]
    main(arguments)
