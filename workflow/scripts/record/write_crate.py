"""Write a study as a Workflow Run RO-Crate: an archive of workflow, config, figures, tables and report."""

from pathlib import Path

import yaml

from leptonid.errors import clear_errors
from leptonid.options import add_sample, program
from leptonid.record.crate import assign_results, describe, write_crate
from leptonid.tables.files import read_manifest
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="results, their folder")
    parser.add_argument("--workflow", nargs="+", required=True, help="files of the workflow, from its folder")
    parser.add_argument("--citation", required=True, help="CITATION.cff of the workflow")
    parser.add_argument(
        "--results", nargs="+", required=True, help="figures, tables and report, in the folder"
    )
    parser.add_argument("--config", required=True, help="config of the study, in the folder")
    add_sample(parser)
    parser.add_argument("--output", required=True, help="ZIP file to write")
    args = parser.parse_args(argv)

    folder = args.settings["results"]
    config, results = Path(args.config), [Path(path) for path in args.results]
    copies = {path: read_manifest(path) for path in Path(folder).glob("manifests/*.json")}
    manifests = {
        manifest["identifier"]: manifest
        for manifest in sorted(copies.values(), key=lambda manifest: manifest["started"])
    }
    results_by_study = assign_results(results, manifests)
    used = sorted(path for path, manifest in copies.items() if manifest["identifier"] in results_by_study)
    names = {path: f"results/{path.relative_to(folder).as_posix()}" for path in [config, *results, *used]}
    citation = yaml.safe_load(Path(args.citation).read_text(encoding="utf-8"))
    label = read_sample(args.sample).label
    crate = describe(citation, label, names, config, results_by_study, manifests)
    files = {name: Path(name) for name in args.workflow} | {name: path for path, name in names.items()}
    write_crate(crate, files, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
