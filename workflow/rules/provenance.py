"""What made a study: the manifest, which a run writes as it starts, and its identifier."""

import hashlib
import json
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import snakemake
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# What of a manifest tells of one start; the rest is the study, and the same at every start.
START = ("started", "command", "git", "machine", "snakemake")

# Files that decide what a study gives, beside its config and its events.
CODE = ("Snakefile", "workflow/**/*", "envs/*", "resources/*")
SUFFIXES = {"", ".csv", ".py", ".rst", ".smk", ".yaml"}

# Git may ask a slow disk about every file.
GIT_SECONDS = 20


def shell_prefix(results: str) -> str:
    """Return what goes before every shell command: Snakemake's own, and where the manifest is."""
    path = shlex.quote(f"{results}/manifest.json")
    return f"set -euo pipefail; export LEPTON_ID_MANIFEST={path}; "


def code_files(root: Path = Path()) -> list[str]:
    """Return the files of the workflow's code, relative to its folder."""
    return sorted(
        path.relative_to(root).as_posix()
        for pattern in CODE
        for path in root.glob(pattern)
        if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def write_manifest(config: dict, executor: str, deployment: Iterable[str], root: Path = Path()) -> None:
    """Write <results>/manifest.json and its copy manifests/{identifier}.json, which later studies leave.

    The identifier is that of the study: equal wherever, whenever and by whomever it is run.

    Raises
    ------
    WorkflowError
        If a file cannot be written.
    """
    results = Path(config["results"])
    made = manifest(config, executor, sorted(deployment), root, _read(results / "manifest.json"))
    copy = results / "manifests" / f"{made['identifier'].removeprefix('sha256:')}.json"
    earlier = _read(copy)
    if earlier:
        made["earlier"] = [*earlier.get("earlier", []), {key: earlier.get(key) for key in START}]
    text = json.dumps(made, indent=2, sort_keys=True) + "\n"
    for path in (copy, results / "manifest.json"):
        _write(text, path)


def manifest(config: dict, executor: str, deployment: list[str], root: Path, previous: dict) -> dict:
    """Return the manifest of a study that starts now; hashes of inputs come from the `previous` one."""
    study = {
        "config": config,
        "inputs": _inputs(config, root, previous.get("inputs", [])),
        "software": _software(root, installed=not deployment),
        "code": {name: _sha256(root / name) for name in code_files(root)},
    }
    return {
        "identifier": _identifier(study),
        **study,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["snakemake", *sys.argv[1:]]),
        "git": _git(root),
        "machine": _machine(),
        "snakemake": {"version": snakemake.__version__, "executor": executor, "deployment": deployment},
        "earlier": [],
    }


def _identifier(study: dict) -> str:
    """Return the hash of what decides the results: not where results and events lie, nor when they came."""
    data = study["config"]["data"]
    config = {**study["config"], "data": {**data, "path": Path(data["path"]).name}}
    del config["results"]
    inputs = [entry["sha256"] for entry in study["inputs"]]
    text = json.dumps({**study, "config": config, "inputs": inputs}, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _inputs(config: dict, root: Path, known: list[dict]) -> list[dict]:
    """Return path, size, time and hash of the file of events; a hash of null if it cannot be read."""
    if config["data"]["source"] != "file":
        return []
    entry = {"path": config["data"]["path"], "size": None, "mtime_ns": None}
    try:
        status = (root / entry["path"]).stat()
        entry |= {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
        for other in known:
            if entry.items() <= other.items() and other["sha256"]:
                return [other]
        logger.info(f"{entry['path']}: taking the SHA-256 of {entry['size']:,} bytes")
        return [{**entry, "sha256": _sha256(root / entry["path"])}]
    except (OSError, ValueError):  # check_events tells the user
        return [{**entry, "sha256": None}]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _software(root: Path, installed: bool) -> dict[str, str | None]:
    """Return the versions of the packages that envs/*.yaml name: those `installed`, or those it asks for."""
    asked = {}
    for path in sorted(root.glob("envs/*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]:
            for text in entry["pip"] if isinstance(entry, dict) else [entry]:
                name, version = re.fullmatch(r"([\w.-]+)\s*=*\s*(.*)", text).groups()
                asked[name] = version
    asked.pop("pip", None)
    return {name: _installed(name) for name in asked} if installed else asked


def _installed(name: str) -> str | None:
    if name == "python":
        return platform.python_version()
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _git(root: Path) -> dict[str, str | bool | None]:
    """Return the commit of the workflow, and whether its files are as committed; null where there is none."""

    def ask(*arguments: str) -> bytes:
        command = ["git", "--no-optional-locks", *arguments]
        return subprocess.run(
            command, cwd=root, check=True, capture_output=True, timeout=GIT_SECONDS
        ).stdout.strip()

    try:
        # The folder may lie in a repository that knows nothing of it.
        ask("ls-files", "--error-unmatch", "Snakefile")
        commit = ask("rev-parse", "HEAD").decode()
        return {"commit": commit, "clean": not ask("status", "--porcelain", "--", ".")}
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "clean": None}


def _machine() -> dict[str, str | int]:
    """Return what this process runs on; jobs of a cluster run elsewhere."""
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
    }


def _processor() -> str:
    try:
        told = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        told = None
    return told[1] if told else platform.processor() or platform.machine()


def _read(path: Path) -> dict:
    """Return a manifest; an empty one where there is none, or one that nobody could have written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(text: str, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        raise WorkflowError(f"{path}: the manifest cannot be written ({error.strerror})") from error
