"""Requests of memory and time grow with the inputs of a job and with every attempt."""

from types import SimpleNamespace

import pytest

from resources import megabytes, scale_with_inputs


@pytest.fixture
def inputs(tmp_path):
    """Inputs of a job: one file of 2 MB, two files of 3 MB in total, and a missing file."""
    for name, size in (("one", 2_000_000), ("a", 1_000_000), ("b", 2_000_000)):
        (tmp_path / name).write_bytes(bytes(size))
    both = [str(tmp_path / name) for name in ("a", "b")]
    return SimpleNamespace(one=str(tmp_path / "one"), both=both, none=[], missing=str(tmp_path / "missing"))


def test_every_attempt_requests_more(inputs):
    assert [scale_with_inputs(500)(None, inputs, attempt) for attempt in (1, 2, 3)] == [500, 1000, 1500]


def test_a_request_grows_with_the_inputs_that_count(inputs):
    assert scale_with_inputs(500, one=10)(None, inputs, 1) == 520
    assert scale_with_inputs(500, one=10, both=100, none=7)(None, inputs, 2) == 2 * 820
    assert scale_with_inputs(10, one=0.01)(None, inputs, 1) == 11


def test_a_factor_can_depend_on_the_wildcards(inputs):
    request = scale_with_inputs(500, one=lambda wildcards: wildcards["factor"])
    assert [request({"factor": factor}, inputs, 1) for factor in (0, 5)] == [500, 510]
    request = scale_with_inputs(lambda wildcards: wildcards["amount"], one=10)
    assert request({"amount": 7}, inputs, 2) == 2 * 27


def test_a_missing_input_raises_unless_it_does_not_count(inputs):
    with pytest.raises(FileNotFoundError, match="missing"):
        scale_with_inputs(500, missing=1)(None, inputs, 1)
    assert scale_with_inputs(500, missing=lambda wildcards: 0)(None, inputs, 1) == 500


def test_megabytes_are_millions_of_bytes(inputs):
    assert megabytes(inputs.both) == 3
