"""Titles and lines of feature sets."""

import pytest

from leptonid.errors import InputError
from leptonid.figures.feature_sets import KNOWN, by_feature_set, feature_sets


def test_known_sets_have_readable_titles_and_others_their_names():
    titles = {name: each.title for name, each in feature_sets(["et_and_ht", "my_Set_2", "hl"]).items()}
    assert titles == {"et_and_ht": "ECal + HCal images", "my_Set_2": "my_Set_2", "hl": "7 HL"}


def test_every_set_has_a_line_of_its_own():
    sets = feature_sets([*KNOWN, *(f"mine_{i}" for i in range(10))])
    assert len({(each.color, each.linestyle) for each in sets.values()}) == len(sets) == len(KNOWN) + 10


def test_a_known_set_looks_the_same_in_any_company():
    assert feature_sets(["hl"])["hl"] == feature_sets(["mine", "et", "hl"])["hl"]


def test_trainings_are_collected_under_their_feature_set():
    assert by_feature_set(["b", "a", "b"], [1, 2, 3]) == {"b": [1, 3], "a": [2]}


def test_unpaired_names_and_files_are_refused():
    with pytest.raises(InputError, match="2 names and 1 files"):
        by_feature_set(["a", "b"], ["a.csv"])
