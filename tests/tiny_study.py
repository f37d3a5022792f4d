"""A copy of the workflow in a folder of its own, with a tiny study, to run and to change."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import yaml

import warm_python
from layouts import ELECTRONS, write_events_of
from leptonid.study.layout import LABEL, WEIGHT
from leptonid.study.paths import SPLITS
from snakemake_process import run_snakemake

ROOT = Path(__file__).parents[1]
TARGETS = ("all", "data", "download", "efp", "train", "search", "evaluate", "figures", "record", "crate")

# Events in each split.
EVENTS = {"train": 40, "valid": 16, "test": 24}

# From nothing, in two jobs, among the two observables of the HCal; two trainings of its pass.
GREEDY = {
    "method": "greedy", "base": [], "calorimeters": ["hcal"], "passes": 1, "jobs": 2, "seeds": [0, 1],
}  # fmt: skip

# Every kind of input: flat variables, both images, EFPs; all else as small as possible.
TINY = {
    "data": {"path": "events.h5"},
    "efp": {
        "graphs": [["d<=1"]],
        "kappas": [1],
        "betas": [1, 2],
        "overrides": {"hcal": None},
        "chunk": 24,
    },
    "train": {
        "repetitions": {"features": ["hl_logistic"], "shuffles": 1, "folds": 2},
        "epochs": 1,
        "restarts": 0,
        "negative_weights": "drop",
        "features": {
            **dict.fromkeys(
                [
                    "et",
                    "ht",
                    "mass",
                    "hl_and_mass",
                    "hl_and_kinematics",
                    "et_and_ht_and_hl",
                    "efp",
                    "et_ht_pfn",
                ]
            ),
            "hl": {"dense": 1, "units": 4},
            "et_and_ht": {"blocks": 1, "filters": 2, "dense": 1, "units": 4},
            "hl_and_efp": {"dense": 1, "units": 4},
        },
        "baselines": {"trees": {"iterations": 5}, "logistic": {"iterations": 20}},
    },
    "search": {
        "searches": {"hl_and_kinematics": None, "greedy": GREEDY},
        "black_box": "hl_logistic",
        "passes": 2,
        "seeds": [0],
    },
    "figures": {"single_events": 2, "bootstraps": 20},
}


def add_weights(path: Path, layout) -> None:
    """Add weights to a file of events, in which every tenth event has a negative one."""
    with h5py.File(path, "r+") as file:
        for split in SPLITS:
            number = np.arange(len(file[layout.contents.events[LABEL]][split]))
            file[f"{layout.contents.events[WEIGHT]}/{split}"] = np.where(
                number % 10 == 9, -0.3, 1 + number % 3
            )


class Study:
    """A folder with the workflow's files, events and an overlay `tiny.yaml` of the default config."""

    def __init__(self, folder: Path):
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, layout=ELECTRONS, config: dict | None = None) -> "Study":
        """Copy the workflow's files (those that git tracks or would track) and write events and overlay."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/", "benchmarks/")):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target)
        write_events_of(layout, folder / "events.h5", **EVENTS)
        if WEIGHT in layout.contents.events:
            add_weights(folder / "events.h5", layout)
        study = cls(folder)
        study.configure(TINY if config is None else config)
        return study

    def copy(self, folder: Path) -> "Study":
        """Return a copy with all results and Snakemake's records of them."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Study(folder)

    def configure(self, config: dict) -> None:
        """Replace the overlay."""
        (self.folder / "tiny.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    @property
    def config(self) -> dict:
        """The overlay."""
        return yaml.safe_load((self.folder / "tiny.yaml").read_text())

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Snakemake on the tiny study."""
        return [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, with its Python first on the path."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {key: value for key, value in {**os.environ, "PATH": path}.items() if key != "PYTHONPATH"}

    @property
    def warm_environment(self) -> dict[str, str]:
        """The environment with the `python` of `warm_python` first on the path."""
        environment = self.environment
        return {**environment, "PATH": f"{warm_python.folder()}{os.pathsep}{environment['PATH']}"}

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run Snakemake; all that it prints is in `stdout`. With `check`, a failure raises with that."""
        command = self.command(*arguments)[3:]
        status, printed = run_snakemake(command, self.folder, self.warm_environment)
        if check and status:
            raise AssertionError(f"{arguments} failed:\n{printed}")
        return subprocess.CompletedProcess(command, status, printed, "")

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start Snakemake, with a Python for each program, in a process group of its own, to be killed."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the study on two cores."""
        return self.snakemake("--cores", "2", *arguments)

    def dry_run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Do a dry-run."""
        return self.snakemake("--dry-run", *arguments, check=check)

    def jobs(self, *arguments: str) -> Counter:
        """Return how many jobs of each rule a run would do, without the targets."""
        output = self.dry_run(*arguments).stdout
        table = re.search(r"^job +count\n[- ]+\n(.*?)^total", output, re.M | re.S)
        if table is None:
            assert "Nothing to be done" in output, output
            return Counter()
        jobs = Counter({name: int(count) for name, count in map(str.split, table[1].strip().splitlines())})
        for target in TARGETS:
            del jobs[target]
        return jobs
