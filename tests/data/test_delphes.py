"""Delphes files: images as loops make them, errors that name file and branch, splits, matched spectra."""

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest

from data import merge_delphes, read_delphes
from delphes_files import (
    ECAL,
    HCAL,
    Event,
    edges,
    electron,
    shower,
    showers,
    tower,
    write_delphes,
    write_tree,
)
from layouts import ELECTRONS, ROOT
from leptonid.data.checks import check_events
from leptonid.data.delphes import files
from leptonid.data.delphes.candidates import AT_EDGE, EMPTY, NO_ELECTRON, NO_TRACK, read_candidates
from leptonid.data.delphes.sample import matched
from leptonid.data.delphes.towers import Towers, card_lines
from leptonid.data.imaging.electrons import ECAL_CELLS, HCAL_CELLS
from leptonid.data.matching import quotas
from leptonid.errors import InputError
from leptonid.study.layout import CLASSES
from leptonid.study.paths import SPLITS

SAMPLE = {
    "events": 100, "min_pt": 10.0, "granularity": "strict", "matching": "accept", "event_weights": False,
    "seed": 3,
}  # fmt: skip


def candidates(path, granularity="strict", min_pt=10.0):
    """Return the groups of a file, images dense, and the counts of its dropped events."""
    groups, entries, drops = read_candidates(path, 0, 1, min_pt, granularity)
    assert entries == len(groups["entry"]) + sum(drops.values())
    return {name: getattr(values, "dense", lambda v=values: v)() for name, values in groups.items()}, +drops


def transverse(towers, leaf, step, columns):
    """Return the ET of each cell (eta, phi) that towers fill, the centres of their edges telling which."""
    cells = Counter()
    for row in towers:
        low_eta, high_eta, low_phi, high_phi = row[-4:]
        eta = math.floor((low_eta + high_eta) / 2 / step[0])
        phi = math.floor((low_phi + high_phi) / 2 / step[1]) % columns
        cells[eta, phi] += row[leaf] / math.cosh((eta + 0.5) * step[0])
    return cells


def slow_images(event):
    """Return both images of an event and the eta of their centre, in loops over cells."""
    ecal, hcal = transverse(event.ecal, 4, ECAL, 252), transverse(event.hcal, 5, HCAL, 62)
    impact = event.tracks[0][4:6]
    track = [math.floor(place / step) for place, step in zip(impact, ECAL, strict=True)]
    around = [(track[0] + i, (track[1] + j) % 252) for i in range(-8, 9) for j in range(-8, 9)]
    eta, phi = max(around, key=lambda cell: ecal[cell])
    et, ht = np.zeros((31, 31)), np.zeros((32, 32))
    for row in range(31):
        for column in range(31):
            et[row, column] = ecal[eta + column - 15, (phi + 15 - row) % 252]
    centre = (eta + 0.5) * ECAL[0], (phi + 0.5) * ECAL[1]
    first = []
    for place, step in zip(centre, HCAL, strict=True):
        number = math.floor(place / step)
        first.append(number - 3 if place > (number + 0.5) * step else number - 4)
    for row in range(32):
        for column in range(32):
            ht[row, column] = hcal[first[0] + column // 4, (first[1] + 7 - row // 4) % 62] / 16
    return et, ht, centre[0]


@pytest.mark.parametrize("merged", [False, True])
def test_images_are_those_of_a_loop_over_cells(tmp_path, merged):
    """Also around phi = pi and phi = 0, and with eta of both signs; smeared tower centres do not matter."""
    rng = np.random.default_rng(2)
    places = [(rng.integers(-75, 75), phi) for phi in (125, -126, -1, 0, *rng.integers(-126, 126, 60))]
    events = [shower(rng, eta, phi) for eta, phi in places]
    path = write_delphes(tmp_path / "events.root", events, merged)
    found, drops = candidates(path)
    assert not drops
    for index, event in enumerate(events):
        et, ht, eta = slow_images(event)
        np.testing.assert_allclose(found["et"][index, :, :, 0], et, rtol=1e-6)
        np.testing.assert_allclose(found["ht"][index, :, :, 0], ht, rtol=1e-6)
        assert found["eta"][index] == pytest.approx(eta)
    assert (found["pt"] == 20).all()
    shared, _ = candidates(path, "overlap")
    for name, values in found.items():
        np.testing.assert_array_equal(shared[name], values)


def test_the_cell_of_the_track_can_be_the_centre_and_every_quadrant_occurs(tmp_path):
    """The published macro drops such events."""
    events = []
    for eta, phi in [(0, 0), (3, 3), (0, 3), (3, 0)]:
        event = electron(20, 0.5, 0.5, ((eta + 0.5) * ECAL[0], (phi + 0.5) * ECAL[1]))
        event.ecal.append(tower(edges(eta, phi, ECAL), eem=15.0))
        event.hcal += [tower(edges(i, j, HCAL), ehad=1.0) for i in range(-5, 6) for j in range(-5, 6)]
        events.append(event)
    found, drops = candidates(write_delphes(tmp_path / "events.root", events))
    assert not drops
    for index, event in enumerate(events):
        np.testing.assert_allclose(found["ht"][index, :, :, 0], slow_images(event)[1], rtol=1e-6)
    assert (found["ht"] > 0).all()
    assert len({image.tobytes() for image in found["ht"]}) == 2  # ET depends on the choice in eta


def near_edge(eta):
    """Return an event with energy in the cell that holds an eta, and a track into the same cell."""
    event = electron(20, eta, 0.3, (eta, 0.3))
    event.ecal.append(tower(edges(math.floor(eta / ECAL[0]), math.floor(0.3 / ECAL[1]), ECAL), eem=50.0))
    return event


def test_images_must_be_complete(tmp_path):
    events = [near_edge(eta) for eta in (2.09, 2.12, 2.13, 2.29, 2.31, 2.6, -2.09, -2.12, -2.13, -2.31)]
    found, drops = candidates(write_delphes(tmp_path / "events.root", events))
    assert found["entry"].tolist() == [0, 1, 6, 7]
    np.testing.assert_allclose(found["eta"], [2.0875, 2.1125, -2.0875, -2.1125])
    assert drops == {AT_EDGE: 6}


def test_towers_of_muons_hold_no_energy(tmp_path):
    event = near_edge(0.31)
    muon = (181.0, 181.0, 0.3, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    with_muon = replace(event, ecal=[*event.ecal, muon])
    found, _ = candidates(write_delphes(tmp_path / "events.root", [event, with_muon], merged=True))
    np.testing.assert_array_equal(found["et"][0], found["et"][1])
    assert np.count_nonzero(found["et"][0]) == 1


def test_a_tower_of_both_calorimeters_gives_energy_to_both_images(tmp_path):
    event = electron(20, 0.05, 0.05, (0.05, 0.05))
    event.ecal.append(tower((0.0, 0.1, 0.0, HCAL[1]), eem=12.0, ehad=8.0))
    path = write_delphes(tmp_path / "events.root", [event], merged=True)
    found, _ = candidates(path, "overlap")
    et, ht = found["et"][0, :, :, 0], found["ht"][0, :, :, 0]
    offsets = (np.arange(31) - 15) * ECAL[0]
    assert (et.sum(axis=0) * np.cosh(found["eta"] + offsets)).sum() == pytest.approx(12, rel=1e-6)
    # 0.1 x pi/31 are 4 x 4.06 cells, of which the last in phi gets little.
    assert (np.count_nonzero(et.sum(axis=0)), np.count_nonzero(et.sum(axis=1))) == (4, 5)
    assert ht.sum() == pytest.approx(8 / math.cosh(0.05), rel=1e-6)
    assert np.count_nonzero(ht) == 16


def test_of_an_event_the_hardest_electron_counts(tmp_path):
    hard, soft, equal = near_edge(0.31), near_edge(-0.31), near_edge(0.81)
    both = Event(
        soft.electrons + hard.electrons,
        [(*hard.tracks[0][:-1], 7), (*soft.tracks[0][:-1], 5)],
        hard.ecal + soft.ecal,
    )
    both.electrons[0] = (12.0, *both.electrons[0][1:])
    both.electrons[1] = (*both.electrons[1][:-1], 7)
    last = Event([*hard.electrons, (*equal.electrons[0][:-1], 7)], [], hard.ecal + equal.ecal)
    last.tracks = [*hard.tracks, (*equal.tracks[0][:-1], 7)]
    below = replace(hard, electrons=[(10.0, *hard.electrons[0][1:])])
    path = write_delphes(tmp_path / "events.root", [both, last, below, Event()])
    found, drops = candidates(path)
    np.testing.assert_allclose(found["eta"], [0.3125, 0.8125])
    assert drops == {NO_ELECTRON: 2}
    assert candidates(path, min_pt=9.0)[1] == {NO_ELECTRON: 1}


def test_an_electron_is_matched_by_its_particle_then_by_its_direction(tmp_path):
    """Its track's pT is another one, and its direction is that at the vertex."""
    event = near_edge(0.31)
    pt, eta, phi, charge, *_ = event.tracks[0]
    far = (pt, eta, phi, charge, -1.0, 2.0, 9)
    # Of other particles, but one in the electron's direction.
    towards = (pt, *event.electrons[0][1:3], charge, -1.0, 2.0, 9)
    same = (pt, *event.electrons[0][1:3], charge, 0.3, 0.3, 9)
    events = [
        replace(event, tracks=[far, towards, event.tracks[0]]),
        replace(event, tracks=[far, same]),
        replace(event, tracks=[far]),
        replace(event, electrons=[(*event.electrons[0][:-1], 0)], tracks=[(*far[:-1], 0)]),
        replace(event, tracks=[(*far[:3], charge, -1.0, 2.0, 5), event.tracks[0]]),
    ]
    found, drops = candidates(write_delphes(tmp_path / "events.root", events))
    assert found["entry"].tolist() == [0, 1]
    assert drops == {NO_TRACK: 2, EMPTY: 1}


def test_references_are_read_as_delphes_writes_them():
    """Objects with one number; uproot cannot write such a file."""
    found = files._jagged(ak.Array([[{"ref": 4}, {"ref": 9}], [], [{"ref": 1}]]))
    assert found.counts.tolist() == [2, 0, 1]
    assert found.values.tolist() == [4, 9, 1]


@pytest.mark.parametrize("charge", [-1, 1])
def test_without_tracks_an_electron_follows_its_helix(tmp_path, charge, caplog):
    """In 2 T to 1.15 m: pT = 6 GeV turns by 0.0575."""
    turn = -charge * math.asin(0.299792458 * 2 * 1.15 / 2 / 6)
    event = Event([(6.0, 0.01, 0.0, charge, 0)])
    column = math.floor(turn / ECAL[1])
    # More energy just outside of the search around the true impact, but inside of that around the vertex.
    event.ecal = [tower(edges(0, column, ECAL), eem=1.0)]
    event.ecal.append(tower(edges(0, column - 9 * int(np.sign(turn)), ECAL), eem=9.0))
    path = write_delphes(tmp_path / "events.root", [event], without=("Track",))
    found, _ = candidates(path, min_pt=5.0)
    assert found["et"][0, 15, 15, 0] == pytest.approx(1, abs=1e-3)
    assert "no tracks" in caplog.text


def test_energy_is_shared_by_the_area_in_each_cell():
    """Against a fine grid of points in each tower."""
    rng = np.random.default_rng(4)
    low = np.stack([rng.uniform(-2.6, 2.4, 50), rng.uniform(-np.pi, np.pi - 0.2, 50)], axis=1)
    size = rng.uniform(0.005, 0.2, (50, 2))
    boxes = np.stack([low[:, 0], low[:, 0] + size[:, 0], low[:, 1], low[:, 1] + size[:, 1]], axis=1)
    for cells in (ECAL_CELLS, HCAL_CELLS):
        towers = Towers.create(cells, np.arange(50), np.full(50, 3.0), boxes)
        event, row, column, energy = towers.deposits()
        for number in np.unique(towers.event):
            points = (np.arange(200) + 0.5) / 200
            eta, phi = np.meshgrid(*(low[number, i] + points * size[number, i] for i in (0, 1)))
            index = np.stack(cells.index(eta.ravel(), phi.ravel()))
            index = index[:, (index[0] >= 0) & (index[0] < cells.cells_eta)]
            expected = Counter(zip(*index.tolist(), strict=True))
            own = event == number
            found = dict(
                zip(zip(row[own].tolist(), column[own].tolist(), strict=True), energy[own], strict=True)
            )
            assert set(expected) <= set(found)
            for cell, value in found.items():
                assert value / 3 == pytest.approx(expected[cell] / 40_000, abs=0.02)
            if abs(boxes[number, :2]).max() < 2.5:
                assert energy[own].sum() == pytest.approx(3)


def test_towers_of_another_size_are_refused_with_the_lines_of_the_card(tmp_path):
    event = near_edge(0.31)
    event.ecal += [tower((0.0174 * i, 0.0174 * (i + 1), 0.0, np.pi / 180), eem=1.0) for i in range(3)]
    event.hcal.append(tower(edges(1, 2, (0.1, np.pi / 18)), ehad=1.0))
    path = write_delphes(tmp_path / "events.root", [event])
    with pytest.raises(InputError) as refused:
        candidates(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: the towers are not those of the layout\nECal: 3 of 4 towers")
    assert "they are 0.0174 x pi/180 (3)" in message
    assert "HCal: 1 of 1 towers" in message
    assert "0.1 x pi/18 (1); 1 of them are coarser" in message
    assert "{set i -126} {$i <= 126} {incr i} { add PhiBins [expr {$i * $pi / 126.0}] }" in message
    assert "{set i -25} {$i <= 25} {incr i} { add EtaPhiBins [expr {$i * 0.1}] $PhiBins }" in message
    assert message.endswith("data.delphes.granularity: overlap")
    found, _ = candidates(path, "overlap")
    assert found["ht"].sum() == pytest.approx(0.98, abs=0.02)


@pytest.mark.parametrize("name", ["ecal", "hcal"])
def test_the_documentation_has_the_lines_of_the_card(name):
    page = (ROOT / "docs/delphes.md").read_text()
    assert all(line.strip() in page for line in card_lines(name).splitlines())


def test_shifted_cells_and_towers_beyond_the_grid(tmp_path):
    event = near_edge(0.31)
    event.ecal.append(tower((2.6, 2.9, 0.0, 0.2), eem=4.0))
    assert not candidates(write_delphes(tmp_path / "beyond.root", [event]))[1]
    event.ecal.append(tower((0.0125, 0.0375, 0.0, ECAL[1]), eem=4.0))
    with pytest.raises(InputError, match=r"1 of 2 towers .* they are 0\.025 x pi/126 \(1\)"):
        candidates(write_delphes(tmp_path / "shifted.root", [event]))


def damaged(path, content):
    path.write_bytes(content)
    return path


def rewritten(change):
    """Return a maker of a file with changed events."""

    def make(path):
        event = near_edge(0.31)
        return write_delphes(path, [Event(), change(event) or event])

    return make


def with_nan(event):
    event.ecal[0] = (*event.ecal[0][:4], math.nan, *event.ecal[0][5:])


def with_negative(event):
    event.hcal.append(tower(edges(0, 0, HCAL), ehad=-2.0))


def without_extent(event):
    event.ecal.append(tower((0.0, 0.0, 0.0, 0.0), eem=2.0))


def with_endless_electron(event):
    event.electrons = [(math.inf, *event.electrons[0][1:])]


def with_lost_track(event):
    event.tracks = [(*event.tracks[0][:4], math.nan, *event.tracks[0][5:])]


def without_tree(path):
    return write_tree(path, {"x": ak.Array(np.zeros(3)[:, None])}, "Events")


FAULTS = {
    "missing": (lambda path: path, "no such file; expected a ROOT file"),
    "empty": (lambda path: damaged(path, b""), r"is empty \(0 bytes\)"),
    "text": (lambda path: damaged(path, b"<html>"), "is no ROOT file"),
    "head alone": (lambda path: damaged(path, b"root"), "tree Delphes cannot be read: the file is truncated"),
    "no tree": (without_tree, r"has no tree Delphes \(found: Events \(TTree\)\)"),
    "no events": (lambda path: write_delphes(path, []), "tree Delphes has 0 events"),
    "no towers": (
        lambda path: write_delphes(path, [Event()], without=("ECalTowers", "ECalTowers.Edges")),
        r"ECalTowers\.Edges\[4\] is missing in tree Delphes \(branches found: Electron, Event, HCalT",
    ),
    "no electrons": (
        lambda path: write_delphes(path, [Event()], without=("Electron",)),
        r"Electron\.Charge is mi",
    ),
    "NaN": (rewritten(with_nan), r"ECalTowers\.Eem: event 1 has nan, expected a finite energy"),
    "negative": (
        rewritten(with_negative),
        r"HCalTowers\.Ehad: event 1 has -2\.0, expected a finite energy of 0",
    ),
    "extent": (
        rewritten(without_extent),
        r"ECalTowers\.Edges: event 1 has \[0\. 0\. 0\. 0\.\], expected eta low",
    ),
    "infinite": (
        rewritten(with_endless_electron),
        r"Electron\.PT: event 1 has inf, expected a finite number",
    ),
    "track": (rewritten(with_lost_track), r"Track\.EtaOuter: event 1 has nan, expected a finite number"),
    "weight": (rewritten(lambda event: replace(event, weight=math.nan)), r"Event\.Weight: event 1 has nan"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_of_no_use_is_an_error_that_names_it_and_writes_nothing(tmp_path, fault):
    make, message = FAULTS[fault]
    path, output = make(tmp_path / "events.root"), tmp_path / "out" / "part.h5"
    with pytest.raises(InputError, match=rf"^{path}: {message}"):
        read_part(path, output)
    assert not output.exists()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_an_error(tmp_path, share):
    path = write_delphes(tmp_path / "events.root", showers(20))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    branch = r"(tree Delphes|[\w.]+, events 0 to 19,)"
    with pytest.raises(InputError, match=rf"^{path}: {branch} cannot be read: the file is truncated or dam"):
        candidates(path)


def test_damage_in_the_middle_names_the_branch_and_the_events(tmp_path):
    """The part of the file that holds the energies of the towers."""
    path = write_delphes(tmp_path / "events.root", showers(200))
    with files.open_tree(path) as tree:
        place = int(tree["ECalTowers.Eem"].member("fBasketSeek")[0])
    content = bytearray(path.read_bytes())
    content[place + 60 : place + 400] = bytes(340)
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"^{path}: ECalTowers\.Eem, events 0 to 199, cannot be read"):
        candidates(path)


def test_aliases_would_be_run_as_code_and_are_refused(tmp_path, monkeypatch):
    path = write_delphes(tmp_path / "events.root", [near_edge(0.31)])
    monkeypatch.setattr(files.uproot.TTree, "aliases", {"Electron.PT": "exit()"})
    with pytest.raises(
        InputError, match=r"tree Delphes has aliases \(Electron\.PT\), which would be run as code"
    ):
        candidates(path)


def test_names_of_files_are_no_urls(tmp_path):
    for name in ("a.root:Delphes", "http:::b.root"):
        path = write_delphes(tmp_path / "events.root", [near_edge(0.31)]).rename(tmp_path / name)
        assert len(candidates(path)[0]["entry"]) == 1


def read_part(path, output, label="signal", file=0, part=0, parts=1, granularity="strict"):
    settings = {
        "path": str(path), "label": label, "file": file, "part": part, "parts": parts, "min_pt": 10.0,
        "granularity": granularity,
    }  # fmt: skip
    read_delphes.main(["--settings", json.dumps(settings), "--output", str(output)])
    return output


def merge(parts, output, **changes):
    settings = json.dumps({**SAMPLE, **changes})
    merge_delphes.main(["--parts", *map(str, parts), "--settings", settings, "--output", str(output)])
    return output


def spectrum(rng, count, mean):
    """Return events whose pT falls exponentially beyond 10 GeV; every eighth has no electron."""
    return [
        Event() if index % 8 == 0 else shower(rng, rng.integers(-75, 75), rng.integers(-126, 126), pt=pt)
        for index, pt in enumerate(10.5 + rng.exponential(mean, count))
    ]


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Files by class and number: signal harder than background, which is in two files."""
    folder, rng = tmp_path_factory.mktemp("delphes"), np.random.default_rng(1)
    return {
        ("signal", 0): write_delphes(folder / "signal.root", spectrum(rng, 150, 6.0)),
        ("background", 0): write_delphes(folder / "background.root", spectrum(rng, 120, 2.0)),
        ("background", 1): write_delphes(folder / "more.root", spectrum(rng, 40, 2.0), merged=True),
    }


def read_all(sources, folder, parts):
    return [
        read_part(path, folder / f"{label}{file}{part}.h5", label, file, part, parts)
        for (label, file), path in sources.items()
        for part in range(parts)
    ]


@pytest.fixture(scope="module")
def parts(sources, tmp_path_factory):
    return read_all(sources, tmp_path_factory.mktemp("parts"), 1)


def contents(path):
    with h5py.File(path) as file:
        return {split: {name: file[name][split][:] for name in file} for split in SPLITS}


def test_any_number_of_parts_gives_the_same_events(sources, parts, tmp_path):
    """Seven parts of each file, in another order."""
    once = merge(parts, tmp_path / "once.h5")
    several = read_all(sources, tmp_path, 7)
    assert merge(several[::-1], tmp_path / "seven.h5").read_bytes() == once.read_bytes()


def test_there_can_be_more_parts_than_events(tmp_path):
    path = write_delphes(tmp_path / "events.root", [near_edge(0.31), near_edge(0.81)])
    found = [read_candidates(path, part, 5, 10.0, "strict")[0]["entry"].tolist() for part in range(5)]
    assert found == [[], [], [0], [], [1]]


def test_the_sample_is_accepted_and_says_what_it_is(parts, tmp_path):
    path = merge(parts, tmp_path / "events.h5")
    check_events(path, ELECTRONS.contents, dict.fromkeys(["et", "ht"], "efp.calorimeters"))
    with h5py.File(path) as file:
        assert file.attrs["label"] == "Delphes"
        counts = json.loads(file.attrs["counts"])
    assert counts["signal"] == {"events": 150, "candidates": 131, "dropped": {NO_ELECTRON: 19}}
    shared = merge(parts, tmp_path / "shared.h5", granularity="overlap")
    with h5py.File(shared) as file:
        assert file.attrs["label"] == "Delphes, towers shared among the cells by area"


def test_accepted_events_have_one_spectrum_in_every_split(parts, tmp_path):
    events = contents(merge(parts, tmp_path / "events.h5"))
    everything = contents(merge(parts, tmp_path / "none.h5", matching="none"))
    for split in SPLITS:
        both = [
            [quotas(some["pt"][some["y"] == label], some["eta"][some["y"] == label]) for label in (0, 1)]
            for some in (events[split], everything[split])
        ]
        np.testing.assert_array_equal(*both[0])
        # As many as the rarer class has, and chosen among those of the same split.
        np.testing.assert_array_equal(both[0][0], np.minimum(*both[1]))
        assert {image.tobytes() for image in events[split]["et"]} <= {
            image.tobytes() for image in everything[split]["et"]
        }
        assert (events[split]["weight"] == 1).all()
        assert 0 < events[split]["y"].mean() < 1
        assert np.diff(events[split]["y"]).any()


def test_splits_have_their_shares_and_every_event_once(parts, tmp_path):
    everything = contents(merge(parts, tmp_path / "none.h5", matching="none"))
    counts = [len(everything[split]["y"]) for split in SPLITS]
    assert sum(counts) == 131 + 105 + 35
    np.testing.assert_allclose(np.array(counts) / sum(counts), [0.64, 0.16, 0.20], atol=0.09)
    images = [image.tobytes() for split in SPLITS for image in everything[split]["et"]]
    assert len(set(images)) == len(images)


def test_other_files_or_another_matching_move_no_event_to_another_split(sources, parts, tmp_path):
    one = contents(merge([parts[0], parts[1]], tmp_path / "one.h5", matching="none"))
    both = contents(merge(parts, tmp_path / "both.h5", matching="none"))
    other = contents(merge(parts, tmp_path / "seed.h5", matching="none", seed=4))
    for split in SPLITS:
        known = {image.tobytes() for image in both[split]["et"]}
        assert {image.tobytes() for image in one[split]["et"]} <= known
        assert {image.tobytes() for image in other[split]["et"]} != known


def test_weights_give_background_the_spectrum_of_the_signal(parts, tmp_path):
    events = contents(merge(parts, tmp_path / "events.h5", matching="weights"))
    for split in SPLITS:
        some = events[split]
        spectra = []
        for label in (0, 1):
            own = some["y"] == label
            sums = Counter()
            for pt, eta, weight in zip(some["pt"][own], some["eta"][own], some["weight"][own], strict=True):
                sums[int(pt / 0.5), int(abs(eta) / 0.4)] += weight / some["weight"][own].sum()
            spectra.append(sums)
        assert set(spectra[0]) == set(spectra[1])
        for place, value in spectra[1].items():
            assert spectra[0][place] == pytest.approx(value, rel=1e-5)
        assert (some["weight"][some["y"] == 1] == 1).all()
        # Their sum is the number of background events.
        own = some["y"] == 0
        assert some["weight"][own].sum() == pytest.approx(own.sum(), rel=1e-5)


def test_acceptance_takes_the_lowest_ranks_of_each_bin_and_class():
    rng = np.random.default_rng(5)
    bins, y, rank = rng.integers(0, 6, 200), rng.integers(0, 2, 200).astype(np.int8), rng.random(200)
    kept = matched("accept", bins, y, np.ones(200), rank) > 0
    for number in range(6):
        groups = [np.flatnonzero((bins == number) & (y == label)) for label in (0, 1)]
        fewest = min(map(len, groups))
        for group in groups:
            assert set(group[np.argsort(rank[group])][:fewest]) == set(group[kept[group]])


def test_weights_of_delphes_count_on_request(tmp_path, caplog):
    rng = np.random.default_rng(6)
    events = [replace(event, weight=1.0 + index % 3) for index, event in enumerate(spectrum(rng, 80, 2.0))]
    files = [write_delphes(tmp_path / f"{name}.root", events) for name in CLASSES.values()]
    parts = [
        read_part(path, tmp_path / f"{name}.h5", name)
        for path, name in zip(files, CLASSES.values(), strict=True)
    ]
    plain = contents(merge(parts, tmp_path / "plain.h5", matching="none"))
    assert "(Event.Weight) from 1 to 3 are not used" in caplog.text
    assert all((plain[split]["weight"] == 1).all() for split in SPLITS)
    weighted = contents(merge(parts, tmp_path / "weighted.h5", matching="none", event_weights=True))
    assert {value for split in SPLITS for value in weighted[split]["weight"]} == {1, 2, 3}


def test_a_class_without_candidates_is_an_error_but_a_part_is_not(sources, tmp_path):
    empty = write_delphes(tmp_path / "empty.root", [Event(), Event(), Event()])
    nothing = read_part(empty, tmp_path / "nothing.h5", "signal", file=1)
    parts = [read_part(path, tmp_path / f"{key}.h5", *key) for key, path in sources.items()]
    merge([*parts, nothing], tmp_path / "events.h5")
    with pytest.raises(
        InputError, match=r"data\.delphes\.signal: 0 candidates of 3 events; dropped: 3 no elec"
    ):
        merge([replace_file(nothing), *parts[1:]], tmp_path / "bad.h5")
    assert not Path(tmp_path / "bad.h5").exists()


def replace_file(path):
    """Return a part, now of file 0."""
    with h5py.File(path, "r+") as file:
        file.attrs["file"] = 0
    return path


def test_spectra_without_a_common_bin_are_an_error(tmp_path):
    rng = np.random.default_rng(7)
    parts = []
    for name, pt in (("signal", 20.0), ("background", 40.0)):
        path = write_delphes(tmp_path / f"{name}.root", [shower(rng, 3, 3, pt) for _ in range(30)])
        parts.append(read_part(path, tmp_path / f"{name}.h5", name))
    with pytest.raises(
        InputError, match=r"valid: no signal candidates are left after data\.delphes\.matching: ac"
    ):
        merge(parts, tmp_path / "events.h5")


def test_parts_that_are_missing_double_or_no_parts_are_named(sources, parts, tmp_path):
    several = read_all(sources, tmp_path / "three", 3)
    with pytest.raises(InputError, match=r"of background file 1, parts 0 to 2 are needed, found \[0, 1\]"):
        merge(several[:-1], tmp_path / "bad.h5")
    with pytest.raises(InputError, match=r"signal00\.h5: part 0 of signal file 0 is given twice"):
        merge([*parts, parts[0]], tmp_path / "bad.h5")
    with pytest.raises(InputError, match=r"signal\.root: not candidates as read_delphes\.py writes"):
        merge([sources["signal", 0]], tmp_path / "bad.h5")


def test_more_events_than_planned_are_reported(parts, tmp_path, caplog):
    merge(parts, tmp_path / "events.h5", matching="none", events=20)
    assert "271 events; jobs were planned for 20: set data.delphes.events" in caplog.text
