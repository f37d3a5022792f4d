"""The label and the energy unit of the sample: the config's, else the file's, else plain defaults."""

import h5py
import numpy as np
import pytest

from data import describe_sample
from leptonid.data.receipt import Receipt, write_receipt
from leptonid.errors import InputError
from leptonid.tables.sample import Sample, read_sample


def described(path, tmp_path, settings='{"label": null, "energy_unit": null}', warning=None):
    receipt, output = tmp_path / "events.json", tmp_path / "sample.json"
    write_receipt(Receipt({}, {}, [], [], warning), receipt)
    options = {"--source": path, "--receipt": receipt, "--settings": settings, "--output": output}
    describe_sample.main([str(part) for option in options.items() for part in option])
    return read_sample(output)


def test_the_file_describes_itself(events_file, tmp_path):
    assert described(events_file, tmp_path) == Sample("random test events", "GeV")


def test_the_label_of_the_config_and_the_unit_of_the_file_win(events_file, tmp_path):
    settings = '{"label": "my events", "energy_unit": "MeV"}'
    assert described(events_file, tmp_path, settings) == Sample("my events", "GeV")


def test_without_attributes_the_label_is_the_files_name_and_units_are_the_layouts_or_arbitrary(
    events_file, tmp_path
):
    with h5py.File(events_file, "r+") as file:
        file.attrs.clear()
    assert described(events_file, tmp_path) == Sample("events.h5", "arb. units")
    settings = '{"label": null, "energy_unit": "MeV"}'
    assert described(events_file, tmp_path, settings).energy_unit == "MeV"


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
def test_labels_are_read_as_other_programs_write_them(events_file, tmp_path, label, expected):
    with h5py.File(events_file, "r+") as file:
        file.attrs["label"] = label
    assert described(events_file, tmp_path).label == expected


def test_text_that_is_not_utf8_is_read_as_latin1(events_file, tmp_path):
    with h5py.File(events_file, "r+") as file:
        file.attrs.create("energy_unit", b"\xb5eV", dtype=h5py.string_dtype("utf-8"))
    assert described(events_file, tmp_path).energy_unit == "µeV"


def test_an_attribute_that_is_not_used_does_not_matter(events_file, tmp_path):
    events = {}
    with h5py.File(events_file) as file:
        file.visititems(lambda name, item: events.update({name: item[:]} if hasattr(item, "shape") else {}))
    with h5py.File(events_file, "w", libver="latest", track_order=True) as file:
        for name, values in events.items():
            file[name] = values
        file.attrs["run_card"] = np.bytes_(b"x" * 100_000)
        file.attrs["label"] = "with a card"
    assert described(events_file, tmp_path).label == "with a card"


def test_what_the_check_warned_of_stands_in_every_label(events_file, tmp_path):
    found = described(events_file, tmp_path, warning="also in an earlier split: 5 of 24 test events")
    assert found.label == "random test events (also in an earlier split: 5 of 24 test events)"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.h5: no such file"):
        described(tmp_path / "nowhere.h5", tmp_path)
