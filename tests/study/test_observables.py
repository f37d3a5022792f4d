"""Names of EFP observables: one for each pair of exponents, and read back as the same."""

import math

import pytest

from leptonid.study.observables import Observable, exponent_text


@pytest.mark.parametrize(
    ("exponent", "text"),
    [
        (1, "1"), (1.0, "1"), (0, "0"), (-0.0, "0"), (-1, "-1"), (0.5, "0.5"), (0.25, "0.25"), (0.1, "0.1"),
        (1e-5, "1e-05"), (100, "100"), (1234567, "1234567"), (0.12345671, "0.12345671"), (1e22, "1e+22"),
        (1 / 3, "0.3333333333333333"),
    ],
)  # fmt: skip
def test_an_exponent_is_written_as_short_as_it_reads_back(exponent, text):
    assert exponent_text(exponent) == text
    name = str(Observable(2, 1, 0, exponent, 0.5))
    assert name == f"2_1_0_k_{text}_b_0.5"
    assert Observable.parse(name) == Observable(2, 1, 0, exponent, 0.5)
    assert str(Observable.parse(name)) == name


@pytest.mark.parametrize("exponent", [0.5, 1, 1234567, 1e-7])
def test_neighbours_have_other_names(exponent):
    above, below = math.nextafter(exponent, math.inf), math.nextafter(exponent, 0)
    names = {str(Observable(2, 1, 0, value, value)) for value in (exponent, above, below)}
    assert len(names) == 3


@pytest.mark.parametrize("name", ["2_1_0_k_1e999_b_1", "2_1_0_k_-1e999_b_1", "2_1_0_k_1_b_1e999"])
def test_an_exponent_too_large_for_a_float_is_refused(name):
    with pytest.raises(ValueError, match="an exponent that is no finite number"):
        Observable.parse(name)
