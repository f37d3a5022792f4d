"""How AUC and efficiencies move when events change."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from evaluate import evaluate_variations
from leptonid.errors import InputError
from leptonid.evaluate.variations import COLUMNS, variations_table
from leptonid.metrics.auc import auc
from leptonid.metrics.scored_events import read_scores
from leptonid.metrics.working_points import EFFICIENCIES
from leptonid.tables.feather import read_feather, write_feather
from random_scores import labels


@pytest.fixture
def varied(write, tmp_path):
    """Return scores of a training, and a table with its test events and those of one change."""

    def made(weight=None, seed=0, name="hl"):
        weight = np.ones(1200) if weight is None else weight
        path = write.scores(f"{name}.feather", seed=seed, weight=weight)
        rows = read_feather(path).to_pandas().query("split == 'test'")
        changed = np.clip(rows["score"] + np.random.default_rng(seed).normal(-0.02, 0.05, 400), 0, 1)
        columns = {"event": rows["event"], "y": rows["y"], "weight": rows["weight"], "score": rows["score"]}
        own = tmp_path / f"{name}_variations.feather"
        write_feather(pa.table({**columns, "score_down": changed}), own)
        return path, own

    return made


def table_of(paths):
    scores, variations = paths
    return variations_table(
        "hl", variations, ["down"], read_scores(["hl"], [scores], "valid")["hl"], ["mass"]
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_differences_are_to_the_same_events_as_they_are(varied, weighted):
    paths = varied(np.random.default_rng(0).exponential(size=1200) if weighted else None)
    table = table_of(paths)
    events = pd.read_feather(paths[1])
    assert list(table) == list(COLUMNS)
    assert table["working_point"].tolist() == EFFICIENCIES.tolist()
    assert set(table["unchanged"]) == {"mass"}
    y, weight = events["y"].to_numpy(), events["weight"].to_numpy()
    before, after = (auc(y, events[name], weight) for name in ("score", "score_down"))
    assert table["auc"][0] == pytest.approx(after)
    assert table["auc_difference"][0] == pytest.approx(after - before)
    for row in table.itertuples():
        for value, name in ((1, "signal"), (0, "background")):
            own = events[events["y"] == value]
            shares = [
                own["weight"][own[column] >= row.threshold].sum() / own["weight"].sum()
                for column in ("score_down", "score")
            ]
            assert getattr(row, f"{name}_efficiency") == pytest.approx(shares[0])
            assert getattr(row, f"{name}_efficiency_difference") == pytest.approx(shares[0] - shares[1])


def test_uncertainties_are_the_scatter_of_samples(varied):
    tables = [table_of(varied(seed=seed)) for seed in range(60)]
    for name in ("auc", "signal_efficiency", "background_efficiency"):
        place = 2
        differences, errors = (
            [table[f"{name}_difference{suffix}"][place] for table in tables] for suffix in ("", "_test")
        )
        # Thresholds of the validation events scatter too, and hardly move a difference.
        assert np.median(errors) == pytest.approx(np.std(differences, ddof=1), rel=0.35), name


def test_a_change_that_gives_no_score_is_refused(varied):
    scores, variations = varied()
    table = read_feather(variations).to_pandas()
    table.loc[0, "score_down"] = np.nan
    write_feather(pa.Table.from_pandas(table, preserve_index=False), variations)
    with pytest.raises(InputError, match=r"hl_variations\.feather: down: 1 events have no score"):
        table_of((scores, variations))


def test_the_program_has_all_classifiers_and_the_weighting_of_the_test_events(varied, tmp_path):
    weight = np.random.default_rng(0).exponential(size=1200)
    files = [varied(weight, seed, name) for seed, name in enumerate(("et", "ht"))]
    settings = {"classifiers": [["et", []], ["ht", ["hl"]]], "changes": ["down"], "negative_weights": "drop"}
    options = ["--scores", *(scores for scores, _ in files)]
    options += ["--variations", *(str(own) for _, own in files), "--output", str(tmp_path / "out.feather")]
    evaluate_variations.main([*options, "--settings", json.dumps(settings)])
    table = pd.read_feather(tmp_path / "out.feather")
    assert table.groupby("classifier")["unchanged"].first().to_dict() == {"et": "", "ht": "hl"}
    own = weight[800:][labels(400)[1] == 1]
    assert table["effective_signal"][0] == pytest.approx(own.sum() ** 2 / (own**2).sum())
    assert table["weighted"].all()
