"""What a feature set reads, from which tables, and that it belongs together."""

import numpy as np
import pyarrow as pa
import pytest

from leptonid.calorimeter import ECAL
from leptonid.data.published import check_events, copy_events
from leptonid.data.splits import cell_table, event_table
from leptonid.errors import InputError
from leptonid.storage import HL, write_feather
from leptonid.train.inputs import flat_columns, load_sample

UNIQUE = {"ecal": ["1_0_0_k_2_b_0.5", "2_1_0_k_1_b_0.5"], "hcal": ["2_1_0_k_1_b_0.5"]}


@pytest.fixture
def tables(events_file, tmp_path):
    """Tables of events and cells of `valid` (16 events), and EFP tables in two chunks."""
    checked = tmp_path / "checked.h5"
    copy_events(events_file, checked, check_events(events_file))
    write_feather(event_table(checked, "valid"), tmp_path / "valid.feather")
    write_feather(event_table(checked, "test"), tmp_path / "test.feather")
    write_feather(cell_table(checked, ECAL, "valid"), tmp_path / "cells.feather")
    for chunk, events in enumerate((range(9), range(9, 16))):
        values = np.array(events, float)
        table = pa.table({"event": events, "1_0_0_k_2_b_0.5": values, "2_1_0_k_1_b_0.5": -values})
        metadata = {"split": "valid", "calorimeter": "ecal", "chunk": str(chunk)}
        write_feather(table, tmp_path / f"efp{chunk}.feather", metadata)
    return {
        "events": [tmp_path / "test.feather", tmp_path / "valid.feather"],
        "cells": [tmp_path / "cells.feather"],
        # The later chunk first: the order of the arguments does not matter.
        "efps": [tmp_path / "efp1.feather", tmp_path / "efp0.feather"],
    }


def test_groups_variables_and_observables_become_columns_in_order():
    columns = flat_columns(["et", "mass", "R_had", "efp_ecal", "hcal/2_1_0_k_1_b_0.5"], UNIQUE)
    assert list(map(str, columns)) == [
        "mass", "R_had", "ecal/1_0_0_k_2_b_0.5", "ecal/2_1_0_k_1_b_0.5", "hcal/2_1_0_k_1_b_0.5",
    ]  # fmt: skip


def test_an_observable_without_a_calorimeter_is_the_ecals_and_none_comes_twice():
    assert list(map(str, flat_columns(["2_1_0_k_1_b_0.5", "efp_ecal", "hl", "R_had"], UNIQUE))) == [
        "ecal/2_1_0_k_1_b_0.5", "ecal/1_0_0_k_2_b_0.5", *HL,
    ]  # fmt: skip


def test_an_observable_that_was_not_computed_is_named():
    with pytest.raises(InputError, match=r"9_9_9_k_1_b_1 is not among the unique observables of the hcal"):
        flat_columns(["hcal/9_9_9_k_1_b_1"], UNIQUE)


def test_a_sample_joins_images_variables_and_chunks(tables):
    columns = flat_columns(["hl", "efp_ecal"], UNIQUE)
    sample = load_sample("valid", ["et"], columns, **tables)
    assert {name: values.shape for name, values in sample.x.items()} == {
        "et": (16, 31, 31, 1),
        "flat": (16, 9),
    }
    np.testing.assert_array_equal(sample.x["flat"][:, 7], np.arange(16))
    np.testing.assert_array_equal(sample.x["flat"][:, 8], -np.arange(16))
    assert sample.x["flat"].dtype == np.float64
    assert set(sample.y) == {0, 1}
    assert (sample.weight == 1).all()


def test_a_missing_chunk_is_refused(tables):
    tables["efps"] = tables["efps"][:1]
    with pytest.raises(InputError, match="its 7 events are not the 16"):
        load_sample("valid", [], flat_columns(["efp_ecal"], UNIQUE), **tables)


def test_a_missing_table_is_named(tables):
    with pytest.raises(InputError, match="no table given for split valid, calorimeter hcal"):
        load_sample("valid", ["ht"], [], **tables)


def test_a_damaged_table_is_named(tables):
    path = tables["efps"][0]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"efp1.feather: cannot be read as Feather"):
        load_sample("valid", [], flat_columns(["efp_ecal"], UNIQUE), **tables)
