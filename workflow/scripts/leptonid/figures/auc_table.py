"""The table of AUCs, with what makes them uncertain and the published ones, as CSV, Markdown and LaTeX."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from leptonid.errors import InputError
from leptonid.figures.feature_sets import by_feature_set, feature_sets
from leptonid.figures.published import SAMPLE, Published
from leptonid.figures.scores import ScoredEvents
from leptonid.figures.tables import MISSING, csv_table, latex_table, markdown_table, or_empty, value

CSV_COLUMNS = (
    *("features", "inputs", "model", "auc", "auc_test", "seeds", "auc_seeds"),
    *("shuffles", "shuffles_mean", "shuffles_deviation", "folds", "folds_mean", "folds_deviation"),
    *("restarts", "dead", "test_events", "sample"),
    *("published_auc", "published_uncertainty", "published_source", "published_sample"),
)

DEAD = "\N{DAGGER}"

# Kinds of runs on other splits, and what they are called.
REPETITIONS = {"shuffle": "Random splits", "fold": "Folds"}


@dataclass(frozen=True)
class Training:
    """What metrics.json says of a training: its AUC on its test events, and whether it has learnt anything.

    `kind` is seed, shuffle or fold; `restarts` counts the trainings thrown away before it.
    """

    kind: str
    model: str
    auc: float
    restarts: int
    dead: bool


@dataclass(frozen=True)
class Scatter:
    """The AUCs of `number` trainings: mean and standard deviation, NaN where there are too few."""

    number: int
    mean: float
    deviation: float


@dataclass(frozen=True)
class Row:
    """One classifier.

    Parameters
    ----------
    auc, uncertainty : mean of the seeds, and its error from the finite test sample (DeLong).
    scatter : of each kind of run, `seed` and those of `REPETITIONS`.
    dead : number of trainings that have learnt nothing, of each kind.
    restarts : trainings thrown away as they had learnt nothing, of all kinds.
    """

    features: str
    inputs: str
    model: str
    auc: float
    uncertainty: float
    scatter: Mapping[str, Scatter]
    dead: Mapping[str, int]
    restarts: int
    test_events: int
    published: Published | None


def read_trainings(names: Sequence[str], paths: Sequence[str]) -> dict[str, list[Training]]:
    """Read the metrics.json of trainings, given their names such as hl/seed0, by classifier.

    Raises
    ------
    InputError
        If names and files do not pair up, or a file is damaged or lacks something.
    """
    features = [name.partition("/")[0] for name in names]
    kinds = [name.partition("/")[2].rstrip("0123456789") for name in names]
    return {
        name: [_read_training(*each) for each in pairs]
        for name, pairs in by_feature_set(features, list(zip(kinds, paths, strict=False))).items()
    }


def auc_rows(
    scored: Mapping[str, ScoredEvents],
    trainings: Mapping[str, Sequence[Training]],
    published: Mapping[str, Published],
) -> list[Row]:
    """Return one row per classifier, best AUC first; `trainings` are those of seeds and repetitions.

    Raises
    ------
    InputError
        If a classifier has not as many trainings with seeds as it has scores.
    """
    rows = []
    for name, feature_set in feature_sets(scored).items():
        by_kind = {
            kind: [each for each in trainings.get(name, []) if each.kind == kind]
            for kind in ("seed", *REPETITIONS)
        }
        aucs = scored[name].aucs()
        if len(by_kind["seed"]) != len(aucs):
            raise InputError(
                f"{name}: needs the metrics of each of its {len(aucs)} seeds, found {len(by_kind['seed'])}"
            )
        scatter = {kind: _scatter([each.auc for each in some]) for kind, some in by_kind.items()}
        rows.append(
            Row(
                features=name,
                inputs=feature_set.title,
                model=by_kind["seed"][0].model,
                auc=float(aucs.mean()),
                uncertainty=scored[name].auc_uncertainty(),
                scatter={**scatter, "seed": _scatter(aucs)},
                dead={kind: sum(each.dead for each in some) for kind, some in by_kind.items()},
                restarts=sum(each.restarts for some in by_kind.values() for each in some),
                test_events=len(scored[name].y),
                published=published.get(name),
            )
        )
    return sorted(rows, key=lambda row: row.auc, reverse=True)


def to_csv(rows: Sequence[Row], label: str) -> str:
    """Return the table as CSV; what is missing is empty."""
    lines = []
    for row in rows:
        seeds, *repetitions = (row.scatter[kind] for kind in ("seed", *REPETITIONS))
        line = [row.features, row.inputs, row.model, f"{row.auc:.6f}", or_empty(row.uncertainty)]
        line += [seeds.number, or_empty(seeds.deviation)]
        for number, mean, deviation in map(astuple, repetitions):
            line += [number, or_empty(mean), or_empty(deviation)]
        line += [row.restarts, sum(row.dead.values()), row.test_events, label]
        if row.published:
            line += [f"{row.published.auc:g}", or_empty(row.published.uncertainty, "g")]
            line += [row.published.source, SAMPLE]
        lines.append(line + [""] * (len(CSV_COLUMNS) - len(line)))
    return csv_table(CSV_COLUMNS, lines)


def to_markdown(rows: Sequence[Row], label: str) -> str:
    """Return the table as Markdown; what is missing is a dash."""
    return markdown_table(*_table(rows, label))


def to_latex(rows: Sequence[Row], label: str) -> str:
    """Return the table as a LaTeX document, columns that are too many below; what is missing is a dash."""
    return latex_table(*_table(rows, label), width=4)


def _read_training(kind: str, path: str) -> Training:
    try:
        with open(path, encoding="utf-8") as file:
            metrics = json.load(file)
        return Training(kind, metrics["model"], metrics["auc"]["test"], metrics["restarts"], metrics["dead"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as the metrics of a training ({error!r})") from error


def _scatter(aucs: Sequence[float] | np.ndarray) -> Scatter:
    return Scatter(
        len(aucs),
        float(np.mean(aucs)) if len(aucs) else math.nan,
        float(np.std(aucs, ddof=1)) if len(aucs) > 1 else math.nan,
    )


def _table(rows: Sequence[Row], label: str) -> tuple[list[str], list[tuple[str, ...]], str]:
    """Return the titles of the columns, the cells and the note; only the columns that have something."""
    sources = list(dict.fromkeys(row.published.source for row in rows if row.published))
    columns = {
        "Classifier": [row.features for row in rows],
        "Inputs": [row.inputs for row in rows],
        "AUC ± test sample": [value(row.auc, row.uncertainty) for row in rows],
        "Seeds: s.d. (n)": [_scatter_cell(row, "seed") for row in rows],
    }
    if sources:
        columns["Published AUC"] = [_published_cell(row.published, sources) for row in rows]
    repetitions = [kind for kind in REPETITIONS if any(row.scatter[kind].number for row in rows)]
    for kind in repetitions:
        columns[f"{REPETITIONS[kind]}: mean ± s.d. (n)"] = [_scatter_cell(row, kind) for row in rows]
    notes = [
        f"AUC of {rows[0].test_events} test events; their source: {label}. ± test sample: the uncertainty "
        "from the finite number of test events (DeLong et al. 1988). Seeds: the standard deviation (s.d.) "
        "between n trainings with different seeds on the same events; the AUC is their mean."
    ]
    if repetitions:
        notes.append(
            "Random splits and folds: n trainings on other splits of all events, each tested on what it held "
            "out; the standard deviation between them holds the scatter of the training, of the training "
            "events and of the test events."
        )
    notes += _accidents(rows)
    if sources:
        numbered = "; ".join(f"[{number}] {source}" for number, source in enumerate(sources, 1))
        notes.append(
            f"Published AUCs were measured on other events than these, those of {SAMPLE}, unless that is the "
            f"source just named: {numbered}."
        )
    return list(columns), list(zip(*columns.values(), strict=True)), " ".join(notes)


def _scatter_cell(row: Row, kind: str) -> str:
    number, mean, deviation = astuple(row.scatter[kind])
    if not number:
        return MISSING
    text = or_empty(deviation, ".4f") or MISSING if kind == "seed" else value(mean, deviation)
    return f"{text} ({number})" + (f" {DEAD}" if row.dead[kind] else "")


def _published_cell(published: Published | None, sources: Sequence[str]) -> str:
    if not published:
        return MISSING
    return f"{published} [{sources.index(published.source) + 1}]"


def _accidents(rows: Sequence[Row]) -> list[str]:
    """Say which trainings have learnt nothing, kept and thrown away."""
    notes = []
    dead = [
        f"{row.features} {sum(row.dead.values())} of {sum(each.number for each in row.scatter.values())}"
        for row in rows
        if any(row.dead.values())
    ]
    if dead:
        notes.append(
            f"{DEAD} Among them are trainings that have learnt nothing, with a validation AUC within three "
            f"standard errors of 1/2: {', '.join(dead)}."
        )
    restarts = [f"{row.features} {row.restarts}" for row in rows if row.restarts]
    if restarts:
        notes.append(
            f"Trainings thrown away, as they had learnt nothing, and started again: {', '.join(restarts)}."
        )
    return notes
