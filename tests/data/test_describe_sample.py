"""The label and the energy unit of the sample: the config's, else the file's, else plain defaults."""

import h5py
import numpy as np
import pytest

from data import describe_sample
from leptonid.errors import InputError
from leptonid.tables.sample import Sample, read_sample


def described(path, tmp_path, settings='{"label": null, "energy_unit": null}'):
    output = tmp_path / "sample.json"
    describe_sample.main(["--source", str(path), "--settings", settings, "--output", str(output)])
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


def test_attributes_of_bytes_are_text(events_file, tmp_path):
    with h5py.File(events_file, "r+") as file:
        file.attrs["label"] = np.bytes_("my events")
    assert described(events_file, tmp_path).label == "my events"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.h5: no such file"):
        described(tmp_path / "nowhere.h5", tmp_path)
