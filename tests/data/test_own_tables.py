"""Tables of the user: what is read of them, and what is refused with its column and event."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data import import_table
from leptonid.data.own_tables import read_own_table
from leptonid.errors import InputError
from leptonid.tables.feather import metadata_of, read_feather, write_feather

Y = np.array([0, 1, 1, 0])
DEPTH = [0.5, 1.5, -2.0, 4.0]


def write(folder, columns, suffix=".csv"):
    path = folder / f"mine{suffix}"
    if suffix == ".csv":
        pd.DataFrame(columns).to_csv(path, index=False)
    else:
        write_feather(pa.table(columns), path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".feather"])
@pytest.mark.parametrize(
    "columns",
    [
        {"depth": DEPTH},
        {"y": Y, "depth": DEPTH, "weight": [1.0, 2.0, 1.0, 1.0]},
        {"event": [2, 0, 3, 1], "depth": [DEPTH[event] for event in (2, 0, 3, 1)]},
        {
            "split": ["train", "valid", "valid", "valid", "valid"],
            "event": [0, 3, 2, 1, 0],
            "depth": [99, *DEPTH[::-1]],
        },
    ],
    ids=["in order", "with labels", "by event", "all splits"],
)
def test_rows_are_found_by_split_and_event(tmp_path, columns, suffix):
    table = read_own_table(write(tmp_path, columns, suffix), "valid", Y)
    assert table.column_names == ["depth"]
    assert table["depth"].to_pylist() == DEPTH


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"depth": DEPTH[1:]}, "mine.csv: valid: has 3 rows, expected one for each of 4 events"),
        (
            {"event": [0, 1, 1, 3], "depth": DEPTH},
            "valid: event 2 is missing or there twice; expected 0 to 3",
        ),
        ({"split": ["valid"] * 4, "depth": DEPTH}, r"has a column split, but no column event \(row"),
        ({"y": 1 - Y, "depth": DEPTH}, "event 0 has another y than in the file of events, 0"),
        ({"event": range(4)}, "has no column beside event, split, y, weight"),
        ({"depth": [0, 1, np.nan, 2]}, "valid: depth: event 2 has nan"),
        ({"depth": list("abcd")}, "valid: column 'depth' holds string, expected numbers"),
        ({"a/b": DEPTH}, "column 'a/b' cannot be a variable"),
        ({"2_1_0_k_1_b_1": DEPTH}, "is the name of an EFP; rename it"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, columns, expected):
    with pytest.raises(InputError, match=expected):
        read_own_table(write(tmp_path, columns), "valid", Y)


def test_a_file_of_another_kind_is_named(tmp_path):
    path = tmp_path / "mine.csv"
    with pytest.raises(InputError, match=r"mine\.csv: no such file; search\.candidates"):
        read_own_table(path, "valid", Y)
    path.write_text("a,b\n1\n")
    with pytest.raises(InputError, match=r"mine\.csv: cannot be read as CSV"):
        read_own_table(path, "valid", Y)
    path.write_text("a,a\n1,2\n")
    with pytest.raises(InputError, match="column 'a' is there twice"):
        read_own_table(path, "valid", Y)


def test_columns_carry_the_name_of_the_table(tmp_path):
    write_feather(pa.table({"event": range(4), "y": Y}), tmp_path / "valid.feather", {"split": "valid"})
    settings = {"table": "mine", "path": str(write(tmp_path, {"depth": DEPTH}))}
    options = [
        "--events",
        tmp_path / "valid.feather",
        "--split",
        "valid",
        "--output",
        tmp_path / "own.feather",
    ]
    import_table.main(list(map(str, [*options, "--settings", json.dumps(settings)])))
    table = read_feather(tmp_path / "own.feather")
    assert table.to_pydict() == {"event": [0, 1, 2, 3], "mine/depth": DEPTH}
    assert metadata_of(table) == {"split": "valid", "table": "mine"}
