"""The simulation of muons: towers as those of the card, images and cones, weights, chunks and splits."""

import json

import h5py
import numpy as np
import pytest

from data import merge_events, simulate_events, simulate_pool
from layouts import MUONS
from leptonid.data.checks import check_events
from leptonid.data.imaging.muons import image
from leptonid.data.simulation.muons.candidates import SELECTION, impacts_of, near, reconstruct
from leptonid.data.simulation.muons.detector import (
    COARSE_PHI,
    EDGES,
    FINE_PHI,
    ecal_resolution,
    hcal_resolution,
    log_normal,
    respond,
)
from leptonid.data.simulation.muons.weights import BINS, uniform_weights
from leptonid.data.simulation.overlay import Pool
from leptonid.data.simulation.particles import (
    CHARGED_HADRON,
    ELECTRON,
    MUON,
    NEUTRAL_HADRON,
    PHOTON,
    V0,
    Particles,
)
from leptonid.data.simulation.propagation import Impacts
from leptonid.data.variables.muons import CALO, RADII, isolation
from leptonid.errors import InputError
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import SparseImages

SETTINGS = {"layout": "muons", "events": 20, "seed": 5, "chunk": 20, "overlay": 5.0, "forced_decays": True}
GROUPS = {"images", "iso", "y", "pt", "eta", "weights"}


def shower(kinds, energy=1000.0, eta=0.05, phi=0.05, copies=1):
    """Return the towers, without thresholds, of particles that are `copies` muons' only ones."""
    events = np.repeat(np.arange(copies), len(kinds))
    values = (np.tile(np.broadcast_to(value, len(kinds)), copies) for value in (energy, eta, phi, kinds))
    return respond(Impacts(copies, events, *values), np.random.default_rng(1), thresholds=False)


@pytest.mark.parametrize(
    ("kind", "ecal"),
    [(ELECTRON, 1.0), (PHOTON, 1.0), (CHARGED_HADRON, 0.0), (NEUTRAL_HADRON, 0.0), (V0, 0.3)],
)
def test_energy_is_shared_as_the_card_says(kind, ecal):
    towers = shower([kind], 100.0, copies=4000)
    assert len(towers.energy) == 4000
    assert towers.energy.mean() == pytest.approx(100, rel=0.01)
    parts = 100 * ecal, 100 * (1 - ecal)
    expected = np.hypot(
        np.sqrt((0.0017 * parts[0]) ** 2 + 0.101**2 * parts[0]),
        np.sqrt((0.0302 * parts[1]) ** 2 + 0.5205**2 * parts[1] + 1.59**2) if parts[1] else 0,
    )
    assert towers.energy.std() == pytest.approx(expected, rel=0.05)


def test_muons_leave_no_energy():
    assert len(shower([MUON]).energy) == 0


@pytest.mark.parametrize(
    ("eta", "low", "high", "width"),
    [
        (0.05, 0.0, 0.1, FINE_PHI),
        (-2.49, -2.5, -2.4, FINE_PHI),
        (2.59, 2.5, 2.6, FINE_PHI),
        (2.61, 2.6, 2.8, COARSE_PHI),
        (-2.95, -3.0, -2.8, COARSE_PHI),
    ],
)
def test_a_tower_lies_anywhere_within_itself(eta, low, high, width):
    towers = shower([PHOTON], eta=eta, phi=-0.01, copies=2000)
    for values, first, last in (
        (towers.eta, low, high),
        ((towers.phi + np.pi) % (2 * np.pi) - np.pi, -width, 0),
    ):
        assert first <= values.min() < first + 0.05 * (last - first)
        assert last - 0.05 * (last - first) < values.max() <= last


def test_particles_of_one_tower_add_up_and_others_do_not():
    towers = shower([PHOTON] * 3, eta=[0.01, 0.09, 0.11], phi=[0.01, 0.17, 0.01])
    np.testing.assert_allclose(sorted(towers.energy), [1000, 2000], rtol=0.05)
    # The 20-degree towers begin at multiples of 20 degrees.
    assert len(shower([PHOTON] * 3, eta=2.7, phi=[0.01, 0.34, 0.36]).energy) == 2
    assert len(shower([PHOTON], eta=3.1).energy) == 0


def test_edges_reach_everything_that_an_image_can_hold():
    assert EDGES[-1] > SELECTION.max_eta + 0.45
    assert (np.diff(EDGES) > 0).all()
    np.testing.assert_array_equal(EDGES, -EDGES[::-1])


def test_parts_below_threshold_are_empty():
    energies = np.geomspace(0.05, 20, 20000)
    impacts = Impacts(
        20000,
        np.arange(20000),
        energies,
        np.full(20000, 0.05),
        np.zeros(20000),
        np.full(20000, NEUTRAL_HADRON),
    )
    towers = respond(impacts, np.random.default_rng(0))
    # In the barrel the noise of 1.59 GeV makes the second of the two conditions the harder one.
    assert (towers.energy >= hcal_resolution(towers.energy, np.zeros(len(towers.energy)))).all()
    assert towers.energy.min() == pytest.approx(1.75, abs=0.1)
    photons = Impacts(
        20000, *(getattr(impacts, name) for name in ("event", "energy", "eta", "phi")), np.full(20000, PHOTON)
    )
    assert respond(photons, np.random.default_rng(0)).energy.min() == pytest.approx(0.5, abs=0.02)


def test_smearing_keeps_mean_and_resolution():
    mean = np.full(200_000, 3.0)
    drawn = log_normal(mean, ecal_resolution, np.zeros(200_000), np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(3, rel=2e-3)
    assert drawn.std() == pytest.approx(np.sqrt((0.0017 * 3) ** 2 + 0.101**2 * 3), rel=1e-2)
    assert log_normal(np.zeros(3), ecal_resolution, np.zeros(3), np.random.default_rng(0)).tolist() == [0] * 3


NO_POOL = Pool(Impacts(1, *(np.zeros(0) for _ in range(5))), np.array([0, 0]))


def test_a_muon_is_the_centre_of_its_image_where_it_enters_the_calorimeter():
    """A photon near each of many equal muons, somewhere in its tower of 120 to 130 degrees."""
    count = 400
    particles = Particles(
        count,
        np.repeat(np.arange(count), 2),
        np.tile([12.0, 50.0], count),
        np.full(2 * count, 0.7),
        np.tile([2.0, 2.0 + 0.2], count),
        np.tile([MUON, PHOTON], count),
        np.tile([-1, 0], count),
    )
    muons = reconstruct(particles, NO_POOL, 0.0, np.random.default_rng(0))
    assert len(muons) == count
    bend = np.arcsin(0.299792458 * 2.0 * 1.15 / 2 / 12.0)  # a negative muon turns to larger phi
    expected = 15.5 - (np.radians(125) - (2.0 + bend)) / CALO.cell_phi
    assert (muons.images.pixel // 32).mean() == pytest.approx(expected, abs=0.4)
    assert (muons.pt == 12).all()
    assert (muons.eta == 0.7).all()


def test_only_the_muons_of_the_paper_are_taken_and_both_of_an_event():
    pt = np.array([9.9, 10.1, 14.9, 15.1, 12.0, 12.0])
    eta = np.array([0.0, 0.0, 0.5, 0.0, 2.52, 2.54])
    event = np.array([0, 1, 1, 2, 4, 4])
    particles = Particles(5, event, pt, eta, np.zeros(6), np.full(6, MUON), np.ones(6, int))
    muons = reconstruct(particles, NO_POOL, 0.0, np.random.default_rng(0))
    assert muons.pt.tolist() == [10.1, 14.9, 12.0]
    nothing = reconstruct(particles[pt > 100], NO_POOL, 0.0, np.random.default_rng(0))
    assert len(nothing) == 0
    assert nothing.groups()["iso"].shape == (0, 18)


def test_what_is_near_belongs_to_the_own_event():
    columns = (np.ones(4), np.array([0.1, 0.2, 0.1, 2.0]), np.array([3.1, -3.1, 3.1, 3.1]), np.zeros(4))
    impacts = Impacts(9, np.array([3, 3, 5, 5]), *columns)
    centres = Impacts(9, np.array([5, 3]), np.ones(2), np.zeros(2), np.array([3.0, -3.1]), np.zeros(2))
    found = near(impacts, np.array([5, 3]), centres)
    assert sorted(zip(found.event.tolist(), found.eta.tolist(), strict=True)) == [
        (0, 0.1),
        (1, 0.1),
        (1, 0.2),
    ]


def test_particles_are_followed_to_the_calorimeter():
    particles = Particles(
        1, np.zeros(3, int), np.array([12.0, 12.0, 0.2]), np.array([0.3, 0.3, 0.0]), np.zeros(3),
        np.array([MUON, PHOTON, CHARGED_HADRON]), np.array([1, 0, 1]),
    )  # fmt: skip
    impacts = impacts_of(particles)
    assert len(impacts.eta) == 2
    assert impacts.phi[0] == pytest.approx(-0.02874, abs=1e-4)
    assert impacts.phi[1] == 0


def test_columns_are_eta_rows_are_falling_phi_and_corners_stay_empty():
    deta, dphi = np.array([0.2, 0.0, -0.4, 0.33]), np.array([0.0, 0.2, 0.0, 0.33])
    images = image(np.array([0, 0, 0, 0]), deta, dphi, np.array([1.0, 2.0, 3.0, 4.0]), 2).dense()[..., 0]
    # The last one is farther than 0.45 from the muon.
    assert [images[0, 16, 23], images[0, 8, 16], images[0, 16, 1]] == [1, 2, 3]
    assert np.count_nonzero(images) == 3


def test_a_cone_sums_the_pixels_whose_centres_it_holds():
    """Against a loop over pixels; the numbers of pixels are those that the layout of the image implies."""
    rng = np.random.default_rng(3)
    images = np.where(rng.random((3, 32, 32, 1)) < 0.05, rng.exponential(2, (3, 32, 32, 1)), 0)
    pt = np.array([10.0, 12.5, 15.0])
    found = isolation(SparseImages.from_dense(images), pt)
    for event in range(3):
        for radius, value in zip(RADII, found[event], strict=True):
            total = sum(
                images[event, row, column, 0]
                for row in range(32)
                for column in range(32)
                if ((row - 15.5) ** 2 + (column - 15.5) ** 2) ** 0.5 * 0.028125 < radius
            )
            assert value == pytest.approx(total / pt[event], rel=1e-5, abs=1e-12)
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found[:, -1] * pt <= images.sum((1, 2, 3)) + 1e-5).all()
    np.testing.assert_allclose(isolation(SparseImages.from_dense(3 * images), 3 * pt), found, rtol=1e-5)
    ones = isolation(SparseImages.from_dense(np.ones((1, 32, 32, 1))), np.ones(1))
    numbers = [4, 12, 24, 44, 60, 88, 120, 164, 208, 256, 300, 360, 424, 484, 556, 632, 716, 812]
    assert ones[0].tolist() == numbers


def test_images_and_cones_are_those_of_the_layout():
    assert MUONS.images["images"].grid == CALO
    assert MUONS.contents.variables["iso"] == tuple(f"iso_{radius:g}" for radius in RADII)


def test_weights_make_pt_and_eta_uniform():
    rng = np.random.default_rng(0)
    pt = 10 + 5 * rng.beta(1, 2, 3000)
    eta = np.clip(rng.normal(0, 1, 3000) + (pt - 12) / 5, -2.53, 2.53)
    weights = uniform_weights(pt, eta)
    assert weights.mean() == pytest.approx(1)
    for values, limits in ((pt, (10, 15)), (eta, (-2.53, 2.53))):
        counts, _ = np.histogram(values, BINS, limits, weights=weights)
        np.testing.assert_allclose(counts, 3000 / BINS, rtol=0.01)


def test_few_muons_have_weights_too():
    weights = uniform_weights(np.array([10.5, 14.0]), np.array([0.1, 2.0]))
    np.testing.assert_allclose(weights, 1)


def simulate(pool, split, output):
    """Simulate the only chunk of a split; return its path."""
    options = {"--pool": pool, "--split": split, "--chunk": 0, "--settings": json.dumps(SETTINGS)}
    simulate_events.main([str(part) for option in {**options, "--output": output}.items() for part in option])
    return str(output)


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """The folder of a small simulation of all splits, with one pool for all of them, and its file."""
    folder = tmp_path_factory.mktemp("muons")
    pool, events = folder / "pool.h5", folder / "events.h5"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("leptonid.data.simulation.muons.chunks.BATCH", 50)
        settings = json.dumps({"layout": "muons", "seed": 5, "pool": 20})
        simulate_pool.main(["--split", "train", "--settings", settings, "--output", str(pool)])
        chunks = [simulate(pool, split, folder / f"{split}.h5") for split in SPLITS]
        simulate(pool, "test", folder / "again.h5")
    settings = json.dumps(SETTINGS | {"pool": 20})
    merge_events.main(["--chunks", *chunks, "--settings", settings, "--output", str(events)])
    return folder, events


def test_the_merged_file_is_accepted_and_says_how_it_was_made(merged):
    check_events(merged[1], MUONS.contents, {"images": "efp.calorimeters"})
    with h5py.File(merged[1]) as file:
        assert set(file) == {*GROUPS, "chunk"}
        assert "stand-in" in file.attrs["label"]
        assert json.loads(file.attrs["settings"])["forced_decays"] is True
        for split, count in {"train": 12, "valid": 4, "test": 4}.items():
            y = file["y"][split][:]
            assert (len(y), y.sum()) == (count, count // 2)
            assert {file[name][split].dtype.name for name in GROUPS - {"y"}} == {"float32"}
            for label in (0, 1):
                assert file["weights"][split][:][y == label].mean() == pytest.approx(1)
            pt = file["pt"][split][:].astype(float)
            assert ((pt > 10) & (pt < 15)).all()
            images = SparseImages.from_dense(file["images"][split][:])
            np.testing.assert_allclose(file["iso"][split], isolation(images, pt), rtol=1e-6)


def test_a_chunk_made_twice_is_the_same_file(merged):
    assert (merged[0] / "again.h5").read_bytes() == (merged[0] / "test.h5").read_bytes()


def test_settings_of_another_simulation_are_refused(tmp_path):
    settings = json.dumps(SETTINGS | {"layout": "electrons"})
    with pytest.raises(InputError, match=r"unknown keys \['forced_decays'\]"):
        merge_events.main(["--chunks", "a.h5", "--settings", settings, "--output", str(tmp_path / "b.h5")])
