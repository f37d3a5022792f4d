"""Guided searches: what is read of them, and what their observables are called."""

from pathlib import Path

import numpy as np
import pytest

import plot_search
import tabulate_search
from leptonid.errors import InputError
from leptonid.figures import search
from leptonid.storage import metadata_of, read_feather, write_feather
from synthetic_search import OBSERVABLES, write_search


@pytest.fixture
def files(write, tmp_path):
    """Write a search's files: `files(passes=4, method="truth")`; they remember the events' file as `test`."""

    def written(passes, **options):
        test = write.events("test.feather")
        made = write_search(tmp_path / "search", test, passes, **options)
        made.test = test
        return made

    return written


@pytest.mark.parametrize(
    ("name", "title", "symbol"),
    [
        ("ecal/2_1_0_k_1_b_0.5", "ECal 2_1_0, κ = 1, β = 1/2", r"ECal $\mathrm{EFP}_{2\_1\_0}^{(1,1/2)}$"),
        ("hcal/8_7_12_k_-1_b_0.25", "HCal 8_7_12, κ = \N{MINUS SIGN}1, β = 1/4", None),
        ("ecal/2_1_0_k_0.3_b_1.5", "ECal 2_1_0, κ = 0.3, β = 3/2", None),
        ("ecal/1_0_0_k_2_b_0.5", "ECal 1_0_0, κ = 2", r"ECal $\mathrm{EFP}_{1\_0\_0}^{(2)}$"),
        ("3_3_1_k_0_b_2", "ECal 3_3_1, κ = 0, β = 2", None),
    ],
)
def test_an_observable_has_a_readable_title(name, title, symbol):
    chosen = search.Chosen.parse(name)
    assert chosen.title == title
    assert chosen.symbol == (symbol or chosen.symbol)
    assert str(chosen) == (name if "/" in name else f"ecal/{name}")


def test_a_base_is_told_by_its_inputs(files):
    base = ["hl", "mass", "R_phi", "efp_hcal", "hcal/2_1_0_k_1_b_1"]
    found = search.read_search(files(1, base=base).passes)
    assert found.base_title == "7 HL + jet mass + R_phi + HCal EFPs + HCal 2_1_0, κ = 1, β = 1"
    assert found.black_box_title == "ECal + HCal images"


def test_a_search_is_read(files):
    found = search.read_search(files(4).passes)
    assert list(map(str, found.chosen.values())) == list(OBSERVABLES[:4])
    assert list(found.chosen) == [1, 2, 3, 4]
    assert found.passes["pass"].tolist() == [0, 1, 2, 3, 4]
    assert np.isnan(found.passes["auc_alone"][0])
    assert (found.auc_black_box, found.split, found.end) == (
        0.9762,
        "valid",
        "Ended after the passes asked for.",
    )


def test_a_search_from_nothing_has_no_line_of_a_base(files):
    found = search.read_search(files(2, base=[]).passes)
    assert found.passes["pass"].tolist() == [1, 2]
    assert found.base_title == "nothing"


@pytest.mark.parametrize("key", ["search", "base", "auc_black_box", "stopped", "label"])
def test_a_missing_key_is_named(files, key):
    with pytest.raises(InputError, match=rf"passes\.feather: .*{key}"):
        search.read_search(files(1, drop=[key]).passes)


def test_an_unknown_method_is_refused(files):
    with pytest.raises(InputError, match="expected a method of black_box, truth, greedy, found 'guess'"):
        search.read_search(files(1, method="guess").passes)


@pytest.mark.parametrize("order", [[1, 2, 3], [0, 2, 1, 3], [0, 1, 3]])
def test_passes_that_are_missing_or_out_of_order_are_refused(files, order):
    path = files(3).passes
    table = read_feather(path)
    write_feather(table.take(order), path, metadata_of(table))
    with pytest.raises(InputError, match=r"expected passes 0, 1, \.\.\. in order"):
        search.read_search(path)


def test_a_graph_that_the_study_lacks_is_named(files):
    written = files(2)
    write_feather(read_feather(written.graphs).slice(0, 1), written.graphs)
    chosen = search.read_search(written.passes).chosen
    with pytest.raises(InputError, match=r"graphs\.feather: has no graph 2_1_0, which pass 1"):
        search.read_graphs(written.graphs, chosen)


def test_values_that_are_not_finite_are_refused(files):
    written = files(1)
    table = read_feather(written.events)
    values = table[OBSERVABLES[0]].to_numpy().copy()
    values[5] = np.nan
    place = table.column_names.index(OBSERVABLES[0])
    write_feather(table.set_column(place, OBSERVABLES[0], [values]), written.events)
    with pytest.raises(InputError, match=r"2_1_0_k_1_b_0\.5: event 1005 has no finite value"):
        search.read_chosen(written.events, search.read_search(written.passes).chosen)


def test_events_of_another_sample_are_refused(files, write):
    written = files(1)
    events = search.read_chosen(written.events, search.read_search(written.passes).chosen)
    other = write.events("other.feather", count=300)
    with pytest.raises(InputError, match=r"other\.feather and .*events\.feather: are not of the same events"):
        search.read_variables(other, events, written.events)


def programs_options(written, folder):
    """Return the options of both programs, and the paths that they write."""
    names = ("table", "passes", "distributions", "correlations")
    figures = {name: [str(folder / f"{name}.{suffix}") for suffix in ("pdf", "png")] for name in names}
    texts = [str(folder / "tables" / f"search_hl.{suffix}") for suffix in ("md", "tex")]
    common = ["--passes", written.passes, "--graphs", written.graphs]
    tabulate = [*common, "--drawings", written.drawings, "--markdown", texts[0], "--latex", texts[1]]
    plot = [*common, "--events", written.events, "--test", written.test]
    for name in names[1:]:
        plot += [f"--{name.replace('passes', 'passes-figure')}", *figures[name]]
    outputs = [*texts, *(path for paths in figures.values() for path in paths)]
    return [*tabulate, "--figure", *figures["table"]], plot, outputs


@pytest.mark.parametrize(
    ("passes", "options"),
    [
        (2, {}),
        (0, {"auc_black_box": "nan", "auc_black_box_uncertainty": "nan", "stopped": "no candidate is left"}),
        (0, {"base": [], "stopped": "no candidate is left"}),
    ],
    ids=["two", "base", "nothing"],
)
def test_the_programs_write_the_same_bytes_again(files, tmp_path, passes, options):
    written = files(passes, **options)
    found = []
    for again in ("a", "b"):
        tabulate, plot, outputs = programs_options(written, tmp_path / again)
        tabulate_search.main(tabulate)
        plot_search.main(plot)
        found.append([Path(path).read_bytes() for path in outputs])
    assert found[0] == found[1]
    assert [content[:4] for content in found[0][2:]] == [b"%PDF", b"\x89PNG"] * 4
