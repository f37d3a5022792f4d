"""Figures of mean images and of single events."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from figures.made_up import CLASSES, GRID
from layouts import ELECTRONS
from leptonid.errors import InputError
from leptonid.figures.geometry import box_aspect
from leptonid.figures.images import Words, mean_figure, read_single_events, single_figure
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import write_batches, write_feather

WORDS = Words("Barrel", CLASSES, "M$V")


@pytest.fixture
def files(tmp_path):
    """Write events with labels and the cells of their images: `files(y, images)`."""

    def write(y, images, events=None):
        numbers = np.arange(len(y))
        write_feather(
            pa.table({"event": numbers if events is None else events, "y": y}), tmp_path / "e.feather"
        )
        schema = cell_schema("train", GRID, pa.float32())
        batch = cell_batch(SparseImages.from_dense(images[..., None]), 0, schema)
        write_batches([batch], schema, tmp_path / "c.feather")
        return str(tmp_path / "e.feather"), str(tmp_path / "c.feather")

    return write


def mean_table(grid, **images):
    """Return the table of mean images, each with 20 events in every pixel."""
    row, column = np.indices(grid.shape[:2]).reshape(2, -1)
    parts = [
        pd.DataFrame({"class": name, "row": row, "column": column, "mean": image.ravel(), "events": 20})
        for name, image in images.items()
    ]
    return pd.concat(parts)


def corner(value):
    """Return an image whose only energy is in its first pixel: lowest eta, highest phi."""
    image = np.zeros(GRID.shape[:2])
    image[0, 0] = value
    return image


def test_images_lie_correctly_in_eta_and_phi(label):
    """Rows are eta, and columns are phi, which falls."""
    figure = mean_figure(mean_table(GRID, signal=corner(4), background=corner(2)), GRID, WORDS, label)
    signal, background, ratio, *bars = figure.axes
    for axes, expected in ((signal, 4), (background, 2), (ratio, 2)):
        (picture,) = axes.images
        left, right, bottom, top = picture.get_extent()
        assert (left, right) == pytest.approx((-10 * 0.025, 10 * 0.025))
        assert (bottom, top) == pytest.approx((-12 * np.pi / 128, 12 * np.pi / 128))
        assert picture.origin == "upper"
        image = picture.get_array()
        assert image.shape == (24, 20)
        assert image[0, 0] == expected
        assert image.mask.sum() == image.size - 1
        assert axes.get_box_aspect() == pytest.approx(box_aspect(GRID))
    assert [axes.get_title() for axes in (signal, background)] == [
        "Barrel: mean photons",
        "Barrel: mean pions",
    ]
    assert [bar.get_ylabel() for bar in bars] == [r"Mean $E_T$ per pixel [M\$V]", "Photons / pions"]
    assert label in [text.get_text() for text in figure.texts]


def test_the_ratio_needs_some_events_of_both_classes(label):
    table = mean_table(GRID, signal=corner(4) + 1, background=corner(2) + 1)
    rare = (table["class"] == "background") & (table["row"] == 0)
    figure = mean_figure(table.assign(events=np.where(rare, 9, 10)), GRID, WORDS, label)
    # Row 0 has the lowest eta, the first column of the picture.
    mask = figure.axes[2].images[0].get_array().mask
    assert mask[:, 0].all()
    assert not mask[:, 1:].any()


def test_the_ticks_of_the_electron_images_are_those_of_the_paper(label):
    grid = ELECTRONS.grids["ecal"]
    image = np.ones(grid.shape[:2])
    figure = mean_figure(mean_table(grid, signal=image, background=image), grid, WORDS, label)
    assert list(figure.axes[0].get_xticks()) == [-0.3, 0, 0.3]
    assert list(figure.axes[0].get_yticks()) == [-0.3, 0, 0.3]
    assert figure.axes[3].get_ylabel() == r"Mean $E_T$ per cell [M\$V]"


def test_single_events_are_the_first_of_each_class(files, label):
    images = np.stack([corner(2), corner(8), corner(2), corner(0), corner(1)]).astype(np.float32)
    events = read_single_events(*files([0, 1, 0, 1, 0], images), GRID, 2)
    figure = single_figure(events, GRID, WORDS, label)
    panels = figure.axes[:4]
    titles = ["photons, event 1", "photons, event 3", "pions, event 0", "pions, event 2"]
    assert [axes.get_title() for axes in panels] == titles
    assert [axes.images[0].get_array().sum() for axes in panels] == [8, np.ma.masked, 2, 2]
    assert [text.get_text() for text in panels[1].texts] == ["no energy"]
    assert figure.axes[4].get_ylabel() == r"Barrel $E_T$ per pixel [M\$V]"


def test_fewer_events_leave_no_empty_panels(files, label):
    events = read_single_events(*files([0, 1, 0], np.stack([corner(1)] * 3)), GRID, 5)
    assert len(single_figure(events, GRID, WORDS, label).axes) == 3 + 1


def test_an_image_without_energy_is_drawn(files, label):
    events = read_single_events(*files([0, 1], np.stack([corner(0)] * 2)), GRID, 1)
    single_figure(events, GRID, WORDS, label).draw_without_rendering()
    empty = mean_table(GRID, signal=corner(0), background=corner(0))
    mean_figure(empty, GRID, WORDS, label).draw_without_rendering()


def test_cells_of_other_events_are_refused(files):
    paths = files([0, 1], np.stack([corner(1)] * 2), events=[4, 5])
    with pytest.raises(InputError, match=r"c\.feather: its events are not those of .*e\.feather"):
        read_single_events(*paths, GRID, 1)
