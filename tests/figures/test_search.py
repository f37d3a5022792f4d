"""Results of guided searches, and what figures call their observables."""

import pytest

from figures.made_up import OBSERVABLES, TITLES, choose_no_efps, write_search
from leptonid.errors import InputError
from leptonid.figures.search import ChosenObservable, read_graphs, read_search
from leptonid.study.observables import Observable
from leptonid.tables.feather import metadata_of, read_feather, write_feather


@pytest.fixture
def passes(tmp_path):
    """Write a search; return the path of its passes: `passes(4, method="truth")`."""
    return lambda count, **options: write_search(tmp_path / "search", count, **options)[0]


@pytest.mark.parametrize(
    ("name", "title", "lines", "symbol"),
    [
        (
            "2_1_0_k_1_b_0.5",
            "Barrel 2_1_0, κ = 1, β = 1/2",
            ["Barrel", "2_1_0", "κ = 1", "β = 1/2"],
            r"Barrel $\mathrm{EFP}_{2\_1\_0}^{(1,1/2)}$",
        ),
        (
            "1_0_0_k_-1_b_0.5",
            "Barrel 1_0_0, κ = \N{MINUS SIGN}1",
            ["Barrel", "1_0_0", "κ = \N{MINUS SIGN}1"],
            "Barrel $\\mathrm{EFP}_{1\\_0\\_0}^{(\N{MINUS SIGN}1)}$",
        ),
    ],
)
def test_an_observable_has_readable_titles(name, title, lines, symbol):
    chosen = ChosenObservable(Observable.parse(name), "Barrel")
    assert (chosen.title, chosen.lines, chosen.symbol) == (title, lines, symbol)


def test_what_is_no_efp_has_the_title_and_unit_of_the_layout(passes):
    path = passes(3)
    titles = choose_no_efps(path)
    pt, total, own = read_search(path, titles, "GeV").chosen.values()
    assert (pt.title, pt.lines, pt.symbol) == (
        r"$p_\mathrm{T}$",
        ["pt"],
        r"$p_\mathrm{T}$ [GeV]",
    )
    assert (total.title, total.lines) == ("Barrel sum of ET", ["Barrel", "sum of ET"])
    assert total.symbol == "Barrel sum of ET [GeV]"
    assert (own.title, own.symbol) == ("mine depth", "mine depth")
    assert (pt.kappa, pt.beta, total.graph) == ("", "", "sum of ET")


def test_a_search_is_read(passes):
    search = read_search(passes(4), TITLES)
    assert [f"{each.calorimeter.lower()}/{each.observable}" for each in search.chosen.values()] == list(
        OBSERVABLES[:4]
    )
    assert list(search.chosen) == [1, 2, 3, 4]
    assert search.passes["pass"].tolist() == [0, 1, 2, 3, 4]
    assert (search.auc_black_box, search.split, search.end) == (
        0.9762,
        "valid",
        "Ended after the passes asked for. "
        "2 observables suffice: more raise the AUC by no more than the uncertainty of the difference.",
    )


def test_a_search_from_nothing_has_no_row_of_a_base(passes):
    search = read_search(passes(2, base=[]), {**TITLES, "base": ""})
    assert search.passes["pass"].tolist() == [1, 2]
    assert (search.base_title, search.has_base) == ("nothing", False)


@pytest.mark.parametrize("key", ["search", "base", "auc_black_box", "stopped"])
def test_a_missing_key_is_named(passes, key):
    with pytest.raises(InputError, match=rf"passes\.feather: .*{key}"):
        read_search(passes(1, drop=[key]), TITLES)


def test_an_unknown_method_is_refused(passes):
    with pytest.raises(InputError, match="expected a method of black_box, truth, greedy, found 'guess'"):
        read_search(passes(1, method="guess"), TITLES)


@pytest.mark.parametrize("order", [[1, 2, 3], [0, 2, 1, 3], [0, 1, 3]])
def test_passes_that_are_missing_or_out_of_order_are_refused(passes, order):
    path = passes(3)
    table = read_feather(path)
    write_feather(table.take(order), path, metadata_of(table))
    with pytest.raises(InputError, match=r"expected passes 0, 1, \.\.\. in order"):
        read_search(path, TITLES)


def test_a_missing_graph_is_named(tmp_path):
    path, graphs, _ = write_search(tmp_path / "search", 2)
    write_feather(read_feather(graphs).slice(0, 1), graphs)
    with pytest.raises(InputError, match=r"graphs\.feather: has no graph 2_1_0, which pass 1"):
        read_graphs(graphs, read_search(path, TITLES).chosen)
