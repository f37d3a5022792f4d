"""The search for a network: what is drawn, what is pruned, that no kill and no job beside loses a trial."""

import gc
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import optuna
import pandas as pd
import pytest
import yaml
from optuna.trial import TrialState
from snakemake.utils import update_config

import conclude_tuning
import tune_network
from configuration import check_config
from leptonid.errors import DivergenceError, InputError
from leptonid.train.inputs import Sample
from leptonid.train.objective import validation_auc
from leptonid.train.tuning import (
    COLUMNS,
    best_trial,
    open_study,
    parameter_table,
    run_trials,
    search_space,
    trial_table,
)
from synthetic import write_synthetic_events

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "workflow/scripts"
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
TUNING = DEFAULT["train"]["tuning"]
FLAT = search_space(TUNING["flat"])
TRAINING = {
    "epochs": 3, "batch": 32, "patience": 3, "learning_rate_factor": 0.3, "learning_rate_patience": 1,
    "weights": True, "image_scaling": "log", "initialisation": "glorot_uniform", "precision": "float32",
    "seed": 0,
}  # fmt: skip
NETWORK = {"dense": 2, "units": 8, "dropout": 0.1, "learning_rate": 0.01}

# A job of a search that needs no network; it dies, as if for its memory, in the trial that `argv` names.
JOB = """
import os, signal, sys
from leptonid.train.tuning import open_study, run_trials, search_space, trial_table
journal, job, count, dies = sys.argv[1], *map(int, sys.argv[2:])
space = search_space({"units": [1, 200], "learning_rate": [1e-4, 1e-2]})
calls = 0
def objective(trial):
    global calls
    calls += 1
    if calls == dies:
        os.kill(os.getpid(), signal.SIGKILL)
    return trial.params["learning_rate"]
study = open_study(journal, "name", epochs=4)
run_trials(study, space, job, count, seed=0, objective=objective)
trial_table(study, space, job).to_csv(sys.stdout, index=False)
"""


def job(journal, number=0, count=5, dies=0):
    """Start a job."""
    return subprocess.Popen(
        [sys.executable, "-c", JOB, str(journal), *map(str, (number, count, dies))],
        env={"PYTHONPATH": str(PROGRAMS)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def study(tmp_path):
    return open_study(tmp_path / "tuning/journal.log", "name", epochs=4)


def sample(events, seed, images=False, shift=1.5):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, events)
    x = {"flat": rng.normal(0, 1, (events, 2)) + shift * y[:, None]}
    if images:
        x = {"et": rng.random((events, 8, 8, 1), dtype=np.float32)}
    return Sample(np.arange(events), np.full(events, "train"), y, np.ones(events), x)


def trial_of(prune_at=None, **params):
    """Return a trial that says when it is to be pruned."""
    trial = SimpleNamespace(params={**NETWORK, **params}, reports=[], user_attrs={})
    trial.report = lambda value, step: trial.reports.append((step, value))
    trial.should_prune = lambda: trial.reports[-1][0] == prune_at
    trial.set_user_attr = trial.user_attrs.__setitem__
    return trial


def score(trial, images=False, shift=1.5, **settings):
    training, valid = sample(300, 1, images), sample(200, 2, images, shift)
    return validation_auc(trial, training, valid, {**TRAINING, **settings}, "float32")


@pytest.mark.parametrize("kind", ["flat", "images"])
def test_draws_keep_to_the_published_ranges_with_their_ends(kind):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = search_space(TUNING[kind])
    draws = pd.DataFrame([study.ask(space).params for _ in range(1000)])
    assert set(draws) == set(TUNING[kind])
    for name, (low, high) in TUNING[kind].items():
        assert low <= draws[name].min() <= draws[name].max() <= high
        if name in ("blocks", "dense"):
            assert set(draws[name]) == set(range(low, high + 1))


def test_learning_rates_are_uniform_in_their_logarithm():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    rates = np.log10([study.ask(FLAT).params["learning_rate"] for _ in range(1000)])
    counts, _ = np.histogram(rates, bins=4, range=(-4, -2))
    assert (abs(counts - 250) < 60).all()


def test_the_search_comes_closer_than_random_draws(study):
    run_trials(study, FLAT, 0, 60, 0, lambda trial: -abs(np.log10(trial.params["learning_rate"] / 2e-3)))
    distance = -trial_table(study, FLAT, 0)["auc"]
    assert distance[-20:].median() < 0.3 * distance[:10].median()


def test_the_same_seed_draws_the_same_and_each_job_its_own(tmp_path):
    def drawn(name, seed, job):
        study = open_study(tmp_path / "journal.log", name, epochs=4)
        run_trials(study, FLAT, job, 15, seed, lambda trial: trial.params["units"])
        return trial_table(study, FLAT, job)["learning_rate"].tolist()

    first = drawn("first", 0, 0)
    assert drawn("second", 0, 0) == first
    assert not set(drawn("third", 1, 0)) & set(first)
    assert not set(drawn("fourth", 0, 1)) & set(first)


def test_a_trial_worse_than_the_median_is_pruned_after_a_quarter_of_the_epochs(study):
    values = iter([1.0] * 6 + [-1.0])

    def objective(trial):
        value = next(values)
        for epoch in range(4):
            trial.report(value, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    run_trials(study, FLAT, 0, 7, 0, objective)
    table = trial_table(study, FLAT, 0)
    assert table["state"].tolist() == ["complete"] * 6 + ["pruned"]
    assert table["epochs"].tolist() == [4] * 6 + [2]


def test_a_trial_that_diverges_is_one_of_the_trials_and_not_the_end(study, caplog):
    def objective(trial):
        if trial.number == 1:
            raise DivergenceError("epoch 2: loss is nan")
        return 0.5

    with caplog.at_level("INFO"):
        run_trials(study, FLAT, 0, 3, 0, objective)
    table = trial_table(study, FLAT, 0)
    assert table["state"].tolist() == ["complete", "diverged", "complete"]
    assert "trial 1: diverged: epoch 2: loss is nan" in caplog.messages


def test_after_a_kill_the_rest_is_done_with_another_network_in_place_of_the_one_cut_off(tmp_path):
    journal = tmp_path / "journal.log"
    assert job(journal, count=5, dies=3).wait() == -signal.SIGKILL
    assert job(journal, count=5, dies=2).wait() == -signal.SIGKILL
    last = job(journal, count=5)
    table = pd.read_csv(last.stdout)
    assert table["number"].tolist() == [0, 1, 3, 5, 6]
    study = open_study(journal, "name", epochs=4)
    assert [trial.number for trial in study.get_trials(states=(TrialState.FAIL,))] == [2, 4]
    assert not study.get_trials(states=(TrialState.RUNNING,))
    assert len({trial.params["learning_rate"] for trial in study.trials}) == 7
    # What is finished is not begun again.
    assert pd.read_csv(job(journal, count=5).stdout).equals(table)
    assert len(open_study(journal, "name", epochs=4).trials) == 7


def test_jobs_at_once_share_a_study_and_lose_no_trial(tmp_path):
    journal = tmp_path / "journal.log"
    jobs = [job(journal, number, count=20) for number in range(2)]
    tables = [pd.read_csv(each.stdout) for each in jobs]
    assert [each.wait() for each in jobs] == [0, 0]
    assert [len(table) for table in tables] == [20, 20]
    assert sorted(pd.concat(tables)["number"]) == list(range(40))


def test_a_line_that_a_dying_machine_left_unfinished_is_cut_off(tmp_path):
    journal = tmp_path / "journal.log"
    job(journal, count=3).wait()
    journal.write_bytes(journal.read_bytes()[:-20])
    assert len(pd.read_csv(job(journal, count=3).stdout)) == 3
    assert len(pd.read_csv(job(journal, count=4).stdout)) == 4


def test_a_damaged_journal_is_named(tmp_path):
    journal = tmp_path / "journal.log"
    job(journal, count=3).wait()
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:4], b"garbage\n", *lines[4:]]))
    with pytest.raises(InputError, match=r"journal\.log: damaged .* delete it"):
        open_study(journal, "name", epochs=4)


def test_the_objective_is_the_auc_of_the_best_epoch_on_the_validation_events():
    trial = trial_of()
    value = score(trial)
    assert value > 0.9
    assert [step for step, _ in trial.reports] == [0, 1, 2]
    assert all(report < 0 for _, report in trial.reports)
    assert 0 < trial.user_attrs["auc_uncertainty"] < 0.05
    assert score(trial_of()) == value


def test_the_objective_is_that_of_the_network_that_is_kept():
    """Labels of the validation events that contradict the training make every epoch worse than the first."""
    trial = trial_of()
    value = score(trial, epochs=3, shift=-1.5)
    assert max(trial.reports, key=lambda report: report[1])[0] == 0
    assert value == score(trial_of(), epochs=1, shift=-1.5)


def test_a_pruned_training_ends_there_and_tells_the_auc_it_had():
    trial = trial_of(prune_at=1)
    with pytest.raises(optuna.TrialPruned):
        score(trial)
    assert len(trial.reports) == 2
    assert 0.5 < trial.user_attrs["auc"] <= 1


def test_a_training_at_its_last_epoch_is_not_pruned():
    assert score(trial_of(prune_at=2)) > 0.9


def test_a_loss_that_is_no_number_is_told():
    with pytest.raises(DivergenceError):
        score(trial_of(learning_rate=1e30, dense=3))


def test_images_are_tuned_too():
    assert 0 < score(trial_of(blocks=1, filters=2), images=True) < 1


def test_the_memory_of_earlier_networks_is_let_go():
    from tensorflow.python.framework.func_graph import FuncGraph

    def graphs():
        gc.collect()
        return sum(issubclass(type(item), FuncGraph) for item in gc.get_objects())

    counts = []
    for _ in range(3):
        score(trial_of(), epochs=1)
        counts.append(graphs())
    assert counts[2] <= counts[1]


def table(states, aucs, **columns):
    """Write down a table of trials."""
    count = len(states)
    rng = np.random.default_rng(0)
    made = {
        "number": range(count), "job": 0, "state": states, "auc": aucs, "auc_uncertainty": 0.004, "epochs": 3,
        "dense": rng.integers(1, 9, count), "units": rng.integers(1, 201, count),
        "dropout": rng.uniform(0, 0.5, count), "learning_rate": 10 ** rng.uniform(-4, -2, count),
        **columns,
    }  # fmt: skip
    return pd.DataFrame(made)


def test_the_best_has_the_largest_auc_of_those_that_came_to_their_end():
    trials = table(["complete", "pruned", "complete", "diverged"], [0.8, 0.99, 0.9, None])
    assert best_trial(trials)["number"] == 2


def conclude(folder, jobs, ranges=TUNING["flat"]):
    for number, trials in enumerate(jobs):
        trials.to_csv(folder / f"{number}.csv", index=False)
    conclude_tuning.main(
        [
            *("--features", "hl", "--settings", json.dumps({"ranges": ranges})),
            *("--trials", *(str(folder / f"{number}.csv") for number in range(len(jobs)))),
            *("--best", str(folder / "best.yaml"), "--all-trials", str(folder / "trials.csv")),
            *("--parameters", str(folder / "parameters.csv")),
        ]
    )
    return yaml.safe_load((folder / "best.yaml").read_text())


def test_the_tables_of_all_jobs_become_one_and_the_best_network_an_overlay(tmp_path):
    aucs = np.linspace(0.7, 0.9, 40)
    trials = table(["complete"] * 40, aucs, learning_rate=np.linspace(1e-4, 1e-5, 40))
    ranges = {**TUNING["flat"], "learning_rate": [1e-6, 1e-2]}
    overlay = conclude(tmp_path, [trials[1::2], trials[::2], trials[:0]], ranges)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "trials.csv"), trials, check_dtype=False, rtol=0)
    best = trials.iloc[-1]
    network = overlay["train"]["features"]["hl"]
    assert network == {name: best[name] for name in ("dense", "units", "dropout", "learning_rate")}
    # A learning rate of 1e-05 must not become a text.
    assert [type(value) for value in network.values()] == [int, int, float, float]
    assert list(overlay) == ["train"]
    assert list(overlay["train"]["features"]) == ["hl"]


@pytest.mark.parametrize(("features", "kind"), [("hl", "flat"), ("et_and_ht", "images")])
def test_every_network_of_the_ranges_is_valid_in_the_config(features, kind):
    for end in (0, 1):
        config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
        network = {name: ends[end] for name, ends in TUNING[kind].items()}
        update_config(config, {"train": {"features": {features: network}}})
        check_config(config)


def test_importances_tell_what_matters_where_trials_are_many(tmp_path):
    trials = table(["complete"] * 60, 0.0)
    trials["auc"] = -abs(np.log10(trials["learning_rate"]) + 3)
    conclude(tmp_path, [trials])
    shares = pd.read_csv(tmp_path / "parameters.csv").set_index("parameter")["importance"]
    assert list(shares.index) == list(FLAT)
    assert shares.sum() == pytest.approx(1)
    assert shares.idxmax() == "learning_rate"
    assert parameter_table(trials[:10], FLAT)["importance"].isna().all()


def test_a_search_in_which_nothing_came_to_its_end_is_told(tmp_path):
    with pytest.raises(InputError, match=r"no trial came to its end \(diverged 2, pruned 1\)"):
        conclude(tmp_path, [table(["diverged", "pruned", "diverged"], None)])
    assert not (tmp_path / "best.yaml").exists()


def test_tables_of_two_studies_are_refused(tmp_path):
    trials = table(["complete"] * 3, 0.9)
    with pytest.raises(InputError, match="more than one study"):
        conclude(tmp_path, [trials, trials])


@pytest.fixture
def events(tmp_path):
    """Tables of events, the test events' not among them."""
    file = tmp_path / "events.h5"
    write_synthetic_events(file, train=120, valid=120, test=24)
    for split in ("train", "valid"):
        arguments = ["--events", file, "--split", split, "--output", tmp_path / f"{split}.feather"]
        subprocess.run([sys.executable, PROGRAMS / "split_events.py", *arguments], check=True)
    return [tmp_path / "train.feather", tmp_path / "valid.feather"]


@pytest.fixture
def tune(events, tmp_path, monkeypatch):
    """Return what runs a job of a search and reads its table."""
    # TensorFlow, which other tests have begun to use, does not change its threads any more.
    monkeypatch.setattr(tune_network, "use_threads", lambda threads: None)

    def run(number, **settings):
        settings = {
            **TRAINING,
            "inputs": ["hl"],
            "ranges": TUNING["flat"],
            "jobs": 2,
            "epochs": 1,
            **settings,
        }
        path = tmp_path / f"tuning/hl/{number}.csv"
        arguments = ["--events", *map(str, events), "--job", str(number), "--trials", str(path)]
        tune_network.main([*arguments, "--settings", json.dumps(settings)])
        return pd.read_csv(path)

    return run


def test_jobs_do_their_shares_more_trials_continue_and_another_config_begins_anew(tune):
    first = tune(0, trials=3)
    second = tune(1, trials=3)
    assert list(first.columns) == [*COLUMNS, "dense", "units", "dropout", "learning_rate"]
    assert [first["number"].tolist(), second["number"].tolist()] == [[0, 1], [2]]
    more = tune(1, trials=5)
    assert more["number"].tolist() == [2, 3]
    assert more.iloc[:1].equals(second)
    assert tune(1, trials=3).equals(second)
    other = tune(0, trials=1, seed=1)
    assert other["number"].tolist() == [0]
    assert other["learning_rate"][0] != first["learning_rate"][0]
