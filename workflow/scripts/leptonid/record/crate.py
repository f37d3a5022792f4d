"""A study as a Workflow Run RO-Crate: one archive of the workflow, the config and the results of its runs.

Profiles: Process Run Crate and Workflow Run Crate 0.5 (https://www.researchobject.org/workflow-run-crate),
Workflow RO-Crate 1.0. The steps of a run are not listed, as a Provenance Run Crate would.
"""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from leptonid.errors import InputError
from leptonid.plotting import IDENTIFIED
from leptonid.tables.files import IDENTIFIER, atomic_write

# The version of RO-Crate that the profiles are based on.
VERSION = "1.1"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
SHA256 = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".rst": "text/x-rst",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".yaml": "application/yaml",
}
PARTS = {
    "config": "Configs of studies with a reference of their keys, and layouts of samples",
    "envs": "Packages of each stage",
    "profiles": "How the workflow runs",
    "resources": "Published results that figures show",
    "tools": "Set-up of the locked environment",
    "workflow": "Rules, programs, library, schema and captions",
}


def assign_results(results: Iterable[Path], manifests: Mapping[str, Mapping]) -> dict[str, list[Path]]:
    """Return the results of each study in `manifests`, by identifier; results of other studies are left out.

    A figure carries the identifier of its study. Any other file belongs to the last start before its time.
    """
    starts = sorted(
        (_seconds(start), identifier)
        for identifier, manifest in manifests.items()
        for start in _starts(manifest)
    )
    assigned: dict[str, list[Path]] = {}
    for path in results:
        if path.suffix in IDENTIFIED:
            match = re.search(IDENTIFIER.encode(), path.read_bytes())
            identifier = match[0].decode() if match else None
        else:
            before = [identifier for seconds, identifier in starts if seconds <= _modified(path)]
            identifier = before[-1] if before else None
        if identifier in manifests:
            assigned.setdefault(identifier, []).append(path)
    return assigned


def describe(
    citation: Mapping,
    label: str,
    names: Mapping[Path, str],
    config: Path,
    results: Mapping[str, list[Path]],
    manifests: Mapping[str, Mapping],
) -> ROCrate:
    """Return the crate of a folder of results, without its files.

    Parameters
    ----------
    citation
        Title, version, licence (SPDX), keywords and authors of the workflow (CITATION.cff).
    label
        The label of the sample.
    names
        Figures, tables, report, config and manifests, and their names in the crate.
    config
        The config of the study, one of `names`.
    results
        The results of each study, by identifier (`assign_results`).
    manifests
        Those of all studies in the folder, by identifier, in the order of their last starts.

    Raises
    ------
    InputError
        If no manifest accounts for any result.
    """
    if not results:
        raise InputError(
            "no manifest describes the study of these results; run the workflow again with --forceall to "
            "recreate them"
        )
    last = list(manifests.values())[-1]
    crate = ROCrate(version=VERSION)
    crate.metadata.extra_terms.update(SHA256)
    crate.name = f"{citation['title']}: {label}"
    crate.description = (
        f"Figures, tables and report of {label}, by the workflow {citation['title']} {citation['version']}. "
        "The manifests describe how they were made. The events are not included."
    )
    crate.datePublished = _time(max(_modified(path) for paths in results.values() for path in paths))
    crate.keywords = ", ".join(citation["keywords"])
    crate.license = _add(
        crate, f"https://spdx.org/licenses/{citation['license']}", "CreativeWork", name=citation["license"]
    )
    crate.root_dataset["conformsTo"] = [
        _add(crate, url, "CreativeWork", name=name, version=url.rpartition("/")[2])
        for url, name in PROFILES.items()
    ]
    workflow = _workflow(crate, citation, last)
    crate.add_file(
        dest_path="README.md", properties={"about": crate.root_dataset, "encodingFormat": FORMATS[".md"]}
    )
    files = {path: _file(crate, path, name) for path, name in names.items()}
    for identifier, paths in results.items():
        manifest = manifests[identifier]
        action = _action(crate, workflow, manifest, last, ended=max(map(_modified, paths)))
        action["result"] = [files[path] for path in paths]
        if manifest["config"] == json.loads(config.read_text(encoding="utf-8")):
            action.append_to("object", files[config])
        crate.root_dataset.append_to("mentions", action)
    inputs = [entity for entity in crate.data_entities if entity.id.startswith("ni:")]
    _parameter(crate, workflow, "input", "config", [files[config]])
    _parameter(crate, workflow, "input", "events", inputs)
    for kind in ("figures/", "tables/", "record/", "report.html"):
        examples = [entity for entity in files.values() if entity.id.startswith(f"results/{kind}")]
        _parameter(crate, workflow, "output", Path(kind).stem, examples)
    return crate


def write_crate(crate: ROCrate, files: Mapping[str, Path], path: str | Path) -> None:
    """Write a crate and its files as a ZIP archive; equal content gives equal bytes."""
    metadata = crate.metadata.generate()
    metadata["@graph"] = [
        {
            key: value[0] if isinstance(value, list) and len(value) == 1 else value
            for key, value in entity.items()
        }
        for entity in metadata["@graph"]
    ]
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        described = json.dumps(metadata, indent=1, sort_keys=True)
        archive.writestr(zipfile.ZipInfo("ro-crate-metadata.json"), described, zipfile.ZIP_DEFLATED)
        for name in PARTS:
            archive.writestr(zipfile.ZipInfo(f"{name}/"), "")
        for name, source in sorted(files.items()):
            # A ZipInfo has the time 1980, unlike the file.
            archive.writestr(zipfile.ZipInfo(name), source.read_bytes(), zipfile.ZIP_DEFLATED)


def _workflow(crate: ROCrate, citation: Mapping, manifest: Mapping) -> ContextEntity:
    """Add the workflow with the software it ran with."""
    workflow = crate.add_workflow(
        dest_path="Snakefile", main=True, lang="snakemake", lang_version=manifest["snakemake"]["version"]
    )
    workflow["name"] = citation["title"]
    workflow["encodingFormat"] = "text/plain"
    workflow["version"] = citation["version"]
    workflow["license"] = crate.license
    workflow["author"] = [
        _add(crate, f"#author{number}", "Organization", name=author["name"])
        for number, author in enumerate(citation["authors"])
    ]
    workflow["conformsTo"] = {"@id": "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"}
    workflow["softwareRequirements"] = [
        _software(crate, name, version) for name, version in manifest["software"].items() if version
    ]
    workflow["hasPart"] = [
        crate.add_dataset(dest_path=f"{name}/", properties={"name": name, "description": description})
        for name, description in PARTS.items()
    ]
    return workflow


def _software(crate: ROCrate, name: str, version: str) -> ContextEntity:
    url = f"https://pypi.org/project/{name}/{version}/"
    if name == "python":
        url = f"https://www.python.org/downloads/release/python-{version.replace('.', '')}/"
    return _add(crate, url, "SoftwareApplication", name=name, softwareVersion=version, url=url)


def _action(
    crate: ROCrate, workflow: ContextEntity, manifest: Mapping, last: Mapping, ended: float
) -> ContextEntity:
    """Add the runs of one study, from their first start to their last result."""
    starts = [start for start in _starts(manifest) if _seconds(start) <= ended] or [manifest]
    description = f"Starts: {len(starts)}; the last command: {starts[-1]['command']}"
    changed = sorted(
        name
        for name in {*manifest["code"], *last["code"]}
        if manifest["code"].get(name) != last["code"].get(name)
    )
    if changed:
        description += f"; files of the workflow that differed from those in this crate: {', '.join(changed)}"
    digits = manifest["identifier"].removeprefix("sha256:")
    action = crate.add_action(
        workflow,
        f"#{digits}",
        properties={
            "name": f"Study {manifest['identifier']}",
            "description": description,
            "startTime": starts[0]["started"],
            "endTime": _time(ended),
            "actionStatus": "http://schema.org/CompletedActionStatus",
        },
    )
    inputs = [_events(crate, entry) for entry in manifest["inputs"] if entry["sha256"]]
    action["object"] = [*inputs, crate.get(f"results/manifests/{digits}.json")]
    return action


def _events(crate: ROCrate, entry: Mapping) -> ContextEntity:
    """Add an event file that is not in the crate; its hash names it (RFC 6920)."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(entry["sha256"])).decode().rstrip("=")
    return crate.add_file(
        f"ni:///sha-256;{digest}",
        properties={
            "name": Path(entry["path"]).name,
            "description": "Events; not part of this crate",
            "contentSize": str(entry["size"]),
            "encodingFormat": "application/x-hdf5",
            "sha256": entry["sha256"],
            **({"url": entry["url"]} if "url" in entry else {}),
        },
    )


def _file(crate: ROCrate, path: Path, name: str) -> ContextEntity:
    content = path.read_bytes()
    return crate.add_file(
        dest_path=name,
        properties={
            "name": path.name,
            "contentSize": str(len(content)),
            "encodingFormat": FORMATS[path.suffix],
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    )


def _parameter(
    crate: ROCrate, workflow: ContextEntity, way: str, name: str, examples: list[ContextEntity]
) -> None:
    """Add an input or output of the workflow (`way`), with the files of this study as examples."""
    if examples:
        parameter = crate.add_formal_parameter(name, "File", f"#{name}", valueRequired=way == "input")
        parameter["workExample"] = examples
        workflow.append_to(way, parameter)
        for example in examples:
            example["exampleOfWork"] = parameter


def _add(crate: ROCrate, identifier: str, kind: str, **properties: str) -> ContextEntity:
    return crate.add(ContextEntity(crate, identifier, {"@type": kind, **properties}))


def _starts(manifest: Mapping) -> list[Mapping]:
    """Return all starts of a study, in order."""
    return [*manifest["earlier"], manifest]


def _seconds(start: Mapping) -> float:
    return datetime.fromisoformat(start["started"]).timestamp()


def _modified(path: Path) -> float:
    return path.stat().st_mtime


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
