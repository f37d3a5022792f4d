"""Tuning: hyperparameters, pruning, and that neither kills nor other jobs lose a trial."""

import gc
import json
import signal
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import optuna
import pandas as pd
import pytest
import yaml
from optuna.trial import TrialState

from layouts import PHOTONS
from leptonid.errors import DivergenceError, InputError
from leptonid.study.config import prepare_config
from leptonid.study.config_schema import read_default_config
from leptonid.study.features import contents_of
from leptonid.train import tuning
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
from train import conclude_tuning, tune_network
from train.made_up import CNN, DENSE, TRAINING, flat_events, photons, table_options

TUNING = read_default_config()["train"]["tuning"]
FLAT = search_space(TUNING["flat"])
NETWORK = {"dense": 2, "units": 8, "dropout": 0.1, "learning_rate": 0.01}

# A job of a search without networks; it dies, as if for its memory, in the trial that `argv` names.
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
SPACE = search_space({"units": [1, 200], "learning_rate": [1e-4, 1e-2]})


def start_job(journal, number=0, count=5, dies=0):
    """Start a job in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", JOB, str(journal), *map(str, (number, count, dies))],
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def run_job(journal, number=0, count=5):
    """Run a job in this process; return its table of trials."""
    study = open_study(journal, "name", epochs=4)
    run_trials(study, SPACE, number, count, 0, lambda trial: trial.params["learning_rate"])
    return trial_table(study, SPACE, number)


@pytest.fixture
def study(tmp_path):
    return open_study(tmp_path / "tuning/journal.log", "name", epochs=4)


def trial_of(prune_at=None, **params):
    """Return a trial that is pruned at an epoch."""
    trial = SimpleNamespace(params={**NETWORK, **params}, reports=[], user_attrs={})
    trial.report = lambda value, step: trial.reports.append((step, value))
    trial.should_prune = lambda: trial.reports[-1][0] == prune_at
    trial.set_user_attr = trial.user_attrs.__setitem__
    return trial


def score(trial, shift=1.5, **settings):
    events = flat_events(300, 1), flat_events(200, 2, shift)
    return validation_auc(trial, *events, {**DENSE, **TRAINING, **settings}, "float32")


@pytest.mark.parametrize("kind", ["flat", "images"])
def test_draws_keep_to_the_published_ranges_with_their_ends(kind):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = search_space(TUNING[kind])
    draws = pd.DataFrame([study.ask(space).params for _ in range(400)])
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


def test_after_a_kill_another_network_replaces_the_one_that_was_cut_off(tmp_path):
    journal = tmp_path / "journal.log"
    assert start_job(journal, count=5, dies=3).wait() == -signal.SIGKILL
    assert start_job(journal, count=5, dies=2).wait() == -signal.SIGKILL
    table = run_job(journal, count=5)
    assert table["number"].tolist() == [0, 1, 3, 5, 6]
    study = open_study(journal, "name", epochs=4)
    assert [trial.number for trial in study.get_trials(states=(TrialState.FAIL,))] == [2, 4]
    assert not study.get_trials(states=(TrialState.RUNNING,))
    assert len({trial.params["learning_rate"] for trial in study.trials}) == 7
    # A complete job does nothing more.
    assert run_job(journal, count=5).equals(table)
    assert len(open_study(journal, "name", epochs=4).trials) == 7


def test_jobs_at_once_share_a_study_and_lose_no_trial(tmp_path):
    journal = tmp_path / "journal.log"
    jobs = [start_job(journal, number, count=15) for number in range(2)]
    tables = [pd.read_csv(job.stdout) for job in jobs]
    assert [job.wait() for job in jobs] == [0, 0]
    assert [len(table) for table in tables] == [15, 15]
    assert sorted(pd.concat(tables)["number"]) == list(range(30))


def test_an_unfinished_line_of_a_crash_is_removed(tmp_path):
    journal = tmp_path / "journal.log"
    run_job(journal, count=3)
    journal.write_bytes(journal.read_bytes()[:-20])
    assert len(run_job(journal, count=3)) == 3
    assert len(run_job(journal, count=4)) == 4


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """The lines of a journal."""
    journal = tmp_path_factory.mktemp("journal") / "journal.log"
    run_job(journal, count=3)
    return journal.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("place", [0, 4, None])
@pytest.mark.parametrize(
    "line",
    [
        *(b"\n", b" \r\n", b"garbage\n", b"\x00\xff\xfe\n", b"[1]\n", b"3\n", b"{}\n", b"[" * 5000 + b"\n"),
        b'{"op_code":0}{"op_code":1}\n',
    ],
    ids=lambda line: repr(line[:20]),
)
def test_a_damaged_line_is_named_before_anything_is_written(tmp_path, records, place, line):
    journal = tmp_path / "journal.log"
    end = len(records) if place is None else place
    content = b"".join([*records[:end], line, *records[end:], b'{"op_code":'])
    journal.write_bytes(content)
    message = rf"journal\.log: damaged \(line {end + 1}: .*\); delete it together with the tables beside it"
    with pytest.raises(InputError, match=message):
        open_study(journal, "name", epochs=4)
    assert journal.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["journal.log"]


@pytest.mark.parametrize(
    "fields",
    [
        {"op_code": 0},
        {"op_code": 99},
        {"op_code": 0, "study_name": "a", "directions": [7]},
        {"op_code": 4, "study_id": []},
        {"op_code": 4, "study_id": 0, "datetime_start": "never"},
        {"op_code": 8, "trial_id": 0, "user_attr": None},
    ],
)
def test_a_record_that_cannot_be_applied_is_refused(tmp_path, records, fields):
    journal = tmp_path / "journal.log"
    # Without the states, so that the trials can be changed.
    kept = [line for line in records if json.loads(line)["op_code"] != 6]
    content = b"".join(kept) + json.dumps({"worker_id": "a", **fields}).encode() + b"\n"
    journal.write_bytes(content)
    with pytest.raises(InputError, match=r"journal\.log: damaged \(.*\); delete it together"):
        open_study(journal, "name", epochs=4)
    assert journal.read_bytes() == content


def test_a_journal_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/journal\.log: the journal cannot be read and written"):
        open_study(tmp_path / "file/journal.log", "name", epochs=4)


def test_the_lock_of_a_killed_job_is_removed(tmp_path, records, monkeypatch):
    monkeypatch.setattr(tuning, "LOCK_SECONDS", 1)
    journal = tmp_path / "journal.log"
    journal.write_bytes(b"".join(records))
    (tmp_path / "journal.log.lock").touch()
    with pytest.warns(UserWarning, match="grace_period"):
        study = open_study(journal, "name", epochs=4)
    assert len(study.trials) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["journal.log"]


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


def test_a_pruned_training_ends_there_and_keeps_the_auc_it_had():
    trial = trial_of(prune_at=1)
    with pytest.raises(optuna.TrialPruned):
        score(trial)
    assert len(trial.reports) == 2
    assert 0.5 < trial.user_attrs["auc"] <= 1


def test_a_training_at_its_last_epoch_is_not_pruned():
    assert score(trial_of(prune_at=2)) > 0.9


def test_a_loss_that_is_not_finite_is_raised():
    with pytest.raises(DivergenceError):
        score(trial_of(learning_rate=1e30, dense=3))


def test_images_are_tuned_too():
    trial = trial_of(blocks=1, filters=2)
    assert 0 < validation_auc(trial, photons(240, 0), photons(240, 1), {**CNN, **TRAINING}, "float32") < 1


def test_the_memory_of_earlier_networks_is_let_go():
    from tensorflow.python.framework.func_graph import FuncGraph

    def graphs():
        gc.collect()
        return sum(issubclass(type(item), FuncGraph) for item in gc.get_objects())

    # What other tests have left is many objects, and none of this one's.
    gc.freeze()
    counts = []
    for _ in range(3):
        score(trial_of(), epochs=1)
        counts.append(graphs())
    gc.unfreeze()
    assert counts[2] <= counts[1]


def table(states, aucs, **columns):
    """Return a table of trials."""
    count = len(states)
    rng = np.random.default_rng(0)
    columns = {
        "number": range(count), "job": 0, "state": states, "auc": aucs, "auc_uncertainty": 0.004, "epochs": 3,
        "dense": rng.integers(1, 9, count), "units": rng.integers(1, 201, count),
        "dropout": rng.uniform(0, 0.5, count), "learning_rate": 10 ** rng.uniform(-4, -2, count),
        **columns,
    }  # fmt: skip
    return pd.DataFrame(columns)


def test_the_best_has_the_largest_auc_of_those_that_are_complete():
    trials = table(["complete", "pruned", "complete", "diverged"], [0.8, 0.99, 0.9, None])
    assert best_trial(trials)["number"] == 2


def conclude(folder, jobs, ranges=TUNING["flat"]):
    for number, trials in enumerate(jobs):
        trials.to_csv(folder / f"{number}.csv", index=False)
    conclude_tuning.main(
        [
            *("--classifier", "hl", "--settings", json.dumps({"ranges": ranges})),
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


@pytest.mark.parametrize(("name", "kind"), [("hl", "flat"), ("et_and_ht", "images")])
def test_every_network_of_the_ranges_is_valid_in_the_config(name, kind):
    for end in (0, 1):
        config = read_default_config()
        config["train"]["features"][name] |= {key: ends[end] for key, ends in TUNING[kind].items()}
        prepare_config(config)


def test_many_trials_give_importances(tmp_path):
    trials = table(["complete"] * 60, 0.0)
    trials["auc"] = -abs(np.log10(trials["learning_rate"]) + 3)
    conclude(tmp_path, [trials])
    shares = pd.read_csv(tmp_path / "parameters.csv").set_index("parameter")["importance"]
    assert list(shares.index) == list(FLAT)
    assert shares.sum() == pytest.approx(1)
    assert shares.idxmax() == "learning_rate"
    assert parameter_table(trials[:10], FLAT)["importance"].isna().all()


def test_a_search_in_which_no_trial_is_complete_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no trial is complete \(diverged 2, pruned 1\)"):
        conclude(tmp_path, [table(["diverged", "pruned", "diverged"], None)])
    assert not (tmp_path / "best.yaml").exists()


def test_tables_of_two_studies_are_refused(tmp_path):
    trials = table(["complete"] * 3, 0.9)
    with pytest.raises(InputError, match="more than one study"):
        conclude(tmp_path, [trials, trials])


@pytest.fixture
def tune(photon_tables, tmp_path, monkeypatch):
    """Return a function that runs a job of a search and returns its table."""
    # TensorFlow does not change its threads after its first operation.
    monkeypatch.setattr(tune_network, "use_threads", lambda threads: None)
    # Without the test events.
    tables = replace(photon_tables, events=photon_tables.events[:2], cells=[])

    def run(number, **settings):
        settings = {
            **{**DENSE, **TRAINING, "precision": "float32", "epochs": 1},
            **{"inputs": ["shape"], "layout": contents_of(["shape"], PHOTONS.contents).as_settings()},
            **{"ranges": {**TUNING["flat"], "dense": [1, 2], "units": [1, 8]}, "jobs": 2, **settings},
        }
        path = tmp_path / f"tuning/shape/{number}.csv"
        options = [*table_options(tables), "--job", str(number), "--trials", str(path)]
        tune_network.main([*options, "--settings", json.dumps(settings)])
        return pd.read_csv(path)

    return run


@pytest.mark.slow
def test_more_trials_continue_a_search_and_another_config_starts_a_new_one(tune):
    first = tune(0, trials=2)
    second = tune(1, trials=2)
    assert list(first.columns) == [*COLUMNS, "dense", "units", "dropout", "learning_rate"]
    assert [first["number"].tolist(), second["number"].tolist()] == [[0], [1]]
    more = tune(1, trials=4)
    assert more["number"].tolist() == [1, 2]
    assert more.iloc[:1].equals(second)
    assert tune(1, trials=2).equals(second)
    other = tune(0, trials=1, seed=1)
    assert other["number"].tolist() == [0]
    assert other["learning_rate"][0] != first["learning_rate"][0]
