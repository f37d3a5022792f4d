"""The sample of muons that ships: what its record says, its weights, and the numbers that it was tuned to."""

import hashlib
import json

import h5py
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from layouts import MUONS, ROOT
from leptonid.data.checks import check_events
from leptonid.data.independence import check_independence
from leptonid.data.variables.muons import CALO, RADII, isolation
from leptonid.efp.selection import SelectedEfps
from leptonid.metrics.auc import auc, auc_covariance, auc_uncertainty
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import SparseImages, pixel_positions

RESOURCES = ROOT / "resources/muons"
SAMPLE = RESOURCES / "sample.h5"
RECORD = json.loads((RESOURCES / "sample.json").read_text())


@pytest.fixture(scope="module")
def sample():
    """All groups, by split."""
    with h5py.File(SAMPLE) as file:
        return {split: {name: file[name][split][:] for name in file} for split in SPLITS}


@pytest.fixture(scope="module")
def muons(sample):
    """All groups of all splits together."""
    return {name: np.concatenate([sample[split][name] for split in SPLITS]) for name in sample["train"]}


def test_it_is_the_file_of_its_record(sample):
    assert hashlib.sha256(SAMPLE.read_bytes()).hexdigest() == RECORD["sha256"]
    assert {split: len(sample[split]["y"]) for split in SPLITS} == RECORD["events"]
    with h5py.File(SAMPLE) as file:
        assert json.loads(file.attrs["settings"]) == RECORD["settings"]
        assert "stand-in" in file.attrs["label"]
        assert "tuned" in file.attrs["note"]
    assert SAMPLE.stat().st_size < 8e6
    assert sum(RECORD["events"].values()) >= 20_000


def test_it_is_accepted_and_balanced(sample):
    findings = check_events(SAMPLE, MUONS.contents, {"images": "efp.calorimeters"})
    assert findings.negative == {"images": 0}
    for split in SPLITS:
        assert sample[split]["y"].mean() == 0.5


def test_weights_make_pt_and_eta_uniform_in_each_class_and_split(sample):
    for groups in sample.values():
        for label in (0, 1):
            chosen = groups["y"] == label
            weights = groups["weights"][chosen].astype(float)
            assert weights.mean() == pytest.approx(1)
            for name, limits in (("pt", (10, 15)), ("eta", (-2.53, 2.53))):
                counts, _ = np.histogram(groups[name][chosen], 32, limits, weights=weights)
                np.testing.assert_allclose(counts, chosen.sum() / 32, rtol=0.01)


def test_pt_and_eta_alone_do_not_separate(muons):
    for name in ("pt", "eta"):
        for score in (muons[name], np.abs(muons[name])):
            assert 0.48 < auc(muons["y"], score, muons["weights"]) < 0.52, name


def test_its_splits_are_independent(sample):
    names = {"y": "y", "weight": "weights", "pt": "pt", "eta": "eta"}
    found = check_independence(
        {split: {name: groups[group] for name, group in names.items()} for split, groups in sample.items()}
    )
    for split in ("valid", "test"):
        assert abs(found.separations[split].significance) < 3


def test_no_muon_comes_twice_and_both_of_an_event_are_in_one_split(sample):
    muons = {
        split: {(*row.tolist(),) for row in np.column_stack([groups["pt"], groups["eta"]])}
        for split, groups in sample.items()
    }
    assert len(set.union(*muons.values())) == sum(RECORD["events"].values())
    chunks = {split: set(groups["chunk"].tolist()) for split, groups in sample.items()}
    assert sum(map(len, chunks.values())) == len(set.union(*chunks.values()))


def test_cones_are_those_of_the_images(sample):
    groups = sample["test"]
    pt = groups["pt"].astype(float)
    np.testing.assert_allclose(
        groups["iso"], isolation(SparseImages.from_dense(groups["images"]), pt), rtol=1e-6
    )
    assert (np.diff(groups["iso"], axis=1) >= 0).all()
    assert (groups["iso"][:, -1] * pt <= groups["images"].sum((1, 2, 3)) * (1 + 1e-6)).all()


# Of the paper's Fig. 2, colours digitised: mean GeV per pixel in rings of 0.05 around muons of each class.
RINGS = {
    1: [0.0205, 0.0204, 0.0202, 0.0201, 0.0199, 0.0198, 0.0197, 0.0194, 0.0158],
    0: [0.0636, 0.0590, 0.0531, 0.0464, 0.0398, 0.0344, 0.0302, 0.0266, 0.0205],
}


def test_it_has_the_numbers_that_the_simulation_was_tuned_to(muons):
    """No validation: the overlaid events and the cut on the b quarks were chosen for these numbers."""
    for label, total in ((1, 15), (0, 27)):
        chosen = muons["y"] == label
        images = muons["images"][chosen].reshape(chosen.sum(), -1)
        assert np.average(images.sum(axis=1), weights=muons["weights"][chosen]) == pytest.approx(total, abs=2)
        # A prompt muon in a hundred has a single cell, or next to none.
        assert ((images > 0).sum(axis=1) <= 1).mean() < 0.03
    # By eye from Fig. 1: the density in pT, before weights.
    for label, expected in ((1, [0.37, 0.265, 0.175, 0.115, 0.078]), (0, [0.31, 0.24, 0.185, 0.15, 0.115])):
        counts, _ = np.histogram(muons["pt"][muons["y"] == label], 5, (10, 15), density=True)
        np.testing.assert_allclose(counts, expected, atol=0.02)
    cone = -muons["iso"][:, RADII.index(0.425)]
    assert auc(muons["y"], cone, muons["weights"]) == pytest.approx(0.79, abs=0.02)
    assert auc_uncertainty(muons["y"], cone, muons["weights"]) < 0.005


def test_the_shape_of_its_images_is_not_tuned_and_like_the_published_one(muons):
    """Rings normalised to their mean; the innermost one has 12 pixels, and few events."""
    distance = np.hypot(*pixel_positions(CALO).T)
    for label, published in RINGS.items():
        chosen = muons["y"] == label
        mean = np.average(
            muons["images"][chosen].reshape(-1, CALO.pixels), axis=0, weights=muons["weights"][chosen]
        )
        rings = [mean[(distance >= 0.05 * ring) & (distance < 0.05 * (ring + 1))].mean() for ring in range(9)]
        np.testing.assert_allclose(rings / np.mean(rings), published / np.mean(published), rtol=0.15)


# Of the paper's Table I: the cone and the ten cones, and the four safe EFPs that it found.
CONES = [0.025, 0.05, 0.075, 0.125, 0.15, 0.225, 0.275, 0.325, 0.425, 0.45]
# The ten that the search of config/muons.yaml chooses.
CHOSEN = [0.35, 0.2, 0.425, 0.25, 0.15, 0.3, 0.025, 0.075, 0.1, 0.125]
SAFE = ["3_3_1_k_1_b_1", "3_5_1_k_1_b_2", "3_5_1_k_1_b_1", "2_1_0_k_1_b_2"]


@pytest.mark.slow
def test_ten_cones_are_better_than_one_as_good_as_all_and_better_still_with_efps(sample):
    """By boosted trees: by more than two standard deviations of the paired difference, or within two."""
    efps = SelectedEfps(SAFE, CALO, "physical")
    inputs, scores = {}, {}
    for split in ("train", "test"):
        groups = sample[split]
        images = SparseImages.from_dense(groups["images"])
        ten, chosen = (groups["iso"][:, list(map(RADII.index, radii))] for radii in (CONES, CHOSEN))
        total = groups["images"].sum((1, 2, 3))
        inputs[split] = {
            "one": groups["iso"][:, [RADII.index(0.425)]],
            "ten": ten,
            "efps": np.column_stack([ten, total, efps.values(images)]),
            "chosen": chosen,
            "all": groups["iso"],
        }
    train, test = sample["train"], sample["test"]
    for name in inputs["train"]:
        trees = HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.1, max_leaf_nodes=15, random_state=0
        )
        with threadpool_limits(1):
            trees.fit(inputs["train"][name], train["y"], sample_weight=train["weights"])
        scores[name] = trees.predict_proba(inputs["test"][name])[:, 1]
    names = list(scores)
    covariance = auc_covariance(test["y"], list(scores.values()), test["weights"])
    aucs = [auc(test["y"], score, test["weights"]) for score in scores.values()]

    def significance(better, worse):
        """Return the difference of two AUCs in standard deviations."""
        factors = np.array([(name == better) - (name == worse) for name in names], float)
        return factors @ aucs / np.sqrt(factors @ covariance @ factors)

    assert significance("ten", "one") > 2
    assert significance("efps", "ten") > 2
    assert significance("chosen", "one") > 2
    for ten in ("ten", "chosen"):
        assert significance("all", ten) < 3
