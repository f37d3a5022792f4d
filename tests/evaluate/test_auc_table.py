"""The table of AUCs."""

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.evaluate.auc_table import (
    BOOTSTRAP,
    COLUMNS,
    FOLD,
    SEED,
    SHUFFLE,
    Training,
    auc_table,
    read_training,
)
from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.metrics.scored_events import read_test_scores


@pytest.fixture
def scored(write):
    names = ["hl", "et", "et", "mine", "mass"]
    aucs = [0.94, 0.97, 0.97, 0.85, 0.78]
    paths = [write.scores(f"{i}.feather", auc=value, seed=i) for i, value in enumerate(aucs)]
    return read_test_scores(names, paths)


def training(kind=SEED, auc=0.9, model="network", restarts=0, dead=False):
    return Training(kind, model, auc, restarts, dead)


@pytest.fixture
def table(scored):
    """Two seeds of et, one after restarts; splits and folds of hl, one fold dead."""
    trainings = {
        "hl": [
            training(),
            *(training(SHUFFLE, value) for value in (0.95, 0.93)),
            *(training(FOLD, *fold) for fold in ((0.5, "network", 0, True), (0.94,), (0.96, "network", 1))),
        ],
        "et": [training(restarts=2), training()],
        "mine": [training(model="trees")],
        "mass": [training(), *(training(BOOTSTRAP, value / 1000) for value in range(700, 801))],
    }
    return auc_table(scored, trainings).set_index("classifier")


def test_rows_are_ordered_by_auc(table):
    assert list(table.index) == ["et", "hl", "mine", "mass"]
    assert list(table.columns) == list(COLUMNS)[1:]
    assert list(table["model"]) == ["network", "network", "trees", "network"]


def test_one_seed_has_no_standard_deviation(scored, table):
    row = table.loc["hl"]
    y, score = scored["hl"].y, scored["hl"].scores[0]
    assert (row["auc"], row["auc_test"]) == (auc(y, score), pytest.approx(auc_uncertainty(y, score)))
    assert (row["seeds"], row["test_events"]) == (1, 400)
    assert np.isnan(row["auc_seeds"])


def test_several_seeds_have_mean_and_standard_deviation(scored, table):
    aucs = [auc(scored["et"].y, score) for score in scored["et"].scores]
    assert table.loc["et", "auc"] == pytest.approx(np.mean(aucs))
    assert table.loc["et", "auc_seeds"] == pytest.approx(abs(aucs[0] - aucs[1]) / np.sqrt(2))
    assert table.loc["et", "seeds"] == 2


def test_shuffles_and_folds_have_their_own_mean_and_standard_deviation(table):
    hl, mass = table.loc["hl"], table.loc["mass"]
    assert (hl["shuffles"], hl["shuffles_mean"]) == (2, pytest.approx(0.94))
    assert hl["shuffles_deviation"] == pytest.approx(0.02 / np.sqrt(2))
    assert (hl["folds"], hl["folds_mean"]) == (3, pytest.approx(0.8))
    assert hl["folds_deviation"] == pytest.approx(np.std([0.5, 0.94, 0.96], ddof=1))
    assert mass["shuffles"] == mass["folds"] == 0
    assert np.isnan([mass["shuffles_mean"], mass["folds_mean"]]).all()


def test_bootstraps_have_an_interval_of_95_percent(table):
    names = ["bootstraps", "bootstraps_mean", "bootstraps_low", "bootstraps_high"]
    assert table.loc["mass", names].tolist() == pytest.approx([101, 0.75, 0.7025, 0.7975])
    assert table.loc["hl", "bootstraps"] == 0
    assert table.loc["hl", names[1:]].isna().all()


def test_dead_trainings_and_restarts_are_counted(table):
    assert table["restarts"].to_dict() == {"et": 2, "hl": 1, "mine": 0, "mass": 0}
    dead = table[["dead_seeds", "dead_shuffles", "dead_folds", "dead_bootstraps"]]
    assert dead.loc["hl"].tolist() == [0, 0, 1, 0]
    assert dead.drop(index="hl").to_numpy().sum() == 0


def test_metrics_are_read_from_the_events_that_were_held_out(write):
    path = write.metrics("metrics.json", auc=0.8, restarts=3, dead=True, model="trees")
    assert read_training(FOLD, path) == Training(FOLD, "trees", 0.8, 3, True)


@pytest.mark.parametrize("text", ["", "{}", '{"auc": 0.9}', "[1]"])
def test_unusable_metrics_are_refused(tmp_path, text):
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"metrics\.json"):
        read_training(SEED, str(path))


def test_missing_metrics_of_a_seed_are_refused(scored):
    trainings = {name: [training()] for name in scored}
    with pytest.raises(InputError, match="et: needs the metrics of each of its 2 seeds, found 1"):
        auc_table(scored, trainings)
