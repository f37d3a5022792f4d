"""Permutation importance: of used and unused inputs, of groups, and its uncertainty."""

import json
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from layouts import PHOTONS
from leptonid.metrics.auc import auc, combination_uncertainty
from leptonid.study.features import Column, contents_of
from leptonid.tables.reader import Inputs
from leptonid.train.importance import MOST_SINGLE, groups_of, permutation_importance
from train import permute_inputs
from train.made_up import events_of, table_options

SINGLE = {"used": ("flat", [0]), "unused": ("flat", [1])}
BARREL = PHOTONS.contents.images["tower"]


def some_events(count=500, seed=0, **images):
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    return events_of(y, rng.normal(size=(count, 3)) + 1.5 * y[:, None], **images)


def first(events):
    return events.flat[:, 0]


def test_a_used_variable_matters_and_an_unused_one_not_at_all():
    events = some_events()
    before = events.flat.copy()
    used, unused = permutation_importance(first, events, SINGLE, seed=0).itertuples(index=False)
    assert used.auc == auc(events.y, events.flat[:, 0])
    assert used.drop == pytest.approx(used.auc - 0.5, abs=0.03)
    assert used.spread > 0
    # The mean of equal numbers can be rounded.
    assert (unused.drop, unused.spread) == pytest.approx((0, 0), abs=1e-15)
    assert unused.uncertainty == pytest.approx(0, abs=1e-9)
    assert (events.flat == before).all()


def test_aucs_are_weighted_and_orders_are_not():
    events = some_events()
    weighted = replace(events, weight=np.random.default_rng(1).exponential(size=500))
    (row,) = permutation_importance(first, weighted, {"used": ("flat", [0])}, seed=0).itertuples()
    rng = np.random.default_rng(0)
    scores = [first(events), *(first(events)[rng.permutation(500)] for _ in range(3))]
    aucs = [auc(events.y, score, weighted.weight) for score in scores]
    assert row.auc == aucs[0] != auc(events.y, scores[0])
    assert row.drop == pytest.approx(aucs[0] - np.mean(aucs[1:]))
    factors = [1, *[-1 / 3] * 3]
    expected = combination_uncertainty(events.y, scores, factors, weighted.weight)
    assert row.uncertainty == pytest.approx(expected)


def test_a_variable_that_misleads_has_a_negative_drop():
    groups = {"used": ("flat", [0])}
    (row,) = permutation_importance(lambda events: -first(events), some_events(), groups, 0).itertuples()
    assert row.drop < -0.2


def test_the_columns_of_a_group_are_permuted_in_the_same_order():
    """The score looks at the difference of two equal columns, which permuting both leaves at 0."""
    events = some_events()
    events.flat[:, 1] = events.flat[:, 0]

    def score(events):
        return events.flat[:, 2] + 100 * (events.flat[:, 0] - events.flat[:, 1])

    groups = {"both": ("flat", [0, 1]), "one": ("flat", [0])}
    both, one = permutation_importance(score, events, groups, seed=0).itertuples(index=False)
    assert (both.drop, both.columns) == (0, 2)
    assert one.drop > 0.2


def test_an_image_is_permuted_as_a_whole():
    images = np.repeat(first(some_events()), 6).reshape(-1, 2, 3, 1)
    events = some_events(tower=images)
    groups = {**groups_of(Inputs({"tower": BARREL}, [])), **SINGLE}

    def score(events):
        # The pixels of an image are equal, before and after.
        pixels = events.batch()["tower"]
        return pixels.sum(axis=(1, 2, 3)) + 100 * np.ptp(pixels, axis=(1, 2, 3))

    image, *flat = permutation_importance(score, events, groups, seed=0).itertuples()
    assert image.drop == pytest.approx(image.auc - 0.5, abs=0.03)
    assert [row.drop for row in flat] == [0, 0]
    np.testing.assert_array_equal(events.batch()["tower"], images.astype("float32"))


def test_equal_seeds_give_equal_results_whatever_other_groups_there_are():
    events = some_events()
    groups = {"used": SINGLE["used"]}
    full = permutation_importance(first, events, SINGLE, seed=1)
    alone = permutation_importance(first, events, groups, seed=1)
    pd.testing.assert_frame_equal(full[:1], alone)
    other = permutation_importance(first, events, groups, seed=2)
    assert other["drop"][0] != alone["drop"][0]


def test_the_uncertainty_is_the_scatter_between_samples_of_events():
    """One column of two is permuted, so that the AUCs before and after are correlated."""
    groups = {"used": ("flat", [0])}
    tables = [
        permutation_importance(lambda events: events.flat.sum(axis=1), some_events(300, seed), groups, seed)
        for seed in range(200)
    ]
    rows = pd.concat(tables)
    assert rows["drop"].std() == pytest.approx(rows["uncertainty"].mean(), rel=0.2)


def efps(count):
    return [Column("ecal", f"{n}_1_0_k_{kappa}_b_0.5") for n in range(count // 2) for kappa in (1, 2)]


def test_few_variables_are_permuted_singly():
    columns = [Column("events", "R_had"), *efps(4)]
    assert groups_of(Inputs({"et": BARREL, "ht": BARREL}, columns)) == {
        "et": ("et", [0]),
        "ht": ("ht", [0]),
        "R_had": ("flat", [0]),
        "ecal/0_1_0_k_1_b_0.5": ("flat", [1]),
        "ecal/0_1_0_k_2_b_0.5": ("flat", [2]),
        "ecal/1_1_0_k_1_b_0.5": ("flat", [3]),
        "ecal/1_1_0_k_2_b_0.5": ("flat", [4]),
    }


def test_of_many_variables_efps_are_grouped_by_calorimeter_and_powers():
    columns = [Column("events", "mass"), *efps(MOST_SINGLE), Column("hcal", "2_1_0_k_1_b_0.5")]
    groups = groups_of(Inputs({}, columns))
    assert {name: len(places) for name, (_, places) in groups.items()} == {
        "mass": 1,
        "ecal/k_1_b_0.5": MOST_SINGLE / 2,
        "ecal/k_2_b_0.5": MOST_SINGLE / 2,
        "hcal/k_1_b_0.5": 1,
    }
    assert sorted(place for _, places in groups.values() for place in places) == list(range(len(columns)))


def test_nearly_equal_powers_are_groups_of_their_own():
    columns = [Column("ecal", f"{n}_1_0_k_{1 + n * 1e-9!r}_b_0.5") for n in range(MOST_SINGLE + 1)]
    assert len(groups_of(Inputs({}, columns))) == MOST_SINGLE + 1


def test_the_program_finds_the_one_variable_that_the_network_uses(photon_tables, tmp_path, monkeypatch):
    # TensorFlow does not change its threads after its first operation.
    monkeypatch.setattr(permute_inputs, "use_threads", lambda threads: None)
    pixels = keras.Input((20, 24, 1), name="tower")
    flat = keras.Input((3,), name="flat", dtype="float64")
    score = keras.layers.Dense(1, activation="sigmoid", name="score")
    empty = keras.ops.sum(pixels, axis=(1, 2)) * 0
    model = keras.Model(
        {"tower": pixels, "flat": flat},
        score(keras.layers.Concatenate()([empty, keras.ops.cast(flat, "float32")])),
    )
    # Only `length`, the second of the three.
    score.set_weights([np.array([[0.0], [0.0], [1.0], [0.0]]), np.zeros(1)])
    model.save(tmp_path / "model.keras")
    inputs = ["tower", "shape"]
    settings = {"inputs": inputs, "layout": contents_of(inputs, PHOTONS.contents).as_settings(), "seed": 0}
    permute_inputs.main(
        [
            *("--model", str(tmp_path / "model.keras"), "--settings", json.dumps(settings)),
            *(*table_options(photon_tables), "--importance", str(tmp_path / "importance.csv")),
        ]
    )
    table = pd.read_csv(tmp_path / "importance.csv", index_col="variable")
    assert list(table.index) == ["tower", "width", "length", "height"]
    assert table["drop"].idxmax() == "length"
    assert (table["drop"].drop("length") == 0).all()


def test_of_many_events_a_random_sample_is_permuted():
    sizes = []

    def score(events):
        sizes.append(len(events))
        return first(events)

    events = some_events(2000)
    (row,) = permutation_importance(score, events, {"used": ("flat", [0])}, 0, count=500).itertuples()
    assert set(sizes) == {500}
    assert row.auc == pytest.approx(auc(events.y, first(events)), abs=0.05)
    assert len(events) == 2000
