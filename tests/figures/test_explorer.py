"""The explorer: its data, its two sizes, and in a real browser what it does."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from figures import build_explorer
from figures.made_up import CLASSES
from layouts import JETS, MUONS, PHOTONS
from leptonid.efp.drawing import layout
from leptonid.efp.graphs import Graph, graph_table
from leptonid.evaluate.candidates import Candidates, candidates_table
from leptonid.evaluate.frames import write_frame
from leptonid.figures import explorer as explorer_module
from leptonid.figures.explorer_events import first_axes
from leptonid.study.features import EVENTS, Column
from leptonid.tables.cells import upright
from leptonid.tables.feather import read_feather, write_feather

REPORT = Path(__file__).parents[2] / "workflow" / "report"
GRAPHS = [
    Graph(1, 0, 0, 1, ()),
    Graph(2, 1, 0, 2, ((0, 1),)),
    Graph(3, 4, 1, 3, ((0, 1), (0, 1), (0, 2), (1, 2))),
]
COLUMNS = [
    *(
        Column(calorimeter, str(graph.observable(kappa, beta)))
        for calorimeter in ("barrel", "endcap")
        for graph in GRAPHS
        for kappa in (-1, 2)
        for beta in (0.5, 1)
    ),
    Column("barrel", "sum_et"),
    Column(EVENTS, "width"),
]
NUMBER = len(COLUMNS)
CHOSEN = [COLUMNS[4], COLUMNS[25]]
TITLES = {
    "base": "3 shapes",
    "pass_0": "",
    "black_box": "Barrel image <b>",
    "calorimeters": {"barrel": "Barrel", "endcap": "End cap"},
    "observables": {
        "width": {"title": "$w$", "unit": None},
        "barrel/sum_et": {"title": "sum of ET", "unit": "energy"},
    },
}
CLASSIFIERS = {
    "shape": {"title": "3 shapes", "only_images": False},
    # What Bokeh would load MathJax for.
    "tower": {"title": r"Barrel $$\mu$$ image", "only_images": True},
    "both": {"title": "Barrel image + 3 shapes", "only_images": False},
}


def write_candidates_table(path, count):
    """Write made-up candidates, whose ADO falls with their number."""
    rng = np.random.default_rng(0)
    columns = [COLUMNS[number % len(COLUMNS)] for number in range(count)]
    ados = 0.9 - 0.4 * np.arange(count) / count - np.array([[0], [0.05]])
    ados[1, columns.index(CHOSEN[0])] = np.nan
    candidates = Candidates(columns, ados, CHOSEN)
    graphs = {str(graph): graph for graph in GRAPHS}
    table = candidates_table(candidates, rng.uniform(0.5, 0.9, count), rng.uniform(-1, 1, (count, 2)), graphs)
    metadata = {"search": "hl", "method": "black_box", "black_box": "tower", "split": "valid"}
    write_frame(table, path, {**metadata, "chosen": json.dumps(list(map(str, CHOSEN)))})
    return table


def write_events_table(path, grids, count=60, weight=1.0):
    """Write made-up events: the last ones are those that `tower` scores right and `shape` does not."""
    rng = np.random.default_rng(0)
    y = np.arange(count) % 2
    last = np.arange(count) >= count - 10
    right = np.where(y == 1, 0.9, 0.1)
    columns = {
        "event": 100 + np.arange(count),
        "y": y.astype(np.int8),
        "weight": np.full(count, weight) + 0.5 * (weight != 1) * (np.arange(count) % 3),
        "score/shape": np.where(last, 1 - right, right) + rng.uniform(-0.05, 0.05, count),
        "score/tower": right + rng.uniform(-0.05, 0.05, count),
        "score/both": np.clip(right + rng.normal(0, 0.5, count), 0, 1),
    }
    for name, grid in grids.items():
        cells = [np.sort(rng.choice(grid.pixels, 5, replace=False)) for _ in range(count)]
        energies = [rng.exponential(3, 5).astype(np.float32) for _ in range(count)]
        columns[f"cell/{name}"] = pa.array([row.tolist() for row in cells], pa.list_(pa.int16()))
        columns[f"et/{name}"] = pa.array([row.tolist() for row in energies], pa.list_(pa.float32()))
    write_feather(pa.table(columns), path)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Return a function that builds both pages from made-up tables, and returns the folder of both."""

    def run(grids=PHOTONS.grids, searches=1, candidates=NUMBER, events=60, weight=1.0, images=True):
        folder = tmp_path_factory.mktemp("explorer")
        (folder / "sample.json").write_text('{"label": "made-up events (stand-in)", "energy_unit": "GeV"}')
        tables = [folder / f"candidates_{number}.feather" for number in range(searches)]
        for table in tables:
            write_candidates_table(table, candidates)
        grids = grids if images else {}
        options = {"candidates": tables, "graphs": [], "events": [], "auc": []}
        if searches:
            options["graphs"] = [folder / "graphs.feather"]
            write_feather(graph_table({"barrel": GRAPHS, "endcap": GRAPHS}), options["graphs"][0])
        if events:
            options["events"], options["auc"] = [folder / "sampled.feather"], [folder / "auc.feather"]
            write_events_table(options["events"][0], grids, events, weight)
            write_feather(pa.table({"classifier": ["both", "tower", "shape"]}), options["auc"][0])
        settings = {
            "searches": [TITLES] * searches,
            "classifiers": CLASSIFIERS,
            "images": [
                {"grid": vars(grid), "title": name.title(), "energy_unit": None}
                for name, grid in grids.items()
            ],
            "classes": CLASSES,
            "reference": "shape",
            "threshold": 0.5,
        }
        options |= {
            "sample": [folder / "sample.json"],
            "template": [REPORT / "explorer.html"],
            "script": [REPORT / "explorer.js"],
            "output": [folder / "explorer.html"],
            "small": [folder / "explorer_small.html"],
            "settings": [json.dumps(settings)],
        }
        arguments = [
            text for option, values in options.items() for text in (f"--{option}", *map(str, values))
        ]
        build_explorer.main(arguments)
        return folder

    return run


def packed(folder, name, page="explorer.html"):
    """Return what a page holds packed."""
    text = (folder / page).read_text()
    content = re.search(rf'id="packed-{name}">([^<]*)<', text)[1]
    return json.loads(gzip.decompress(base64.b64decode(content)))


@pytest.fixture(scope="module")
def folder(build):
    return build()


class Sources(HTMLParser):
    """What a page loads or links to."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "href")]


def test_the_page_has_every_candidate_with_its_numbers(folder):
    (search,) = packed(folder, "searches")
    table = read_feather(folder / "candidates_0.feather").to_pandas()
    np.testing.assert_allclose(np.array(search["auc"]) / 1e4, table["auc_alone"], atol=0.51e-4)
    for number in (1, 2):
        for key in ("ado", "correlation"):
            values = pd.Series(search[key][number - 1], dtype=float) / 1e4
            np.testing.assert_allclose(values, table[f"{key}_{number}"], atol=0.51e-4)
    titles = dict(search["titles"])
    for row, column in enumerate(COLUMNS):
        if not column.is_efp:
            assert titles[row] == {"sum_et": "Barrel sum of ET", "width": "width"}[column.name]
            assert search["graph"][row] == search["kappa"][row] == search["beta"][row] == -1
            continue
        graph = search["graphs"][search["graph"][row]]
        kappa, beta = (search[f"{name}s"][search[name][row]] for name in ("kappa", "beta"))
        name = f"{graph['name']}_k_{kappa}_b_{beta}".replace("\N{MINUS SIGN}", "-").replace("1/2", "0.5")
        # The dot has no angles, so that its beta says nothing.
        assert name == column.name if graph["d"] else search["beta"][row] == -1
        assert search["calorimeters"][search["calorimeter"][row]] == TITLES["calorimeters"][column.source]
    assert search["chosen"] == [4, 25]
    assert titles[4] == "Barrel 2_1_0, κ = \N{MINUS SIGN}1, β = 1/2"


def test_graphs_are_drawn_like_all_drawings(folder):
    (search,) = packed(folder, "searches")
    for drawing, graph in zip(search["graphs"], GRAPHS, strict=True):
        points, curves = layout(graph)
        np.testing.assert_allclose(drawing["vertices"], points * [1, -1], atol=0.0051)
        assert drawing["path"].count("M") == len(curves) == graph.d
        assert [drawing[key] for key in ("n", "d", "chromatic")] == [graph.n, graph.d, graph.chromatic]


def test_the_page_has_the_events_with_scores_and_cells(folder):
    events = packed(folder, "events")
    table = read_feather(folder / "sampled.feather")
    for name in CLASSIFIERS:
        score = np.clip(table[f"score/{name}"].to_numpy(), 1e-5, 1 - 1e-5)
        logits = np.array(events["logits"][name]) / events["logit_scale"]
        np.testing.assert_allclose(logits, np.log(score / (1 - score)), atol=1e-3)
    (image,) = events["images"]
    assert image["pixel"] == [cell for row in table["cell/barrel"].to_pylist() for cell in row]
    np.testing.assert_allclose(image["energy"], np.concatenate(table["et/barrel"].to_pylist()), rtol=0.006)
    assert events["weight"] is None
    assert events["axes"] == ["shape", "tower"]


@pytest.mark.parametrize("grids", [PHOTONS.grids, MUONS.grids, JETS.grids], ids=["photons", "muons", "jets"])
def test_images_lie_as_in_all_figures(build, grids):
    """Rows of the page's images begin at the bottom."""
    events = packed(build(grids, searches=0), "events")
    assert [image["name"] for image in events["images"]] == list(grids)
    for image, grid in zip(events["images"], grids.values(), strict=True):
        values = np.random.default_rng(0).uniform(size=grid.pixels)
        drawn = np.empty(grid.pixels)
        drawn[image["place"]] = values
        expected = upright(values.reshape(grid.shape[:2]), grid)[::-1]
        np.testing.assert_array_equal(drawn.reshape(expected.shape), expected)


@pytest.mark.parametrize(
    ("ranked", "with_images", "reference", "expected"),
    [
        (["b", "i", "r"], ["i"], "r", ("r", "i")),
        (["b", "i", "r"], ["i"], None, ("b", "i")),
        (["b", "r"], [], "r", ("r", "b")),
        (["i", "j"], ["i", "j"], "i", ("i", "j")),
        (["r"], [], "r", ("r", "r")),
        (["i"], ["i"], "r", ("i", "i")),
    ],
)
def test_the_best_of_images_stands_against_the_reference(ranked, with_images, reference, expected):
    assert first_axes(ranked, with_images, reference) == expected


def test_the_page_needs_nothing_else_and_has_no_markup_of_the_study(folder):
    text = (folder / "explorer.html").read_text()
    assert [source for source in Sources(text).found if not source.startswith(("#", "data:"))] == []
    assert "Barrel image <b>" not in text
    assert not re.search(r"@import|url\(|<iframe", text)


def test_the_same_tables_give_the_same_pages(folder, build):
    again = build()
    for name in ("explorer.html", "explorer_small.html"):
        assert (folder / name).read_bytes() == (again / name).read_bytes()


def test_the_small_page_leaves_out_events_and_then_the_worst_candidates(build, monkeypatch):
    folder = build(candidates=3000, events=1000)
    whole = (folder / "explorer.html").read_text()
    assert (folder / "explorer_small.html").read_text() == whole
    for limit, says in (
        (len(whole) - 3000, "it has 500 of 1,000 events."),
        (len(whole) - 40_000, "it has 250 of 1,000 events and of search hl the"),
    ):
        monkeypatch.setattr(explorer_module, "SMALL_LIMIT", limit)
        text = (build(candidates=3000, events=1000) / "explorer_small.html").read_text()
        assert says in text
    small = build(candidates=3000, events=1000)
    assert len(packed(small, "events", "explorer_small.html")["y"]) == 250
    (search,) = packed(small, "searches", "explorer_small.html")
    assert search["chosen"] == [4, 25]
    assert 500 <= len(search["auc"]) < 3000
    # The ADO falls with the number.
    assert search["ado"][0] == packed(small, "searches")[0]["ado"][0][: len(search["auc"])]


def test_without_searches_or_classifiers_the_page_says_so(build):
    text = (build(searches=0, events=0) / "explorer.html").read_text()
    assert "This study has no searches" in text
    assert "This study has no classifiers" in text


# ---------------------------------------------------------------- in a browser


@pytest.fixture
def opened(browser):
    """Return a function that opens a page; no page may complain or ask for anything but itself."""
    complaints, requests = [], []
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))

    def open_page(path):
        page.goto(path.as_uri())
        page.wait_for_function("window.explorer !== undefined")
        return page

    yield open_page
    page.close()
    assert complaints == []
    assert {re.match("[a-z]+:", url)[0] for url in requests} <= {"file:", "data:", "blob:"}
    assert len(requests) == 1


# Where a point of a plot lies in the window, from the view of the plot.
PLACE = """([view, x, y]) => {
  const figure = window.explorer[view].figure;
  const { el, frame } = [...Bokeh.index].find((some) => some.model === figure);
  const box = el.getBoundingClientRect();
  return [box.x + frame.x_scale.compute(x), box.y + frame.y_scale.compute(y)];
}"""


def hover(page, row):
    """Point at a candidate."""
    data = page.evaluate("window.explorer.candidates.points.data")
    index = list(data["row"]).index(row)
    page.mouse.move(*page.evaluate(PLACE, ["candidates", data["x"][index], data["y"][index]]))


def shown_rows(page):
    return set(page.evaluate("Array.from(window.explorer.candidates.points.data.row)"))


def images_of(page, part):
    """Return the mean image of a class that the page computed, and what the plot shows, from the bottom."""
    return [
        np.array(page.evaluate(f"Array.from({values})"))
        for values in (
            f"window.explorer.events.events.images[0].{part}",
            f"""window.explorer.events.images["barrel-{part}"].get_model_by_name("image").data.image[0]""",
        )
    ]


def test_pointing_at_a_candidate_draws_its_graph_and_says_how_it_fares(opened, folder):
    page = opened(folder / "explorer.html")
    table = read_feather(folder / "candidates_0.feather").to_pandas()
    card = page.locator("#candidate")
    for row, graph in ((9, GRAPHS[2]), (5, GRAPHS[1])):
        hover(page, row)
        page.wait_for_function("row => document.getElementById('candidate').dataset.row == row", arg=row)
        assert str(graph) in card.inner_text()
        assert f"{table['ado_1'][row]:.4f}" in card.inner_text()
        assert f"{table['correlation_2'][row]:.4f}".replace("-", "\N{MINUS SIGN}") in card.inner_text()
        assert card.locator("svg circle").count() == graph.n
        assert card.locator("svg path").get_attribute("d").count("M") == graph.d
    hover(page, 24)
    page.wait_for_function("document.getElementById('candidate').dataset.row == 24")
    assert "Barrel sum of ET" in card.inner_text()
    assert card.locator("svg").count() == 0


def test_a_click_keeps_a_candidate(opened, folder):
    page = opened(folder / "explorer.html")
    hover(page, 9)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("window.explorer.candidates.kept === 9")
    hover(page, 5)
    page.wait_for_timeout(200)
    assert page.locator("#candidate").get_attribute("data-row") == "9"


def test_filters_remove_points(opened, folder):
    page = opened(folder / "explorer.html")
    (search,) = packed(folder, "searches")
    everything = set(range(len(COLUMNS)))
    assert shown_rows(page) == everything
    for title, chip, column, value in (
        ("Calorimeter", "End cap", "calorimeter", 1),
        ("κ", "2", "kappa", 1),
        ("β", "1", "beta", 1),
    ):
        button = page.locator(f"#filters fieldset:has(b:text-is('{title}')) button")
        button.filter(has_text=re.compile(f"^{chip}$")).click()
        gone = {row for row in everything if search[column][row] == value}
        assert shown_rows(page) == everything - gone
        assert (
            page.locator("#shown").inner_text().startswith(f"{len(everything - gone)} of {len(everything)}")
        )
        button.filter(has_text=re.compile(f"^{chip}$")).click()
    page.select_option("#alike-with", "1")
    page.locator("#alike").fill("0.5")
    alike = {row for row in everything if abs(search["correlation"][1][row]) > 5000}
    assert alike
    assert shown_rows(page) == everything - alike


def test_another_pass_and_another_axis_move_the_points(opened, folder):
    page = opened(folder / "explorer.html")
    (search,) = packed(folder, "searches")
    page.select_option("#pass", "1")
    page.select_option("#across", "0")
    data = page.evaluate("window.explorer.candidates.points.data")
    # The first pass chose this one, so that the second did not compare it.
    assert list(data["row"]) == [row for row in range(len(COLUMNS)) if row != 4]
    np.testing.assert_allclose(list(data["y"]), [search["ado"][1][row] / 1e4 for row in data["row"]])
    np.testing.assert_allclose(list(data["x"]), [search["correlation"][0][row] / 1e4 for row in data["row"]])
    assert page.evaluate("window.explorer.candidates.chosen.data.text[0]") == "chosen: width"


def mean_image(table, rows):
    """Return the weighted mean image of some rows of the table of events."""
    sums = np.zeros(PHOTONS.grids["barrel"].pixels)
    weight = table["weight"].to_numpy()
    for row in rows:
        np.add.at(
            sums, table["cell/barrel"][row].as_py(), weight[row] * np.array(table["et/barrel"][row].as_py())
        )
    return sums / weight[rows].sum()


@pytest.mark.parametrize("weight", [1.0, 0.7])
def test_a_region_of_scores_changes_the_mean_images(opened, build, weight):
    folder = build(weight=weight)
    page = opened(folder / "explorer.html")
    table = read_feather(folder / "sampled.feather")
    y = table["y"].to_numpy()
    grid = PHOTONS.grids["barrel"]

    def check(rows):
        for part, value in (("signal", 1), ("background", 0)):
            expected = mean_image(table, [row for row in rows if y[row] == value])
            mean, drawn = images_of(page, part)
            np.testing.assert_allclose(mean, expected, rtol=0.01, atol=1e-9)
            upside_down = upright(expected.reshape(grid.shape[:2]), grid)[::-1].ravel()
            np.testing.assert_allclose(np.nan_to_num(drawn), upside_down, rtol=0.01, atol=1e-9)
        assert f"{len(rows)} events" in page.locator("#selected").inner_text()

    check(range(60))
    page.locator("#scores-plot").scroll_into_view_if_needed()
    # Signal that the vertical axis scores right and the horizontal one wrong: the upper left corner.
    left, top = page.evaluate(
        "(({ x_range, y_range }) => [x_range.start, y_range.end])(window.explorer.events.figure)"
    )
    page.mouse.move(*page.evaluate(PLACE, ["events", left + 0.01, top - 0.01]))
    page.mouse.down()
    page.mouse.move(*page.evaluate(PLACE, ["events", left / 2, top / 2]))
    page.mouse.move(*page.evaluate(PLACE, ["events", 0, 0]))
    page.mouse.up()
    page.wait_for_function("window.explorer.events.points.selected.indices.length > 0")
    rows = [row for row in range(50, 60) if y[row] == 1]
    np.testing.assert_allclose(images_of(page, "signal")[0], mean_image(table, rows), rtol=0.01, atol=1e-9)
    assert not images_of(page, "background")[0].any()
    assert "Selected: 5 events: 5 photons, 0 pions" in page.locator("#selected").inner_text()

    page.click("[data-region=up]")
    check(range(50, 60))
    singles = []
    for _ in range(3):
        singles.append(page.locator("#title-single").inner_text())
        page.click("#next")
    assert singles == [f"Event {150 + number}: {('pions', 'photons')[number % 2]}" for number in range(3)]
    page.click("[data-region=all]")
    check(range(60))


def test_a_region_without_events_shows_none(opened, folder):
    page = opened(folder / "explorer.html")
    page.select_option("#over", "tower")
    page.click("[data-region=up]")
    assert "0 events" in page.locator("#selected").inner_text()
    assert page.locator("#single").inner_text() == "none selected"
    assert not images_of(page, "signal")[0].any()


@pytest.mark.parametrize("options", [{"searches": 0}, {"events": 0}, {"images": False}, {"searches": 2}])
def test_a_page_of_less_opens_too(opened, build, options):
    page = opened(build(**options) / "explorer.html")
    assert page.locator("#state").count() == 0


def test_many_images_of_any_shape_are_shown(opened, build):
    page = opened(build(grids=JETS.grids) / "explorer.html")
    assert page.locator("#images > div > div").count() == 3 * 3
