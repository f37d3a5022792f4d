"""Write a study as a Workflow Run RO-Crate: an archive of workflow, config, figures, tables and report."""

import argparse
import json
from pathlib import Path

import yaml

from leptonid.errors import clear_errors
from leptonid.figures.events import read_label
from leptonid.record.crate import describe, made_by, write_crate
from leptonid.storage import read_manifest


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workflow", nargs="+", required=True, help="files of the workflow, from its folder")
    parser.add_argument("--citation", required=True, help="CITATION.cff: title, version, licence, authors")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: folder, that of results")
    parser.add_argument("--results", nargs="+", required=True, help="figures, tables and report, in it")
    parser.add_argument("--config", required=True, help="config of the study, in it")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument("--output", required=True, help="ZIP file to write")
    args = parser.parse_args(argv)

    folder = args.settings["folder"]
    config, results = Path(args.config), [Path(path) for path in args.results]
    copies = {path: read_manifest(path) for path in Path(folder).glob("manifests/*.json")}
    manifests = {
        manifest["identifier"]: manifest
        for manifest in sorted(copies.values(), key=lambda manifest: manifest["started"])
    }
    made = made_by(results, manifests)
    told = sorted(path for path, manifest in copies.items() if manifest["identifier"] in made)
    names = {path: f"results/{path.relative_to(folder).as_posix()}" for path in [config, *results, *told]}
    citation = yaml.safe_load(Path(args.citation).read_text(encoding="utf-8"))
    crate = describe(citation, read_label(args.events), names, config, made, manifests)
    of_workflow = {name: Path(name) for name in args.workflow}
    write_crate(crate, {**of_workflow, **{name: path for path, name in names.items()}}, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
