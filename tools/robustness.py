"""Repeat a reduced study with other overlaid events, thresholds and seeds, and table what survives.

python tools/robustness.py --events 6000 --cores 2
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml
from threadpoolctl import threadpool_limits

from leptonid.errors import InputError, clear_errors
from leptonid.figures.tables import MISSING, compact, frame_csv, markdown_table, value
from leptonid.metrics.auc import auc, auc_uncertainty, combination_uncertainty
from leptonid.tables.feather import read_feather
from leptonid.tables.files import write_text
from leptonid.train.prediction import load_classifier, score_file
from leptonid.train.training import use_threads

CONFIG = "config/robustness.yaml"

# Changes of data.simulation by the name of a study; the first is what the others are compared with.
STUDIES = {
    "overlay_10": {"overlay": 10},
    "overlay_0": {"overlay": 0, "pool": 1},
    "overlay_20": {"overlay": 20},
    "low_thresholds": {"ecal_threshold": 0.25, "hcal_threshold": 1.0},
    "seed_2": {"seed": 2},
}

SEARCH, RUN = "hl", "seed0"

# A network and the trees on the same columns.
SAME_COLUMNS = "hl_and_efp", "hl_and_efp_trees"

# Two AUCs differ if their difference is more than this, in units of its uncertainty.
SIGNIFICANT = 2


def main(argv: list[str] | None = None) -> None:
    """Run the studies and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--results", default="results", help="the folder robustness in it gets all (default: results)"
    )
    parser.add_argument(
        "--studies", nargs="+", choices=STUDIES, default=list(STUDIES), help="some of them (default: all)"
    )
    parser.add_argument("--events", type=int, default=6000, help="events of each study (default: 6000)")
    parser.add_argument("--cores", default="2", help="as of snakemake (default: 2)")
    parser.add_argument("--threads", type=int, default=1, help="threads that score events (default: 1)")
    args = parser.parse_args(argv)

    folder = Path(args.results) / "robustness"
    folders = {name: folder / name for name in STUDIES if name in args.studies}
    for name, results in folders.items():
        run_study(results, {"events": args.events, "pool": args.events, **STUDIES[name]}, args.cores)
    studies = pd.DataFrame([study(name, results) for name, results in folders.items()])
    use_threads(args.threads)
    with threadpool_limits(args.threads):
        shift = domain_shift(folders, args.threads)
    for table, name in ((studies, "studies"), (shift, "domain_shift")):
        write_text(frame_csv(table), folder / f"{name}.csv")
    pairs = {name: comparisons(results) for name, results in folders.items()}
    write_text(f"{studies_table(studies, pairs)}\n{shift_tables(shift)}", folder / "robustness.md")
    print(folder / "robustness.md")


def run_study(results: Path, simulation: Mapping, cores: str) -> None:
    """Run the reduced study with changes of data.simulation up to its evaluation.

    Raises
    ------
    InputError
        If Snakemake fails, which says why.
    """
    results.mkdir(parents=True, exist_ok=True)
    own = results.with_suffix(".yaml")
    config = {"results": results.as_posix(), "data": {"simulation": dict(simulation)}}
    own.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = ["snakemake", "evaluate", "--cores", cores, "--configfile", CONFIG, str(own)]
    print(" ".join(command), flush=True)
    status = subprocess.run([sys.executable, "-m", *command]).returncode  # noqa: S603  a fixed command
    if status:
        raise InputError(f"{' '.join(command)}: ended with {status}; start again when its problem is solved")


def comparisons(results: Path) -> pd.DataFrame:
    """Return the pairwise comparisons of the networks and baselines of a study; not those of searches."""
    table = read_feather(results / "evaluate/comparisons.feather").to_pandas()
    return table[~table["first"].str.startswith("search_") & ~table["second"].str.startswith("search_")]


def study(name: str, results: Path) -> dict:
    """Return the numbers of a study: AUCs by rank, the first observable of the search, shares of the gap."""
    aucs = read_feather(results / "evaluate/auc.feather").to_pandas().set_index("classifier")["auc"]
    aucs = aucs[~aucs.index.str.startswith("search_")].sort_values(ascending=False)
    first = json.loads((results / f"search/{SEARCH}/pass1/choice.json").read_text(encoding="utf-8"))
    passes = read_feather(results / f"search/{SEARCH}/passes.feather").to_pandas()
    pair = comparisons(results).set_index(["first", "second"])
    sign = 1 if SAME_COLUMNS in pair.index else -1
    of_pair = pair.loc[SAME_COLUMNS[::sign]]
    shares = {
        f"{column}_{place}": passes[column].iloc[min(number, len(passes) - 1)]
        for place, number in (("first", 1), ("last", len(passes) - 1))
        for column in ("gap_closed", "gap_closed_uncertainty")
    }
    return {
        "study": name,
        "ranking": " ".join(aucs.index),
        **{f"auc_{classifier}": aucs[classifier] for classifier in sorted(aucs.index)},
        "first_observable": MISSING if first["stopped"] else first["inputs"][-1],
        **shares,
        "passes": len(passes) - 1,
        "network_minus_trees": sign * of_pair["difference"],
        "network_minus_trees_uncertainty": of_pair["uncertainty_test"],
    }


def turned_pairs(pairs: pd.DataFrame, reference: pd.DataFrame) -> list[tuple[str, str, bool]]:
    """Return the pairs of classifiers that a study orders otherwise than the reference does.

    The third value says whether the difference is significant in both.
    """
    known = reference.set_index(["first", "second"])["z"]
    return [
        (first, second, bool(min(z, known[second, first]) > SIGNIFICANT))
        for first, second, z in pairs[["first", "second", "z"]].itertuples(index=False)
        if (second, first) in known.index
    ]


def domain_shift(folders: Mapping[str, Path], threads: int) -> pd.DataFrame:
    """Return the AUC of the classifiers of every study on the test events of every study.

    `difference` is that to the classifier which is trained like the test events were made, and `paired` its
    uncertainty.
    """
    files = {name: folder / "data/simulation/events.h5" for name, folder in folders.items()}
    names = sorted(path.parent.name for path in next(iter(folders.values())).glob(f"train/*/{RUN}"))
    rows = []
    for classifier in names:
        scores = {}
        for train, folder in folders.items():
            trained = load_classifier(folder / "train" / classifier / RUN)
            scores |= {
                (train, test): score_file(path, trained, threads, ["test"]) for test, path in files.items()
            }
        for (train, test), table in scores.items():
            y, score, own = (
                table["y"].to_numpy(),
                table["score"].to_numpy(),
                scores[test, test]["score"].to_numpy(),
            )
            rows.append(
                {
                    "classifier": classifier,
                    "train": train,
                    "test": test,
                    "auc": auc(y, score),
                    "uncertainty": auc_uncertainty(y, score),
                    "difference": auc(y, score) - auc(y, own),
                    "paired": combination_uncertainty(y, [score, own], [1, -1]),
                }
            )
    return pd.DataFrame(rows)


def studies_table(studies: pd.DataFrame, pairs: Mapping[str, pd.DataFrame]) -> str:
    """Return what survives, as Markdown."""
    reference = next(iter(pairs.values()))
    rows = []
    for row in studies.to_dict("records"):
        turned = [
            f"{first} above {second}{'' if significant else ' (not significant)'}"
            for first, second, significant in turned_pairs(pairs[row["study"]], reference)
        ]
        rows.append(
            [
                row["study"],
                ", ".join(f"{name} {row[f'auc_{name}']:.3f}" for name in row["ranking"].split()),
                ", ".join(turned) or "no pair",
                row["first_observable"],
                *(
                    value(row[f"gap_closed_{place}"], row[f"gap_closed_uncertainty_{place}"], ".2f")
                    for place in ("first", "last")
                ),
                value(row["network_minus_trees"], row["network_minus_trees_uncertainty"]),
            ]
        )
    columns = [
        "Study",
        "Ranking by AUC",
        "Turned round",
        "First observable",
        "Gap closed by it",
        "By all passes",
    ]
    note = (
        f"Turned round: pairs of classifiers that are ordered otherwise than in {studies['study'][0]}; not "
        f"significant: by less than {SIGNIFICANT} standard deviations in one of the two. Gap: between the "
        "networks on HL and on images; a dash where it is below three standard deviations. Uncertainties are "
        f"from the test events. Last column: difference of AUCs of {SAME_COLUMNS[0]} and {SAME_COLUMNS[1]}, "
        "which see the same columns, with its paired uncertainty."
    )
    return markdown_table([*columns, "Network minus trees"], rows, note)


def shift_tables(shift: pd.DataFrame) -> str:
    """Return one table per classifier, trained in the rows, tested in the columns, as Markdown."""
    parts = []
    for classifier, own in shift.groupby("classifier", sort=False):
        tests = list(own["test"].unique())
        rows = [
            [train, *(_shifted(cells.set_index("test").loc[test], train == test) for test in tests)]
            for train, cells in own.groupby("train", sort=False)
        ]
        parts.append(markdown_table([f"{classifier} trained on", *tests], rows, ""))
    note = (
        "AUCs on the test events of the column, with the uncertainty in units of the last digit. Off the "
        "diagonal also the difference to the classifier that was trained on the events of the column, with "
        "its paired uncertainty."
    )
    return "\n".join([*parts, note, ""])


def _shifted(cell: pd.Series, is_own: bool) -> str:
    text = compact(cell["auc"], cell["uncertainty"])
    return text if is_own else f"{text} {cell['difference']:+.4f} ± {cell['paired']:.4f}"


if __name__ == "__main__":
    with clear_errors():
        main()
