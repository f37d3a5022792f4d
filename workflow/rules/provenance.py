"""Provenance: the manifest of a study, which a run writes when it starts, and its identifier."""

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

from leptonid.study.config import layout_path
from leptonid.study.layout import CLASSES
from leptonid.study.sources import files_by_split, receipt_of, source_files
from leptonid.study.yaml_file import read_yaml

# The parts of a manifest that belong to one start; all others describe the study.
START = ("started", "command", "git", "machine", "snakemake")

# Files that the results depend on, beside the config, the layout and the events.
CODE = ("Snakefile", "workflow/**/*", "envs/*", "resources/**/*")
SUFFIXES = {"", ".csv", ".css", ".html", ".js", ".py", ".rst", ".smk", ".yaml"}

# Git may ask a slow disk about every file.
GIT_SECONDS = 20


def shell_prefix(results: str) -> str:
    """Return the text before every shell command, as a format string for Snakemake.

    It stops a command at the first error, puts the library on Python's path (relative to the working
    directory, the workflow's folder), and names the manifest.
    """
    manifest = shlex.quote(f"{results}/manifest.json")
    return (
        "set -euo pipefail; "
        "export PYTHONPATH=workflow/scripts${{PYTHONPATH:+:$PYTHONPATH}}; "
        f"export LEPTON_ID_MANIFEST={manifest}; "
    )


def code_files(root: Path = Path()) -> list[str]:
    """Return the code files of the workflow, relative to its folder."""
    return sorted(
        path.relative_to(root).as_posix()
        for pattern in CODE
        for path in root.glob(pattern)
        if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def write_manifest(config: dict, executor: str, deployment: Iterable[str], root: Path = Path()) -> None:
    """Write <results>/manifest.json and a copy, manifests/{identifier}.json, which later studies leave alone.

    The identifier belongs to the study: it does not depend on place, time or user.

    Raises
    ------
    WorkflowError
        If a file cannot be written, or a downloaded one is not that of `data.download.sha256`.
    """
    results = Path(config["results"])
    new = manifest(config, executor, sorted(deployment), root, _read(results / "manifest.json"))
    _check_download(config["data"], new["inputs"])
    copy = results / "manifests" / f"{new['identifier'].removeprefix('sha256:')}.json"
    earlier = _read(copy)
    if earlier:
        new["earlier"] = [*earlier.get("earlier", []), {key: earlier.get(key) for key in START}]
    text = json.dumps(new, indent=2, sort_keys=True) + "\n"
    for path in (copy, results / "manifest.json"):
        _write(text, path)


def manifest(config: dict, executor: str, deployment: list[str], root: Path, previous: dict) -> dict:
    """Return the manifest of a study that starts now; hashes of unchanged inputs come from `previous`."""
    study = {
        "config": config,
        "layout": _layout(config, root),
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
    """Return the hash of all that the results depend on; places and times of files do not count."""
    data = {key: value for key, value in study["config"]["data"].items() if key != "download"}
    files = {
        split: [Path(file).name for file in some] for split, some in files_by_split(data["path"]).items()
    }
    delphes = {name: [Path(file).name for file in data["delphes"][name]] for name in CLASSES.values()}
    names = {"path": files, "layout": Path(data["layout"]).stem, "delphes": {**data["delphes"], **delphes}}
    if data["source"] == "download":
        names["source"] = "file"
    config = {**study["config"], "data": {**data, **names}}
    del config["results"]
    inputs = [entry["sha256"] for entry in study["inputs"]]
    text = json.dumps({**study, "config": config, "inputs": inputs}, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _layout(config: dict, root: Path) -> dict:
    """Return the content of the layout: it is part of the study, not of the code."""
    return read_yaml(root / layout_path(config["data"]["layout"])).content


def _inputs(config: dict, root: Path, known: list[dict]) -> list[dict]:
    """Return path, size, time and hash of each event file, and the address of one that was downloaded.

    The hash is null if the file cannot be read.
    """
    entries = [_input(path, root, known) for path in source_files(config["data"])]
    return [{**entry, **_origin(entry, root)} for entry in entries]


def _origin(entry: dict, root: Path) -> dict[str, str]:
    """Return the address of a file that was downloaded, by the receipt beside it; of others nothing."""
    receipt = _read(root / receipt_of(entry["path"]))
    is_its = entry["sha256"] is not None and receipt.get("sha256") == entry["sha256"]
    return {"url": receipt["url"]} if is_its and "url" in receipt else {}


def _check_download(data: dict, inputs: list[dict]) -> None:
    """Refuse a file in the place of a download whose SHA-256 is not that of the config."""
    expected = data["download"]["sha256"] if data["source"] == "download" else None
    for entry in inputs:
        if expected and entry["sha256"] and entry["sha256"] != expected.lower():
            raise WorkflowError(
                f"{entry['path']}: its SHA-256 is {entry['sha256']}, expected {expected.lower()} "
                "(data.download.sha256): it was changed or is another file. Move it away to download it "
                "again, or correct the config."
            )


def _input(path: str, root: Path, known: list[dict]) -> dict:
    entry = {"path": path, "size": None, "mtime_ns": None}
    try:
        status = (root / entry["path"]).stat()
        entry |= {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
        for other in known:
            if entry.items() <= other.items() and other["sha256"]:
                return other
        logger.info(f"{entry['path']}: taking the SHA-256 of {entry['size']:,} bytes")
        return {**entry, "sha256": _sha256(root / entry["path"])}
    except (OSError, ValueError):  # check_events reports it
        return {**entry, "sha256": None}


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _software(root: Path, installed: bool) -> dict[str, str | None]:
    """Return the versions of the packages in envs/*.yaml: as `installed`, or else as the files pin them."""
    pinned = {}
    for path in sorted(root.glob("envs/*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]:
            for text in entry["pip"] if isinstance(entry, dict) else [entry]:
                name, version = re.fullmatch(r"([\w.-]+)\s*=*\s*(.*)", text).groups()
                pinned[name] = version
    pinned.pop("pip", None)
    return {name: _installed(name) for name in pinned} if installed else pinned


def _installed(name: str) -> str | None:
    if name == "python":
        return platform.python_version()
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _git(root: Path) -> dict[str, str | bool | None]:
    """Return the commit of the workflow, and whether its files are as committed; null without git."""

    def ask(*arguments: str) -> bytes:
        command = ["git", "--no-optional-locks", *arguments]
        return subprocess.run(  # noqa: S603  fixed arguments, no shell
            command, cwd=root, check=True, capture_output=True, timeout=GIT_SECONDS
        ).stdout.strip()

    try:
        # The folder may lie in a repository that does not track it.
        ask("ls-files", "--error-unmatch", "Snakefile")
        commit = ask("rev-parse", "HEAD").decode()
        return {"commit": commit, "clean": not ask("status", "--porcelain", "--", ".")}
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "clean": None}


def _machine() -> dict[str, str | int]:
    """Return the machine of this process; jobs of a cluster run elsewhere."""
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
    }


def _processor() -> str:
    try:
        match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        match = None
    return match[1] if match else platform.processor() or platform.machine()


def _read(path: Path) -> dict:
    """Return a manifest, or an empty dictionary if it is missing or damaged."""
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
