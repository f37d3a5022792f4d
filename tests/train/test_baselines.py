"""Trees and logistic regression: fits, refused input, and their files."""

import json
import logging
import zipfile
from argparse import Namespace

import numpy as np
import pytest
import skops.io
from threadpoolctl import threadpool_limits

from leptonid.errors import InputError
from leptonid.internals.sklearn import trees_of
from leptonid.metrics.auc import auc
from leptonid.train import baselines
from leptonid.train.baselines import Baseline, bin_edges, binned, fit_baseline, load_baseline, save_baseline
from train.made_up import events_of, flat_events

SETTINGS = {
    "trees": {"iterations": 60, "learning_rate": 0.1, "leaves": 8, "patience": 5},
    "logistic": {"penalty": 1.0, "iterations": 100},
}
BOTH = pytest.mark.parametrize("model", SETTINGS)


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other on a busy machine take most of the time."""
    with threadpool_limits(1):
        yield


def fitted(model, train, valid=None, **changes):
    events = {"train": train, "valid": valid or train}
    settings = {
        "model": model,
        "seed": 0,
        "weights": True,
        "negative_weights": "refuse",
        **SETTINGS[model],
        **changes,
    }
    names = [f"variable_{number}" for number in range(train.flat.shape[1])]
    return fit_baseline(events, names, settings)


def auc_of(baseline, events):
    return auc(events.y, baseline.predict(events))


@BOTH
def test_separable_classes_are_learnt(model):
    baseline, facts = fitted(model, flat_events(600, 1), flat_events(300, 2))
    test = flat_events(500, 3)
    assert auc_of(baseline, test) > 0.93
    scores = baseline.predict(test)
    assert scores.dtype == np.float64
    assert ((scores >= 0) & (scores <= 1)).all()
    assert facts["converged"]


def test_only_trees_learn_what_no_linear_cut_finds():
    def corners(seed):
        values = np.random.default_rng(seed).uniform(-1, 1, (800, 2))
        return events_of((values[:, 0] * values[:, 1] > 0).astype(int), values)

    trees, _ = fitted("trees", corners(1), corners(2))
    linear, _ = fitted("logistic", corners(1), corners(2))
    assert auc_of(trees, corners(3)) > 0.97
    assert 0.4 < auc_of(linear, corners(3)) < 0.6


@BOTH
def test_events_of_weight_0_are_as_good_as_left_out(model):
    good, wrong = flat_events(400, 1), flat_events(400, 4)
    values = np.concatenate([good.flat, 1e3 * wrong.flat])
    both = events_of(np.concatenate([good.y, 1 - wrong.y]), values, np.repeat([1.0, 0.0], 400))
    test = flat_events(300, 3)
    alone = fitted(model, good)[0].predict(test)
    np.testing.assert_array_equal(fitted(model, both)[0].predict(test), alone)
    assert not np.array_equal(fitted(model, both, weights=False)[0].predict(test), alone)


@BOTH
def test_weights_count_by_their_ratios_only(model):
    train = flat_events(400, 1)
    test = flat_events(300, 3)
    scores = []
    for factor in (1, 2**-20):
        weight = np.where(train.y, 4.0, 1.0) * factor
        scores.append(fitted(model, events_of(train.y, train.flat, weight))[0].predict(test))
    np.testing.assert_array_equal(*scores)
    assert (scores[0] > fitted(model, train)[0].predict(test)).mean() > 0.9


@BOTH
def test_the_same_seed_gives_the_same_scores_to_the_bit(model):
    test = flat_events(300, 3)
    scores = [
        fitted(model, flat_events(600, 1), flat_events(300, 2), seed=3)[0].predict(test) for _ in range(2)
    ]
    np.testing.assert_array_equal(*scores)


@BOTH
def test_one_variable_is_enough(model):
    def only_first(events):
        return events.with_flat(events.flat[:, :1])

    baseline, _ = fitted(model, only_first(flat_events(600, 1)))
    assert auc_of(baseline, only_first(flat_events(500, 3))) > 0.8


@BOTH
def test_magnitudes_make_no_difference_and_constants_do_no_harm(model):
    def wide(events):
        first, second = events.flat.T
        count = len(first)
        values = [first * 1e36, np.full(count, 5e35), second * 1e-36, np.zeros(count)]
        return events.with_flat(np.column_stack(values))

    train, test = flat_events(600, 1), flat_events(500, 3)
    baseline, _ = fitted(model, wide(train))
    assert auc_of(baseline, wide(test)) == pytest.approx(auc_of(fitted(model, train)[0], test), abs=1e-3)


def test_many_variables_have_fewer_bins(monkeypatch):
    monkeypatch.setattr(baselines, "ALL_BINS", 2000)
    rng = np.random.default_rng(5)

    def many(events, columns):
        return events.with_flat(np.hstack([events.flat, rng.normal(size=(len(events), columns))]))

    for columns, bins in ((1, 255), (38, 50), (98, 32)):
        baseline, _ = fitted("trees", many(flat_events(600, 1), columns))
        assert baseline.preparation.shape == (2 + columns, bins - 1)
        assert auc_of(baseline, many(flat_events(500, 3), columns)) > 0.9


def test_bins_hold_equally_many_events_of_every_variable():
    values = np.random.default_rng(0).normal(size=(1000, 300)) * np.logspace(-40, 40, 300)
    numbers = binned(values, bin_edges(values, 8))
    assert numbers.dtype == np.uint8
    for column in numbers.T:
        np.testing.assert_array_equal(np.bincount(column), np.full(8, 125))
    order = np.argsort(values[:, 290])
    assert (np.diff(numbers[order, 290].astype(int)) >= 0).all()


def test_trees_stop_at_the_validation_loss_and_keep_the_best():
    """Labels of the validation events that contradict the training make every tree a loss."""
    train, wrong = flat_events(300, 1), flat_events(300, 2, shift=-1.5)
    baseline, facts = fitted("trees", train, wrong, patience=4)
    assert (facts["best_epoch"], facts["epochs"], facts["converged"]) == (1, 4, True)
    assert len(np.unique(baseline.predict(train))) <= SETTINGS["trees"]["leaves"]
    assert facts["parameters"] <= 2 * SETTINGS["trees"]["leaves"] - 1


def test_validation_weights_decide_when_trees_stop():
    train, right, wrong = flat_events(300, 1), flat_events(300, 2), flat_events(300, 2, shift=-1.5)
    values = np.concatenate([right.flat, wrong.flat])
    y = np.concatenate([right.y, wrong.y])
    epochs = [
        fitted("trees", train, events_of(y, values, np.repeat(weights, 300)))[1]["best_epoch"]
        for weights in ([1.0, 1e-9], [1e-9, 1.0])
    ]
    assert epochs[0] > epochs[1] == 1


def test_trees_cut_short_say_so():
    _, facts = fitted("trees", flat_events(600, 1), iterations=3)
    assert (facts["epochs"], facts["converged"]) == (3, False)


def test_a_fit_that_does_not_converge_is_logged_and_recorded(caplog, recwarn):
    with caplog.at_level(logging.WARNING):
        _, facts = fitted("logistic", flat_events(600, 1), iterations=1)
    assert not facts["converged"]
    assert facts["epochs"] == 1
    (record,) = caplog.records
    assert "not converged after 1 iterations" in record.getMessage()
    assert not recwarn.list


def test_the_penalty_is_that_of_the_documented_sum():
    """At the minimum, the gradient of the sum over events and of the penalty cancel."""
    train = flat_events(200, 1)
    train.weight[:] = np.random.default_rng(0).uniform(0.5, 2, 200)
    baseline, _ = fitted("logistic", train, penalty=30.0)
    weight = train.weight / train.weight.mean()
    scale, offset = baseline.preparation.T
    standardised = train.flat * scale + offset
    gradient = standardised.T @ (weight * (baseline.predict(train) - train.y))
    np.testing.assert_allclose(gradient, -30.0 * baseline.estimator.coef_[0], rtol=1e-3)


@BOTH
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_by_name(model, value):
    good, bad = flat_events(100, 1), flat_events(100, 2)
    bad.flat[7, 1] = value
    message = f"variable_1: event 7 of the train split has the value {value}"
    with pytest.raises(InputError, match=message):
        fitted(model, bad, good)
    with pytest.raises(InputError, match=message):
        fitted(model, good, bad)
    with pytest.raises(InputError, match=message):
        fitted(model, good)[0].predict(bad)


def test_other_variables_than_in_the_training_are_refused():
    baseline, _ = fitted("logistic", flat_events(100, 1))
    with pytest.raises(InputError, match="needs 2 flat variables, found 3"):
        baseline.predict(events_of(np.zeros(5), np.zeros((5, 3))))


@BOTH
def test_a_class_without_events_that_count_is_refused(model):
    train = flat_events(100, 1)
    train.weight[train.y == 1] = 0
    with pytest.raises(InputError, match="both classes"):
        fitted(model, train)


@pytest.fixture(params=SETTINGS)
def saved(request, tmp_path):
    """A fitted baseline and its file."""
    baseline, _ = fitted(request.param, flat_events(300, 1))
    save_baseline(baseline, tmp_path / "model.skops")
    return baseline, tmp_path / "model.skops"


def test_a_loaded_classifier_scores_as_before(saved):
    baseline, path = saved
    test = flat_events(3000, 3)
    loaded = load_baseline(path)
    np.testing.assert_array_equal(loaded.predict(test), baseline.predict(test))
    assert loaded.names.tolist() == ["variable_0", "variable_1"]


def test_a_file_with_another_type_is_refused(saved):
    baseline, path = saved
    skops.io.dump({**vars(baseline), "names": Namespace(a=1)}, path)
    with pytest.raises(InputError, match=r"model\.skops: refused.*argparse\.Namespace"):
        load_baseline(path)


def test_a_file_that_names_a_function_to_call_is_refused(saved):
    """The way in which a pickle runs code: the name of a function, put in the place of a type."""
    _, path = saved
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    schema = json.loads(parts["schema.json"])
    schema["content"]["model"].update(
        {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "os.system"}
    )
    parts["schema.json"] = json.dumps(schema).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    with pytest.raises(InputError, match=r"model\.skops: refused.*os\.system"):
        load_baseline(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [("left", 0), ("right", 10_000), ("feature_idx", 2), ("feature_idx", -1), ("is_categorical", 1)],
)
def test_trees_that_lead_nowhere_are_refused(tmp_path, field, value):
    """scikit-learn would loop forever or read outside of its memory."""
    baseline, _ = fitted("trees", flat_events(300, 1))
    path = tmp_path / "model.skops"
    save_baseline(baseline, path)
    load_baseline(path)
    nodes = trees_of(baseline.estimator)[0].nodes
    nodes[field][0] = value
    save_baseline(baseline, path)
    with pytest.raises(InputError, match=r"model\.skops: not a trained baseline, or damaged"):
        load_baseline(path)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "logistic"},
        {"model": "forest"},
        {"preparation": np.zeros((3, 9))},
        {"estimator": None},
        {"estimator": 3},
    ],
    ids=str,
)
def test_parts_that_do_not_belong_together_are_refused(tmp_path, change):
    baseline, _ = fitted("trees", flat_events(300, 1))
    path = tmp_path / "model.skops"
    save_baseline(Baseline(**{**vars(baseline), **change}), path)
    with pytest.raises(InputError, match=r"model\.skops: not a trained baseline"):
        load_baseline(path)


def test_a_file_that_is_damaged_or_missing_is_refused(saved):
    _, path = saved
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], b"", b"something else"):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"model\.skops: cannot be read as a baseline"):
            load_baseline(path)
    path.unlink()
    with pytest.raises(InputError, match=r"model\.skops: no such file"):
        load_baseline(path)


@BOTH
def test_of_more_values_than_fit_into_memory_a_random_sample_is_fitted(model, monkeypatch):
    train = flat_events(2000, 1)
    monkeypatch.setattr(baselines, "MOST_VALUES", 400 * train.flat.shape[1])
    sizes = []
    for_trees, for_logistic = baselines._fit_trees, baselines._fit_logistic
    monkeypatch.setattr(baselines, "_fit_trees", lambda *some: sizes.append(len(some[0])) or for_trees(*some))
    monkeypatch.setattr(
        baselines, "_fit_logistic", lambda *some: sizes.append(len(some[0])) or for_logistic(*some)
    )
    baseline, _ = fitted(model, train, flat_events(300, 2))
    assert sizes == [400]
    test = flat_events(1000, 3)
    assert auc(test.y, baseline.predict(test)) > 0.85
