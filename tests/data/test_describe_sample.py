"""The label and the energy unit of the sample: the config's, else the file's, else plain defaults."""

import json

import h5py
import numpy as np
import pyarrow as pa
import pytest

from data import describe_sample
from leptonid.data.receipt import Receipt, write_receipt
from leptonid.errors import InputError
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import write_feather
from leptonid.tables.sample import read_sample


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Events without kinematics."""
    folder = tmp_path_factory.mktemp("tables")
    return write_tables(folder, {split: {"y": np.arange(4) % 2, "weight": np.ones(4)} for split in SPLITS})


def write_tables(folder, splits):
    for split, columns in splits.items():
        write_feather(pa.table(columns), folder / f"{split}.feather")
    return [folder / f"{split}.feather" for split in splits]


@pytest.fixture
def described(events_file, tmp_path, tables):
    def described(source=events_file, label=None, energy_unit=None, warning=None, tables=tables):
        receipt, output = tmp_path / "events.json", tmp_path / "sample.json"
        write_receipt(Receipt({}, {}, [], [], warning), receipt)
        settings = json.dumps({"source": str(source), "label": label, "energy_unit": energy_unit})
        options = {"--receipt": receipt, "--settings": settings, "--output": output}
        words = [str(part) for option in options.items() for part in option]
        describe_sample.main([*words, "--tables", *map(str, tables)])
        return read_sample(output)

    return described


def words(sample):
    return sample.label, sample.energy_unit


def test_the_file_describes_itself(described):
    assert words(described()) == ("random test events", "GeV")


def test_the_label_of_the_config_and_the_unit_of_the_file_win(described):
    assert words(described(label="my events", energy_unit="MeV")) == ("my events", "GeV")


def test_without_attributes_the_label_is_the_files_name_and_units_are_the_layouts_or_arbitrary(
    events_file, described
):
    with h5py.File(events_file, "r+") as file:
        file.attrs.clear()
    assert words(described()) == ("events.h5", "arb. units")
    assert described(energy_unit="MeV").energy_unit == "MeV"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (np.bytes_("my events"), "my events"),
        ("Z → ee", "Z → ee"),
        (np.bytes_("Zähler".encode("latin-1")), "Zähler"),
        (np.bytes_("Zähler".encode()), "Zähler"),
        (np.array(["my simulation"], dtype=object), "my simulation"),
        (np.array([[b"my simulation"]]), "my simulation"),
        (" two\nlines\t", "two lines"),
        (np.bytes_(b"nul\x01s"), "nul s"),
        (2024, "2024"),
        (np.float32(1.5), "1.5"),
        ("x" * 1000, "x" * 199 + "…"),
        # Of no use: the file's name stands in its place.
        (h5py.Empty("S1"), "events.h5"),
        (np.zeros(0, "S1"), "events.h5"),
        ("", "events.h5"),
        (" \n", "events.h5"),
        (np.array(["two", "texts"], dtype=object), "events.h5"),
        (np.arange(3), "events.h5"),
        (np.void(b"\x80\x04pickled"), "events.h5"),
    ],
)
def test_labels_are_read_as_other_programs_write_them(events_file, described, label, expected):
    with h5py.File(events_file, "r+") as file:
        file.attrs["label"] = label
    assert described().label == expected


def test_text_that_is_not_utf8_is_read_as_latin1(events_file, described):
    with h5py.File(events_file, "r+") as file:
        file.attrs.create("energy_unit", b"\xb5eV", dtype=h5py.string_dtype("utf-8"))
    assert described().energy_unit == "µeV"


def test_an_attribute_that_is_not_used_does_not_matter(events_file, described):
    events = {}
    with h5py.File(events_file) as file:
        file.visititems(lambda name, item: events.update({name: item[:]} if hasattr(item, "shape") else {}))
    with h5py.File(events_file, "w", libver="latest", track_order=True) as file:
        for name, values in events.items():
            file[name] = values
        file.attrs["run_card"] = np.bytes_(b"x" * 100_000)
        file.attrs["label"] = "with a card"
    assert described().label == "with a card"


def test_what_the_check_warned_of_stands_in_every_label(described):
    found = described(warning="also in an earlier split: 5 of 24 test events")
    assert found.label == "random test events (also in an earlier split: 5 of 24 test events)"


def test_a_sample_without_kinematics_says_that_its_splits_were_not_checked(described):
    assert "not checked, as the sample has neither pt nor eta" in described().independence


def test_splits_that_depend_on_one_another_are_a_warning_in_every_label(described, tmp_path, caplog):
    """What train has too much of, valid and test lack."""
    pt = np.repeat([19.0, 20.0], 100)
    shares = {"train": [30, 70, 70, 30], "valid": [70, 30, 30, 70], "test": [70, 30, 30, 70]}
    splits = {
        split: {"y": np.repeat([0, 1, 0, 1], counts), "weight": np.ones(200), "pt": pt}
        for split, counts in shares.items()
    }
    found = described(tables=write_tables(tmp_path, splits), warning="also this")
    aucs = "0.300 +- 0.035 on valid, 0.300 +- 0.035 on test"
    assert found.label == f"random test events (also this; splits not independent: AUC of (pt) {aucs})"
    assert f"the signal's share in (pt) of train has AUC {aucs}: below 1/2" in found.independence
    assert found.independence in caplog.text


def test_a_missing_file_is_named(described, tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.h5: no such file"):
        described(tmp_path / "nowhere.h5")
