"""Chunks of a file of events, which stay together in random splits."""

import h5py
import numpy as np
import pytest

from leptonid.data.chunks import check_chunks
from leptonid.errors import InputError
from leptonid.study.paths import SPLITS
from synthetic import edit, with_value


@pytest.fixture
def chunked(events_file):
    """The file of events with chunks of eight: five, two and three."""
    with h5py.File(events_file, "r+") as file:
        for split, first in zip(SPLITS, (0, 5, 7), strict=True):
            events = len(file["truth"][split])
            file[f"block/{split}"] = first + np.arange(events) // 8
            file[f"truth/{split}"][:] = np.arange(events) % 2
    return events_file


def test_enough_chunks_are_accepted_and_too_few_are_refused_with_the_way_out(chunked, layout, caplog):
    check_chunks(chunked, layout.contents, fewest=10)
    assert not caplog.text
    with pytest.raises(
        InputError,
        match=r"events\.h5: block: 10 chunks have signal events; the random splits of train\.repetitions, in "
        r"which chunks stay together, need 11: make smaller chunks, set shuffles and folds to 0, or",
    ):
        check_chunks(chunked, layout.contents, fewest=11)


def test_chunks_of_one_class_count_for_it(chunked, layout):
    edit(chunked, "truth/train", lambda values: np.arange(40) >= 16)
    # Two of background and three of signal; five with both classes.
    check_chunks(chunked, layout.contents, fewest=5)
    for split in ("valid", "test"):
        edit(chunked, f"truth/{split}", lambda values: np.arange(len(values)) >= 8)
    # Of the kinds with background, four have nothing else, and none both classes.
    check_chunks(chunked, layout.contents, fewest=4)
    with pytest.raises(InputError, match="4 chunks have background events"):
        check_chunks(chunked, layout.contents, fewest=5)


def test_files_and_layouts_without_chunks_need_none(events_file, chunked, layout):
    with h5py.File(chunked, "r+") as file:
        del file["block"]
    check_chunks(chunked, layout.contents, fewest=100)


@pytest.mark.parametrize("value", [2.5, 1e300])
def test_a_chunk_that_is_no_whole_number_is_named(chunked, layout, value):
    edit(chunked, "block/valid", lambda values: with_value(3, value)(values.astype(float)))
    with pytest.raises(InputError, match=r"block/valid: event 3 is in chunk .*, expected a whole number"):
        check_chunks(chunked, layout.contents)


def test_chunks_of_two_splits_are_a_warning(chunked, layout, caplog):
    edit(chunked, "block/test", with_value(0, 6))
    check_chunks(chunked, layout.contents)
    assert "block: test has chunks of ['valid']: these splits depend on one another" in caplog.text
