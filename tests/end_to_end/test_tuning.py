"""A search for a network, run by the workflow."""

import pandas as pd
import pytest
import yaml

from tiny_study import TINY


@pytest.mark.slow
def test_a_search_gives_its_files_and_is_continued_where_it_was_left(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    tuning = {"features": ["et_and_ht"], "trials": 3, "jobs": 2, "epochs": 1}
    small = {"blocks": [1, 2], "filters": [1, 2], "dense": [1, 2], "units": [2, 4]}
    study.configure({**TINY, "train": {**TINY["train"], "tuning": {**tuning, "images": small}}})
    study.run("tune")
    folder = study.folder / "results/train/tuning/et_and_ht"
    trials = pd.read_csv(folder / "trials.csv")
    assert sorted(trials["number"]) == [0, 1, 2]
    assert sorted(trials["job"]) == [0, 0, 1]
    network = yaml.safe_load((folder / "best.yaml").read_text())["train"]["features"]["et_and_ht"]
    best = trials.loc[trials["auc"].idxmax()]
    assert network == {name: best[name] for name in trials.columns[-6:]}
    for suffix in ("pdf", "png"):
        assert (study.folder / f"results/figures/tuning_et_and_ht.{suffix}").stat().st_size > 10000

    assert not set(study.jobs("tune"))
    # The journal is all that counts: nothing is trained again.
    for path in folder.iterdir():
        if path.name != "journal.log":
            path.unlink()
    study.run("tune")
    assert pd.read_csv(folder / "trials.csv").equals(trials)
