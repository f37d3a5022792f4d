"""Print as Markdown how two finished studies of the same events differ: scores, AUCs, ranking, searches.

python tools/compare_studies.py results results/elsewhere
"""

import argparse
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leptonid.errors import InputError, clear_errors
from leptonid.figures.tables import MISSING, markdown_table
from leptonid.metrics.auc import auc, auc_uncertainty, combination_uncertainty
from leptonid.search.passes import read_choice
from leptonid.tables.files import read_json
from leptonid.tables.scores import Scores, read_scores_of_role


@dataclass(frozen=True)
class Difference:
    """How the scores of the test events of a training differ between two studies.

    `largest` and `median` are of the absolute differences; `difference` is that of the second AUC to the
    first, `auc`, `paired` its uncertainty, and `uncertainty` that of the AUC.
    """

    training: str
    largest: float
    median: float
    auc: float
    uncertainty: float
    difference: float
    paired: float


def main(argv: list[str] | None = None) -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", nargs=2, type=Path, help="folders of results")
    print(comparison(*parser.parse_args(argv).results), end="")


def comparison(first: Path, second: Path) -> str:
    """Return the page.

    Raises
    ------
    InputError
        If the studies have no training in common, or other test events.
    """
    common, others = common_trainings(first, second)
    differences = []
    for training in common:
        scores = [
            read_scores_of_role(folder / training / "scores.feather", "test") for folder in (first, second)
        ]
        if not all(map(np.array_equal, scores[0][:3], scores[1][:3])):
            raise InputError(
                f"{second}: its test events are not those of {first}, or have other weights; compare "
                "studies of one file of events"
            )
        differences.append(difference(training, *scores))
    return "\n".join(
        [
            scores_table(differences, others),
            ranking_table(differences),
            searches_table(*map(choices, (first, second))),
        ]
    )


def common_trainings(first: Path, second: Path) -> tuple[list[str], list[str]]:
    """Return the trainings that both have with the same inputs, and those that are not compared."""
    inputs = [dict(trainings(folder)) for folder in (first, second)]
    names = sorted(set(inputs[0]) | set(inputs[1]))
    common = [name for name in names if name in inputs[0] and inputs[0][name] == inputs[1].get(name)]
    if not common:
        raise InputError(f"{second}: has no training in common with {first}; compare folders of results")
    return common, [name for name in names if name not in common]


def trainings(results: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the folders, in the results, of trainings on the splits of the file, with their inputs."""
    for pattern in ("train/*/seed*", "search/*/pass*/seed*"):
        for folder in sorted(results.glob(pattern)):
            if (folder / "scores.feather").exists() and not is_end_of_search(folder):
                metrics = read_json(folder / "metrics.json", "the metrics of a training")
                yield folder.relative_to(results).as_posix(), metrics["inputs"]


def is_end_of_search(folder: Path) -> bool:
    """Return whether a training is of a pass in which a search stopped: it is that of the pass before."""
    path = folder.parent / "choice.json"
    return path.exists() and bool(read_choice(path)["stopped"])


def difference(training: str, first: Scores, second: Scores) -> Difference:
    """Return how the scores of the same events differ."""
    y, weight, scores = first.y, first.weight, [second.score, first.score]
    distance = np.abs(second.score - first.score)
    aucs = [auc(y, score, weight) for score in scores]
    return Difference(
        training,
        float(distance.max()),
        float(np.median(distance)),
        aucs[1],
        auc_uncertainty(y, first.score, weight),
        aucs[0] - aucs[1],
        combination_uncertainty(y, scores, [1, -1], weight),
    )


def scores_table(differences: Sequence[Difference], others: Sequence[str]) -> str:
    """Return the table of scores and AUCs."""
    rows = [
        [
            item.training,
            f"{item.largest:.2g}",
            f"{item.median:.2g}",
            f"{item.auc:.4f} ± {item.uncertainty:.4f}",
            f"{item.difference:+.1e} ± {item.paired:.1e}",
        ]
        for item in differences
    ]
    note = (
        "Test events. Differences of the scores, and of the AUCs (second minus first) with the paired "
        "uncertainty: the scatter that other test events would give."
    )
    if others:
        note += f" Not compared, as one study lacks them or has other inputs: {', '.join(others)}."
    columns = ["Training", "Largest difference", "Median", "AUC", "Difference of AUCs"]
    return markdown_table(columns, rows, note)


def ranking_table(differences: Sequence[Difference]) -> str:
    """Return the table of classifiers of `train`, best mean AUC first, in both studies."""
    aucs: dict[str, list[tuple[float, float]]] = {}
    for item in differences:
        stage, name, *_ = item.training.split("/")
        if stage == "train":
            aucs.setdefault(name, []).append((item.auc, item.auc + item.difference))
    means = {name: np.mean(values, axis=0) for name, values in aucs.items()}
    orders = [sorted(means, key=lambda name, study=study: -means[name][study]) for study in (0, 1)]
    rows = [[str(place), *names] for place, names in enumerate(zip(*orders, strict=True), 1)]
    turned = [
        f"{a} and {b} ({means[a][0] - means[b][0]:.1e} in the first)"
        for a, b in itertools.combinations(orders[0], 2)
        if means[a][1] < means[b][1]
    ]
    note = f"Order by AUC, mean of the seeds. Turned round: {', '.join(turned) or 'no pair'}."
    return markdown_table(["Place", "First", "Second"], rows, note)


def choices(results: Path) -> dict[tuple[str, int], tuple[str, float]]:
    """Return the observable that each pass of each search chose, and its ADO; a dash where one stopped."""
    chosen = {}
    for path in results.glob("search/*/pass*/choice.json"):
        choice = read_choice(path)
        of_pass = path.parts[-3], choice["pass"]
        chosen[of_pass] = (MISSING, math.nan) if choice["stopped"] else (choice["inputs"][-1], choice["ado"])
    return chosen


def searches_table(first: Mapping, second: Mapping) -> str:
    """Return the table of chosen observables, see `choices`, in the passes that both have."""
    rows, same, passes = [], 0, 0
    for search, number in sorted(first.keys() & second.keys()):
        chosen = [study[search, number] for study in (first, second)]
        names = [name for name, _ in chosen]
        if names != [MISSING, MISSING]:
            passes += 1
            same += names[0] == names[1]
        texts = [
            text for name, ado in chosen for text in (name, MISSING if math.isnan(ado) else f"{ado:.4f}")
        ]
        rows.append([f"{search} {number}", *texts])
    note = (
        "Observable that each pass of a search chose, and its ADO; the same in "
        f"{same} of {passes} passes in which either study chose one."
    )
    return markdown_table(["Search and pass", "First", "ADO", "Second", "ADO"], rows, note)


if __name__ == "__main__":
    with clear_errors():
        main()
