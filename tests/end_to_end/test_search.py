"""The guided search in a tiny study: what it leaves, and that it goes on where it was left."""

import json
import os
import shutil
import signal
import time

import pandas as pd
import pytest

from leptonid.tables.feather import read_feather
from same_results import assert_same_results

SEEDS = {"hl": [0], "greedy": [0, 1]}


def test_a_search_leaves_what_its_page_says(finished):
    results = finished.folder / "results"
    for search, first in (("hl", 0), ("greedy", 1)):
        folder = results / "search" / search
        passes = pd.read_csv(folder / "passes.csv")
        assert list(passes["pass"]) == list(range(first, first + len(passes)))
        assert set(passes["sample"]) == {"random test events"}
        added = passes[passes["pass"] > 0]
        # Variables of the events have no calorimeter.
        chosen = [
            f"{row.calorimeter}/{row.observable}" if isinstance(row.calorimeter, str) else row.observable
            for row in added.itertuples()
        ]
        events = read_feather(folder / "events.feather")
        misordered = [f"misordered_{number}" for number in range(1, len(chosen) + 1)]
        assert events.column_names == ["event", "y", "weight", *chosen, *misordered]
        for number, inputs in enumerate(chosen, 1):
            choice = json.loads((folder / f"pass{number}/choice.json").read_text())
            assert choice["inputs"][-1] == inputs
            for seed in SEEDS[search]:
                metrics = json.loads((folder / f"pass{number}/seed{seed}/metrics.json").read_text())
                assert (metrics["inputs"][-1], metrics["seed"]) == (inputs, seed)
        assert added["auc_seeds"].notna().all() == (len(SEEDS[search]) > 1)
        assert "random test events" in (results / f"tables/search_{search}.md").read_text()
        drawn = r"\includegraphics" in (results / f"tables/search_{search}.tex").read_text()
        assert drawn == added["n"].notna().any()
        for figure in ("search", "search_table", "search_observables", "search_correlations"):
            assert (results / f"figures/{figure}_{search}.pdf").stat().st_size > 1000
    assert len(chosen) == 1


@pytest.mark.slow
def test_a_longer_search_goes_on_from_the_shorter(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    folder = study.folder / "results/search/hl"
    before = {path: path.stat().st_mtime_ns for path in folder.glob("pass*/**/*") if path.is_file()}
    config = study.config
    config["search"]["searches"]["hl"] = {"passes": 3}
    study.configure(config)
    study.run("search")
    assert (folder / "pass3/choice.json").exists()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    inputs = json.loads((folder / "pass3/choice.json").read_text())["inputs"]
    assert len(set(inputs)) == len(inputs)


@pytest.mark.slow
def test_a_search_that_is_killed_goes_on_and_ends_with_the_same_results(finished, tmp_path):
    """SIGKILL to the whole process group, twice: when a file of a pass appears."""
    study = finished.copy(tmp_path / "study")
    folder = study.folder / "results/search/hl"
    for path in folder.glob("pass[0-9]*"):
        shutil.rmtree(path)
    for moment in ("pass1/choice.json", "pass2/candidates"):
        process = study.start("--cores", "2", "search")
        while not (folder / moment).exists():
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    study.run("search")
    assert_same_results(finished.folder / "results/search", study.folder / "results/search")
