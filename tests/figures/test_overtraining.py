"""Training against test scores."""

import numpy as np
import pytest

from leptonid.figures import overtraining
from leptonid.figures.scores import ScoredEvents
from leptonid.train import metrics


def scored(count, separation, seed, trainings=1):
    rng = np.random.default_rng(seed)
    y = np.tile([0, 1], count // 2)
    scores = 1 / (1 + np.exp(-rng.normal(separation * (2 * y - 1), 2, (trainings, count))))
    return ScoredEvents(y, scores)


def distance(first, second):
    """The greatest difference of two samples' distribution functions, at every value of both."""
    values = np.concatenate([first, second])
    return max(abs((first <= value).mean() - (second <= value).mean()) for value in values)


@pytest.fixture
def samples():
    """One classifier that scores its training events like others, and one that knows them."""
    test = {"hl": scored(600, 1, 0, trainings=2), "et": scored(600, 1, 1)}
    return {"et": scored(1000, 2, 3), "hl": scored(1000, 1, 2, trainings=2)}, test


def test_every_training_and_class_has_its_distance(samples):
    train, test = samples
    table = overtraining.overtraining_table(train, test)
    assert list(table) == list(overtraining.COLUMNS)
    assert [tuple(row) for row in table[["features", "training", "class"]].to_numpy()] == [
        ("hl", 0, "signal"),
        ("hl", 0, "background"),
        ("hl", 1, "signal"),
        ("hl", 1, "background"),
        ("et", 0, "signal"),
        ("et", 0, "background"),
    ]
    seen, new = train["hl"], test["hl"]
    expected = distance(seen.scores[1][seen.y == 0], new.scores[1][new.y == 0])
    assert table["ks"][3] == pytest.approx(expected)
    assert set(table["train_events"]) == {500}
    assert set(table["test_events"]) == {300}


def test_only_learning_by_heart_is_improbable(samples):
    table = overtraining.overtraining_table(*samples)
    assert (table["p"][:4] > 0.01).all()
    assert (table["p"][4:] < 0.01).all()


def test_the_gap_is_between_two_aucs_of_different_events(samples):
    train, test = (each["et"] for each in samples)
    row = overtraining.overtraining_table(*samples).iloc[-1]
    pairs = [(each.y, each.scores[0]) for each in (train, test)]
    assert (row["auc_train"], row["auc_test"]) == tuple(metrics.auc(*pair) for pair in pairs)
    assert row["gap"] == row["auc_train"] - row["auc_test"]
    expected = np.sqrt(sum(metrics.auc_uncertainty(*pair) ** 2 for pair in pairs))
    assert row["gap_uncertainty"] == pytest.approx(expected)


def test_the_figure_tells_the_greatest_distance_and_draws_both_samples(samples, label):
    train, test = samples
    table = overtraining.overtraining_table(train, test)
    figure = overtraining.overtraining_figure(train, test, table, label)
    assert [axes.get_title() for axes in figure.axes] == ["7 HL", "ECal image"]
    text = figure.axes[0].texts[0].get_text()
    for kind in ("signal", "background"):
        worst = table[(table["features"] == "hl") & (table["class"] == kind)]["ks"].max()
        assert f"{kind}: KS {worst:.3f}" in text
    counts = [patch.get_data().values for patch in figure.axes[1].patches]
    assert [values.sum() for values in counts] == pytest.approx([1, 1])
    assert label in [text.get_text() for text in figure.texts]
