"""Event weights that cannot be used are refused by split and event or class."""

import h5py
import numpy as np
import pytest

from leptonid.data.splits import write_event_table
from leptonid.errors import InputError
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import read_feather
from synthetic import edit


def weighted(path, change=None):
    """Add weights to a file; `change` takes labels and weights of the validation events."""
    with h5py.File(path, "r+") as file:
        for split in SPLITS:
            weights = np.ones(len(file["truth"][split]))
            if change and split == "valid":
                change(file["truth/valid"][:], weights)
            file[f"w/{split}"] = weights


def table_of(path, layout, split="valid", **options):
    """Write the table of events of a split, and return its weights."""
    output = path.with_name("table.feather")
    write_event_table(path, split, layout.contents, output, **options)
    return read_feather(output)["weight"].to_numpy()


def test_weights_are_accepted_whatever_their_common_factor(events_file, layout):
    weighted(events_file, lambda y, weights: weights.__imul__(1e-30))
    np.testing.assert_array_equal(table_of(events_file, layout), np.full(16, 1e-30))


def set_weight(value, chosen):
    def change(y, weights):
        weights[chosen(y)] = value

    return change


def everything(y):
    return y >= 0


def all_but_one_signal(y):
    return (y == 1) & (np.cumsum(y) > 1)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            set_weight(-0.5, lambda y: np.arange(len(y)) == 3),
            r"event 3 has the weight -0.5, which is negative: .*train.negative_weights: absolute or drop",
        ),
        (set_weight(0, everything), "0 signal events have a weight other than 0, expected 2 or more"),
        (set_weight(0, lambda y: y == 1), "0 signal events have a weight other than 0"),
        (set_weight(0, lambda y: y == 0), "0 background events have a weight other than 0"),
        (set_weight(0, all_but_one_signal), "1 signal events have a weight other than 0"),
        (set_weight(1e300, everything), r"event 0 has the weight 1e\+300, which is above 1e\+100"),
        (set_weight(1e-300, everything), "event 0 has the weight 1e-300, which is below 1e-100"),
    ],
)
def test_weights_that_leave_nothing_or_cannot_be_summed_are_refused(events_file, layout, change, expected):
    weighted(events_file, change)
    with pytest.raises(InputError, match=f"w/valid: {expected}"):
        table_of(events_file, layout)
    assert not events_file.with_name("table.feather").exists()
    # A study that ignores weights does not read them; the other splits are in order.
    np.testing.assert_array_equal(table_of(events_file, layout.without_weights()), np.ones(16))
    table_of(events_file, layout, "train")


@pytest.mark.parametrize("negative", ["absolute", "drop"])
def test_negative_weights_stay_as_they_are_where_the_config_allows_them(events_file, layout, negative):
    weighted(events_file, set_weight(-0.5, lambda y: np.arange(len(y)) == 3))
    weight = table_of(events_file, layout, negative=negative)
    assert weight[3] == -0.5
    assert np.delete(weight, 3).tolist() == [1] * 15


def test_negative_weights_must_leave_a_sum_and_events_to_train_on(events_file, layout):
    def change(y, weights):
        weights[:] = np.where(all_but_one_signal(y), -0.1, 1)

    weighted(events_file, change)
    # One signal event is left where negative weights are dropped; their sum is positive.
    assert (table_of(events_file, layout, negative="absolute") < 0).any()
    with pytest.raises(InputError, match="w/valid: 1 signal events have a weight above 0, expected 2"):
        table_of(events_file, layout, negative="drop")
    edit(events_file, "w/valid", lambda weights: np.where(weights < 0, -5, weights))
    with pytest.raises(InputError, match="w/valid: the weights of the signal events add up to -"):
        table_of(events_file, layout, negative="absolute")


def test_weights_of_another_shape_are_refused(events_file, layout):
    weighted(events_file)
    edit(events_file, "w/valid", lambda weights: weights[:, None] * [1, 1])
    with pytest.raises(InputError, match=r"w/valid has shape \(16, 2\), expected \(N,\)"):
        table_of(events_file, layout)
    edit(events_file, "w/valid", lambda weights: weights[:3, 0])
    with pytest.raises(InputError, match="w/valid has 3 events, truth/valid has 16"):
        table_of(events_file, layout)


def test_either_all_files_have_weights_or_none_has(events_file, layout, tmp_path):
    more = tmp_path / "more.h5"
    more.write_bytes(events_file.read_bytes())
    # A class may have the weight 0 in one file, as long as another has some.
    weighted(events_file, set_weight(0, lambda y: y == 1))
    table = tmp_path / "table.feather"
    with pytest.raises(InputError, match=r"more\.h5: has no weights \(group 'w'\), unlike other files"):
        write_event_table([events_file, more], "valid", layout.contents, table)
    weighted(more)
    assert write_event_table([events_file, more], "valid", layout.contents, table) == 32
