"""Titles and lines of feature sets."""

import pytest

from leptonid.errors import InputError
from leptonid.figures.feature_sets import BASELINES, KNOWN, SEARCH, by_feature_set, feature_sets, kind_of


def test_known_sets_have_readable_titles_and_others_their_names():
    titles = {name: each.title for name, each in feature_sets(["et_and_ht", "my_Set_2", "hl"]).items()}
    assert titles == {"et_and_ht": "ECal + HCal images", "my_Set_2": "my_Set_2", "hl": "7 HL"}


def test_every_set_has_a_line_of_its_own():
    others = [f"{search}mine_{i}" for search, count in (("", 10), (SEARCH, 5)) for i in range(count)]
    baselines = [f"{name}_{kind}" for name in KNOWN if not name.startswith(SEARCH) for kind in BASELINES]
    sets = feature_sets([*KNOWN, *others, *baselines])
    lines = {(each.color, each.linestyle) for each in sets.values()}
    assert len(lines) == len(sets) == len(KNOWN) + len(others) + len(baselines)


def test_searches_are_named_after_their_base_or_themselves():
    titles = {name: each.title for name, each in feature_sets(["search_hl", "search_my_one"]).items()}
    assert titles == {"search_hl": "7 HL + chosen EFPs", "search_my_one": "my_one search"}
    assert kind_of("search_hl_trees", KNOWN) == ("search_hl_trees", "network")


def test_a_known_set_looks_the_same_in_any_company():
    assert feature_sets(["hl"])["hl"] == feature_sets(["mine", "et", "hl"])["hl"]


def test_baselines_look_like_the_networks_that_see_the_same():
    sets = feature_sets(["mine_trees", "hl_logistic", "mine", "hl", "other_trees"])
    assert list(sets) == ["mine_trees", "hl_logistic", "mine", "hl", "other_trees"]
    assert sets["mine_trees"].title == "mine, trees"
    assert sets["hl_logistic"].title == "7 HL, linear"
    for baseline, network in (("mine_trees", "mine"), ("hl_logistic", "hl")):
        assert sets[baseline].color == sets[network].color
        assert sets[baseline].linestyle != sets[network].linestyle
    assert sets["other_trees"].title == "other_trees"


def test_a_network_named_like_a_baseline_can_have_baselines():
    titles = {name: each.title for name, each in feature_sets(["a_trees_trees", "a_trees", "a"]).items()}
    assert titles == {"a_trees_trees": "a, trees, trees", "a_trees": "a, trees", "a": "a"}
    assert kind_of("a_trees_trees", {"a_trees"}) == ("a_trees", "trees")
    assert kind_of("a_trees", {"b"}) == ("a_trees", "network")


def test_trainings_are_collected_under_their_feature_set():
    assert by_feature_set(["b", "a", "b"], [1, 2, 3]) == {"b": [1, 3], "a": [2]}


def test_unpaired_names_and_files_are_refused():
    with pytest.raises(InputError, match="2 names and 1 files"):
        by_feature_set(["a", "b"], ["a.csv"])
