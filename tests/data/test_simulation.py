"""The built-in simulation: reproducible, balanced, matched, and imaged the right way round."""

import json
from dataclasses import replace
from itertools import product
from typing import ClassVar

import h5py
import numpy as np
import pytest

from data import merge_events, simulate_events, simulate_pool
from layouts import ELECTRONS
from leptonid.data.checks import check_events
from leptonid.data.imaging.electrons import ECAL_CELLS, HCAL_CELLS
from leptonid.data.matching import quotas, take
from leptonid.data.simulation.chunks import STREAMS, Settings, pythia_seed, seed_sequence
from leptonid.data.simulation.electrons import generator
from leptonid.data.simulation.electrons.candidates import SELECTION, reconstruct, select
from leptonid.data.simulation.electrons.chunks import impacts
from leptonid.data.simulation.electrons.detector import RESPONSE, Deposits
from leptonid.data.simulation.electrons.generator import MIN_JET_PT, JetVeto, generate
from leptonid.data.simulation.electrons.propagation import Tracks, propagate
from leptonid.data.simulation.generator import kinds_and_charges
from leptonid.data.simulation.merging import chunk_numbers
from leptonid.data.simulation.overlay import overlay, read_pool
from leptonid.data.simulation.particles import (
    CHARGED_HADRON,
    ELECTRON,
    NEUTRAL_HADRON,
    PHOTON,
    Particles,
)
from leptonid.data.simulation.propagation import FIELD, HALF_LENGTH, RADIUS, helix_end
from leptonid.data.variables.electrons import high_level, mass
from leptonid.errors import InputError
from leptonid.study.paths import SPLITS

SETTINGS = {"layout": "electrons", "events": 40, "seed": 5, "chunk": 20, "overlay": 3.0}
# Events of each chunk of these splits.
CHUNKS = {("train", 0): 20, ("train", 1): 6, ("valid", 0): 6, ("test", 0): 8}
GROUPS = {"et", "ht", "hl", "mass", "y", "pt", "eta", "weight"}


def simulate(pool, split, chunk, output, **changes):
    settings = json.dumps(SETTINGS | changes)
    options = {"--pool": pool, "--split": split, "--chunk": chunk, "--settings": settings, "--output": output}
    simulate_events.main([str(part) for option in options.items() for part in option])
    return output


def events_of(pool):
    return read_pool(pool, lambda particles: impacts(particles, np.random.default_rng(0)))


def contents(path):
    with h5py.File(path) as file:
        return {name: file[name][:] for name in GROUPS}


@pytest.fixture(scope="module", autouse=True)
def small_batches():
    """Few candidates need few events."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("leptonid.data.simulation.electrons.chunks.BATCH", 100)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("simulation")


@pytest.fixture(scope="module")
def pool(folder):
    path = folder / "pool.h5"
    settings = json.dumps({"layout": "electrons", "seed": 5, "pool": 100})
    simulate_pool.main(["--split", "train", "--settings", settings, "--output", str(path)])
    return path


@pytest.fixture(scope="module")
def chunks(folder, pool):
    return [simulate(pool, *chunk, folder / "{}{}.h5".format(*chunk)) for chunk in CHUNKS]


def merge(chunks, output):
    settings = json.dumps(SETTINGS | {"pool": 100})
    merge_events.main(["--chunks", *map(str, chunks), "--settings", settings, "--output", str(output)])
    return output


@pytest.fixture(scope="module")
def merged(folder, chunks):
    return merge(chunks, folder / "events.h5")


def test_a_chunk_made_twice_is_the_same_file(folder, pool, chunks):
    again = simulate(pool, "test", 0, folder / "again.h5")
    assert again.read_bytes() == chunks[3].read_bytes()


def test_a_chunk_does_not_depend_on_the_other_chunks(folder, pool, chunks):
    # Four events less, none of them for testing.
    alone = simulate(pool, "test", 0, folder / "alone.h5", events=36)
    assert alone.read_bytes() == chunks[3].read_bytes()


def test_cells_are_empty_below_the_thresholds_of_the_settings(folder, pool, chunks):
    for chunk, ecal, hcal in (
        (chunks[3], 0.5, 2.0),
        (simulate(pool, "test", 0, folder / "high.h5", ecal_threshold=2.0, hcal_threshold=4.0), 2.0, 4.0),
    ):
        events = contents(chunk)
        cosh = np.cosh(events["eta"].astype(float))[:, None, None]
        for name, threshold, pixels, reach in (("et", ecal, 1, 0.4), ("ht", hcal, 16, 0.45)):
            energy = pixels * events[name][..., 0] * cosh
            # Between centre and edge of the image, cosh(eta) changes by this factor at most.
            lowest = energy[energy > 0].min() * np.exp(reach)
            assert threshold < lowest < 2.5 * threshold, name


def test_chunks_and_splits_differ(chunks):
    """Of the same pool, settings and number of events, the second chunk of train and the first of valid."""
    _, second, valid, _ = (contents(chunk)["et"] for chunk in chunks)
    assert not np.array_equal(second, valid)


def test_every_stream_of_random_numbers_has_a_seed_of_its_own():
    settings = Settings()
    seeds = [
        (pythia_seed(sequence), *sequence.generate_state(2))
        for stream in STREAMS
        for split in SPLITS
        for index in range(len(settings.events_in(split)))
        for sequence in [seed_sequence(settings.seed, stream, split, index)]
    ]
    assert len(seeds) == len(STREAMS) * 21
    for kind in zip(*seeds, strict=True):
        assert len(set(kind)) == len(seeds)


@pytest.mark.parametrize(
    ("events", "chunk", "train", "valid", "test"),
    [
        (20_000, 1000, [1000] * 12 + [800], [1000] * 3 + [200], [1000] * 4),
        (2000, 1000, [1000, 280], [320], [400]),
        (20, 1000, [12], [4], [4]),
    ],
)
def test_chunks_belong_to_one_split_each_and_the_last_holds_the_rest(events, chunk, train, valid, test):
    settings = Settings.from_settings({"events": events, "chunk": chunk})
    assert [settings.events_in(split) for split in SPLITS] == [train, valid, test]
    assert settings.events_of("test", len(test) - 1) == test[-1]
    with pytest.raises(InputError, match=f"chunk {len(test)} of test: {sum(test)} events .* 0 to"):
        settings.events_of("test", len(test))


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"events": 41}, "events"),
        ({"events": 18}, "events"),
        ({"chunk": 21}, "chunk"),
        ({"seed": -1}, "seed"),
        ({"overlay": "x"}, "overlay"),
        ({"overlay": float("nan")}, "overlay"),
        ({"pool": 0}, "pool"),
        ({"hcal_threshold": -1.0}, "hcal_threshold"),
        ({"evnets": 4}, "evnets"),
    ],
)
def test_unusable_settings_are_named(changes, key):
    with pytest.raises(InputError, match=key):
        Settings.from_settings(changes)


def test_every_chunk_has_the_exact_count_and_balance(chunks):
    for chunk, events in zip(chunks, CHUNKS.values(), strict=True):
        y = contents(chunk)["y"]
        assert y.tolist() == [0] * (events // 2) + [1] * (events // 2)


def spectra(chunk):
    """Return the counts of background and signal of a chunk in the bins of the matching."""
    events = contents(chunk)
    pt, eta, y = events["pt"].astype(float), events["eta"].astype(float), events["y"]
    return [quotas(pt[y == label], eta[y == label]) for label in (0, 1)]


def displaced(chunk):
    with h5py.File(chunk) as file:
        return file.attrs["displaced"]


def test_signal_has_the_spectrum_of_the_background(chunks):
    for chunk in chunks:
        assert displaced(chunk) == 0
        np.testing.assert_array_equal(*spectra(chunk))


def test_signal_in_other_bins_is_counted(folder, pool, monkeypatch):
    for name, events in (("BATCH", 20), ("PATIENCE", 10)):
        monkeypatch.setattr(f"leptonid.data.simulation.electrons.chunks.{name}", events)
    path = simulate(pool, "test", 0, folder / "impatient.h5")
    dijets, electrons = spectra(path)
    assert electrons.sum() == dijets.sum() == 4
    assert displaced(path) == np.maximum(electrons - dijets, 0).sum() > 0


def test_images_are_complete(chunks):
    for chunk in chunks:
        events = contents(chunk)
        assert all(np.isfinite(values).all() for values in events.values())
        assert (events["et"][:, 15, 15, 0] > 0).all()
        assert (events["et"] >= 0).all()
        towers = events["ht"].reshape(-1, 8, 4, 8, 4)
        assert (towers == towers[:, :, :1, :, :1]).all()
        assert events["et"].dtype == events["ht"].dtype == np.float32


def test_variables_belong_to_the_images(chunks):
    events = contents(chunks[0])
    images = events["et"], events["ht"], events["eta"].astype(float)
    np.testing.assert_allclose(events["hl"], high_level(*images), rtol=1e-5)
    # Where the towers lie is not in the file: up to half a tower beside the middle of the image.
    masses, near = events["mass"][:, 0], mass(*images)[:, 0]
    empty = ~events["ht"].any(axis=(1, 2, 3))
    assert 0 < empty.sum() < len(empty)
    np.testing.assert_allclose(masses[empty], near[empty], rtol=1e-5)
    np.testing.assert_allclose(masses[~empty], near[~empty], rtol=0.5)
    assert (np.abs(masses / near - 1)[~empty] > 1e-4).all()
    np.testing.assert_allclose(events["pt"], events["et"][:, 12:19, 13:18].sum((1, 2, 3)), rtol=1e-5)


def test_merging_keeps_every_event_once_and_in_its_split(chunks, merged):
    before = {split: [] for split in SPLITS}
    for (split, _), chunk in zip(CHUNKS, chunks, strict=True):
        events = contents(chunk)
        before[split] += [tuple(row) for row in np.c_[events["y"], events["pt"], events["hl"]]]
    with h5py.File(merged) as file:
        for split in SPLITS:
            rows = [tuple(row) for row in np.c_[file["y"][split], file["pt"][split], file["hl"][split]]]
            assert sorted(rows) == sorted(before[split])
            assert rows != before[split]  # shuffled
    assert len({row for rows in before.values() for row in rows}) == 40


def test_merged_events_know_their_chunk(chunks, merged):
    with h5py.File(merged) as file:
        for number, ((split, _), chunk) in enumerate(zip(CHUNKS, chunks, strict=True)):
            members = file["chunk"][split][:] == number
            assert sorted(file["pt"][split][members]) == sorted(contents(chunk)["pt"])


def test_chunks_are_counted_through_all_splits():
    numbers = chunk_numbers({"train": [3, 2], "valid": [1], "test": [2]})
    assert {split: values.tolist() for split, values in numbers.items()} == {
        "train": [0, 0, 0, 1, 1], "valid": [2], "test": [3, 3],
    }  # fmt: skip


def test_the_merged_file_is_accepted_and_says_what_it_is(merged):
    check_events(merged, ELECTRONS.contents, dict.fromkeys(["et", "ht"], "efp.calorimeters"))
    with h5py.File(merged) as file:
        assert set(file) == {*GROUPS, "chunk"}
        assert file.attrs["label"] == "lepton-id simulation (stand-in)"
        assert json.loads(file.attrs["settings"])["overlay"] == 3.0
        assert set(json.loads(file.attrs["versions"])) >= {"pythia8mc", "numpy"}


def test_merging_does_not_depend_on_the_order_of_the_files(folder, chunks, merged):
    assert merge(chunks[::-1], folder / "reversed.h5").read_bytes() == merged.read_bytes()


def test_merging_names_what_is_missing_double_or_no_chunk(folder, pool, chunks):
    with pytest.raises(InputError, match=r"chunks 1 of train, 0 of test are missing"):
        merge([chunks[0], chunks[2]], folder / "bad.h5")
    with pytest.raises(
        InputError, match=r"train0.h5: holds chunk 0 of train; each of the chunks 0 to 1 of tr"
    ):
        merge([*chunks, chunks[0]], folder / "bad.h5")
    with pytest.raises(InputError, match=r"pool.h5: not a chunk"):
        merge([chunks[0], pool], folder / "bad.h5")


def test_a_file_that_is_no_pool_is_named(chunks):
    with pytest.raises(InputError, match=r"train0.h5: not a pool"):
        events_of(chunks[0])


def picture(extra_eta, extra_phi, ecal, hcal):
    """Return the image of a 20 GeV shower and one more, displaced shower, without any spread or noise."""
    exact = replace(
        RESPONSE,
        em_width=(0.0, 0.0),
        hadron_hcal_width=(0.0, 0.0),
        ecal_noise=0.0,
        hcal_noise=0.0,
    )
    eta, phi = float(ECAL_CELLS.eta(122)), float(ECAL_CELLS.phi(3))  # images reach across phi = 0
    deposits = Deposits(
        event=np.array([0, 0]),
        eta=np.array([eta, eta + extra_eta]),
        phi=np.array([phi, phi + extra_phi]),
        hadronic=np.array([False, False]),
        ecal=np.array([20.0, ecal]),
        hcal=np.array([0.0, hcal]),
    )
    tracks = Tracks(*(np.array([value]) for value in (0, 15.0, eta + 0.01, phi - 0.02, True)))
    return select(deposits, tracks, exact, SELECTION, np.random.default_rng(0))


@pytest.mark.parametrize(("columns", "rows_up"), [(6, 0), (0, 6), (-7, -5), (10, 12)])
def test_columns_are_eta_and_rows_are_falling_phi(columns, rows_up):
    candidates, chosen = picture(columns * 0.025, rows_up * np.pi / 126, 5.0, 0.0)
    et = candidates.et[0, :, :, 0]
    assert chosen.all()
    assert et[15, 15] == pytest.approx(20 / np.cosh(candidates.eta[0]), abs=1e-3)
    assert et[15 - rows_up, 15 + columns] > 3
    assert np.count_nonzero(et) == 2


@pytest.mark.parametrize(("eta", "phi"), [(0.25, 0.0), (0.0, 0.25), (-0.25, 0.25), (0.25, -0.25)])
def test_the_mass_knows_where_the_towers_lie(eta, phi):
    candidates, _ = picture(eta, phi, 0.0, 6.0)
    row, column = HCAL_CELLS.index(ECAL_CELLS.eta(122) + eta, ECAL_CELLS.phi(3) + phi)
    tower_eta, tower_phi = HCAL_CELLS.eta(row), HCAL_CELLS.phi(column)
    place = (np.arange(4) - 1.5) / 4
    cells = [(20 / np.cosh(ECAL_CELLS.eta(122)), ECAL_CELLS.eta(122), ECAL_CELLS.phi(3))]
    for pixel_eta, pixel_phi in product(tower_eta + place * 0.1, tower_phi + place * np.pi / 31):
        cells.append((6 / np.cosh(tower_eta) / 16, pixel_eta, pixel_phi))
    et, cell_eta, cell_phi = np.array(cells).T
    momentum = et * np.array([np.cosh(cell_eta), np.cos(cell_phi), np.sin(cell_phi), np.sinh(cell_eta)])
    expected = np.sqrt((momentum.sum(axis=1) ** 2) @ [1, -1, -1, -1])
    images = candidates.et, candidates.ht, candidates.eta
    assert mass(*images, candidates.ht_centre)[0, 0] == pytest.approx(expected, rel=1e-3)
    assert mass(*images)[0, 0] != pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize(("eta", "phi"), [(0.25, 0.0), (0.0, 0.25), (-0.25, 0.25), (0.25, -0.25)])
def test_the_hcal_image_has_the_same_orientation(eta, phi):
    candidates, _ = picture(eta, phi, 0.0, 6.0)
    rows, columns = np.nonzero(candidates.ht[0, :, :, 0])
    assert len(rows) == 16
    assert abs((columns.mean() - 15.5) * 0.025 - eta) <= 0.05
    assert abs((15.5 - rows.mean()) * np.pi / 31 / 4 - phi) <= np.pi / 31 / 2
    expected = 6 / np.cosh(candidates.eta[0] + eta)
    assert candidates.ht.sum() == pytest.approx(expected, rel=0.05)


def test_charged_particles_follow_a_helix():
    pt, eta = 1.3, np.array([0.4, -1.0, 2.2])
    found_eta, dphi, radius, arrives = helix_end(np.full(3, pt), eta, np.ones(3))
    assert arrives.all()
    for index in range(3):  # against small steps along the curve
        x = y = z = angle = 0.0
        step = 1e-4
        while np.hypot(x, y) < RADIUS and abs(z) < HALF_LENGTH:
            angle -= 0.299792458 * FIELD / pt * step
            x, y = x + np.cos(angle) * step, y + np.sin(angle) * step
            z += np.sinh(eta[index]) * step
        assert dphi[index] == pytest.approx(np.arctan2(y, x), abs=1e-3)
        assert radius[index] == pytest.approx(np.hypot(x, y), abs=1e-3)
        assert found_eta[index] == pytest.approx(np.arcsinh(z / np.hypot(x, y)), abs=1e-3)


def test_a_batch_without_candidates_is_no_error(pool):
    nothing = Particles(3, np.zeros(0, int), *(np.zeros(0) for _ in range(3)), *(np.zeros(0, np.int8),) * 2)
    events = events_of(pool)
    assert len(reconstruct(nothing, events, 3.0, False, np.random.default_rng(1))) == 0


def test_neutral_particles_fly_straight_and_slow_ones_curl_up():
    eta, dphi, _, arrives = helix_end(np.array([0.5, 0.3]), np.array([1.0, 0.1]), np.array([0, 1]))
    assert eta[0] == pytest.approx(1.0)
    assert dphi[0] == 0
    assert arrives.tolist() == [True, False]


def test_radiation_and_conversion_keep_the_energy():
    count = 2000
    kind = np.repeat([ELECTRON, PHOTON, CHARGED_HADRON, NEUTRAL_HADRON], count // 4)
    charge = np.where(np.isin(kind, (ELECTRON, CHARGED_HADRON)), 1, 0)
    values = np.full(count, 20.0), np.full(count, 0.5), np.zeros(count)
    particles = Particles(count, np.arange(count), *values, kind, charge)
    impacts, tracks = propagate(particles, np.random.default_rng(1))
    energy = np.bincount(impacts.event, impacts.energy, minlength=count)
    # Soft partners that curl away are lost, no more.
    assert (energy < 20 * np.cosh(0.5) * (1 + 1e-9)).all()
    assert np.mean(energy > 0.95 * 20 * np.cosh(0.5)) > 0.9
    assert (np.diff(impacts.event) >= 0).all()
    assert len(impacts.event) > 1.1 * count
    assert not tracks.electron[tracks.event >= count // 4].any()


def test_pdg_numbers_give_kinds_and_charges():
    identity = np.array([11, -11, 22, 211, -211, 2212, -2212, 130, 2112, 3112, -3112, 310])
    kind, charge = kinds_and_charges(identity)
    charged = [CHARGED_HADRON] * 4
    expected = [ELECTRON, ELECTRON, PHOTON, *charged, NEUTRAL_HADRON, NEUTRAL_HADRON]
    assert kind.tolist() == [*expected, CHARGED_HADRON, CHARGED_HADRON, NEUTRAL_HADRON]
    assert charge.tolist() == [-1, 1, 0, 1, -1, 1, -1, 0, 0, -1, 1, 0]


@pytest.mark.parametrize("process", MIN_JET_PT)
def test_events_that_are_dropped_early_are_counted_and_empty(process, monkeypatch):
    monkeypatch.setitem(generator.MIN_JET_PT, process, 30.0)
    batches = generate(process, 1, 20)
    for batch in (next(batches), next(batches)):
        assert 40 < batch.events < 1000
        assert set(batch.event) == set(range(20))


def test_an_event_that_is_kept_has_a_hard_central_jet(monkeypatch):
    monkeypatch.setitem(generator.MIN_JET_PT, "background", 40.0)
    batch = next(generate("background", 1, 50))
    assert (np.bincount(batch.event, batch.pt) > 40.0).all()


class Onlooker(JetVeto):
    """Keeps all events, and remembers which of them would have been dropped."""

    verdicts: ClassVar = []

    def doVetoPT(self, position, event):  # noqa: N802
        self.early_verdict = super().doVetoPT(position, event)
        return False

    def doVetoPartonLevel(self, event):  # noqa: N802
        late_verdict = super().doVetoPartonLevel(event)
        self.verdicts.append(late_verdict or (self.early and self.early_verdict))
        return False


@pytest.mark.parametrize(
    ("process", "tried", "fewest_dropped", "fewest_candidates"),
    [("background", 2000, 700, 15), ("signal", 500, 200, 80)],
)
def test_events_that_are_dropped_early_give_no_candidates(
    pool, monkeypatch, process, tried, fewest_dropped, fewest_candidates
):
    monkeypatch.setattr(Onlooker, "verdicts", [])
    monkeypatch.setattr(generator, "JetVeto", Onlooker)
    particles = replace(next(generate(process, 1, tried)), events=tried)
    dropped = np.array(Onlooker.verdicts)
    assert len(dropped) == tried
    assert dropped.sum() > fewest_dropped
    overlaid = events_of(pool)
    candidates = [
        len(reconstruct(particles[part[particles.event]], overlaid, 10.0, process == "signal", rng))
        for part, rng in ((dropped, np.random.default_rng(1)), (~dropped, np.random.default_rng(2)))
    ]
    assert candidates[0] == 0
    assert candidates[1] > fewest_candidates


def test_overlaid_particles_lie_near_their_direction(pool):
    events = events_of(pool)
    eta, phi = np.array([0.0, 1.5, -1.9]), np.array([0.1, 3.1, -3.1])
    found = overlay(events, 50, eta, phi, 0.6, np.random.default_rng(1))
    distance = np.angle(np.exp(1j * (found.phi - phi[found.event])))
    assert (np.abs(distance) < 0.6).all()
    assert (np.abs(found.eta - eta[found.event]) < 0.6).all()
    assert set(found.event) == {0, 1, 2}
    assert len(overlay(events, 0, eta, phi, 0.6, np.random.default_rng(1)).event) == 0


def test_full_places_are_refused_and_neighbours_serve_on_request():
    free = quotas(np.array([12.1, 12.2, 20.1]), np.array([0.1, 0.2, -1.0]))
    pt, eta = np.array([12.3, 12.4, 12.0, 20.6]), np.array([-0.1, 0.3, 0.0, 1.0])
    assert take(free, pt, eta).tolist() == [True, True, False, False]
    assert free.sum() == 1
    assert take(free, pt, eta, tolerance=1).tolist() == [False, False, False, True]
    assert not free.any()
