"""The result of a study in a few sentences."""

import base64
import io
import math
import re

import numpy as np
import pytest
from docutils.core import publish_parts
from jinja2 import Environment
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from figures.made_up import CLASSES, CLASSIFIERS, TITLES, choose_no_efps, write_search
from leptonid.errors import InputError
from leptonid.figures.search import read_search
from leptonid.figures.summary import summarize, to_markdown, to_rst

CLASSIFIER_TITLES = {entry["name"]: entry["title"] for entry in CLASSIFIERS}


@pytest.fixture
def search(tmp_path):
    """Return a search whose table was changed: `search(passes=2, gap_closed=0.5)`; NaN removes a number."""

    def read(passes=2, titles=TITLES, suffices=None, gap_closed=None, uncertainty=0.05, **metadata):
        path, *_ = write_search(tmp_path, passes, **metadata)
        read = read_search(path, titles)
        if gap_closed is not None:
            read.passes["gap_closed"] = gap_closed
            read.passes["gap_closed_uncertainty"] = uncertainty
        if suffices is not None:
            read.passes["suffices"] = suffices
        return read

    return read


@pytest.fixture
def summary(tables, label):
    """Return the summary of the made-up study: `summary([search], reference="shape")`."""

    def made(searches=(), reference="shape", comparisons=None, titles=CLASSIFIER_TITLES):
        comparisons = tables["comparisons"] if comparisons is None else comparisons
        return summarize(tables["auc"], comparisons, titles, reference, searches, CLASSES, label)

    return made


def test_the_reference_is_compared_by_the_paired_difference(summary, tables):
    auc = tables["auc"].set_index("classifier")
    pair = tables["comparisons"].iloc[0]
    assert (pair["first"], pair["second"]) == ("images", "shape")
    total = math.hypot(pair["uncertainty_test"], pair["uncertainty_seeds"])
    events, best, reference = summary().lines
    assert events.text == "400 test events of made-up events (stand-in)."
    assert best.text == f"Barrel image (images), AUC {auc.auc.images:.4f} ± {auc.auc_test.images:.4f}."
    assert reference.text.endswith(
        f"mean of 2 trainings: lower by {pair['difference']:.4f} ± {total:.4f} on the same events."
    )


@pytest.mark.parametrize(
    ("share", "answer"),
    [
        (1 / 12, "The best classifier, Barrel image, is better than 3 shapes by 12 standard deviations."),
        (1 / 1.9, "No classifier is significantly better than 3 shapes."),
    ],
)
def test_a_difference_counts_from_two_standard_deviations_on(summary, tables, share, answer):
    pairs = tables["comparisons"]
    changed = pairs.assign(uncertainty_test=share * pairs["difference"], uncertainty_seeds=math.nan)
    assert summary(comparisons=changed).answer == answer


@pytest.mark.parametrize("reference", [None, "images"])
def test_without_another_reference_nothing_is_compared(summary, reference):
    assert summary(reference=reference).answer == "The best classifier is Barrel image."
    assert [line.term for line in summary(reference=reference).lines] == ["Events", "Best classifier"]


def test_weights_are_named(weighted_tables, label):
    made = summarize(
        weighted_tables["auc"],
        weighted_tables["comparisons"],
        CLASSIFIER_TITLES,
        None,
        [],
        CLASSES,
        label,
    )
    assert "Events count with their weights" in made.lines[0].text


@pytest.mark.parametrize(
    ("gap_closed", "meaning"),
    [
        (
            0.8,
            "1 observable closes 80 ± 5 %, and the search did not find the rest: Barrel 2_1_0, κ = 1, β = ",
        ),
        (0.95, "1 observable closes 95 ± 5 %, which is all of it within the uncertainty: Barrel 2_1_0"),
        (0.09, "the search shape closes no significant part."),
    ],
)
def test_the_answer_says_what_a_share_of_the_gap_means(summary, search, gap_closed, meaning):
    made = summary([search(3, suffices=[False, True, True, None], gap_closed=gap_closed)])
    assert f"Of the gap between 3 shapes and Barrel image, {meaning}" in made.answer


def test_the_answer_is_of_the_first_search_with_a_gap(summary, search):
    none, first = search(2, gap_closed=math.nan), search(2, suffices=[False, True, None], gap_closed=0.5)
    second = search(2, suffices=[False, True, None], gap_closed=0.6)
    assert "50 ± 5 %" in summary([none, first, second]).answer
    assert "60 ± 5 %" not in summary([none, first, second]).answer
    assert "gap" not in summary([none]).answer


@pytest.mark.parametrize(
    ("suffices", "shown"), [([False, True, None], 1), ([False, False, None], 2), ([True, True, None], 0)]
)
def test_a_search_shows_the_observables_that_suffice(summary, search, suffices, shown):
    line = summary([search(2, suffices=suffices, gap_closed=0.5)]).lines[-1]
    assert len(line.observables) == shown
    assert line.text.startswith(
        "from 3 shapes (AUC 0.9400 ± 0.0029) towards Barrel image (AUC 0.9762 ± 0.0022)"
    )
    aucs = {1: "0.9430 ± 0.0029, 50 ± 5 % of the gap", 2: "0.9460 ± 0.0029, 50 ± 5 % of the gap"}
    assert (aucs.get(shown, "The base suffices")) in line.text


def test_a_search_without_a_base_has_no_gap(summary, search):
    line = summary([search(2, TITLES | {"base": ""}, base=[], gap_closed=math.nan)]).lines[-1]
    assert line.text.startswith("from nothing towards Barrel image")
    assert "gap" not in line.text


def test_a_search_that_chose_nothing_says_so(summary, search):
    line = summary([search(0)]).lines[-1]
    assert line.text.endswith("towards Barrel image (AUC 0.9762 ± 0.0022): no observable was chosen.")


@pytest.mark.parametrize(
    ("suffices", "has_base", "text"),
    [
        (
            [True, True, None],
            True,
            "The base suffices: no pass raises the AUC by more than the uncertainty of the difference.",
        ),
        (
            [False, True, None],
            True,
            "1 observable suffices: more raise the AUC by no more than the uncertainty of the difference.",
        ),
        (
            [False, True, None],
            False,
            "2 observables suffice: more raise the AUC by no more than the uncertainty of the difference.",
        ),
        (
            [False, False, None],
            True,
            "The last pass still gained: the search ended before its observables were enough.",
        ),
        ([None], False, "The last pass still gained: the search ended before its observables were enough."),
        ([None], True, ""),
        ([], False, ""),
    ],
)
def test_observables_suffice_where_no_later_pass_gains(search, suffices, has_base, text):
    passes = len(suffices) - has_base
    assert search(passes, suffices=suffices, base=["shape"] if has_base else []).sufficiency == text


def test_markdown_links_the_drawings(summary, search, tmp_path):
    _, _, drawings = write_search(tmp_path, 2)
    text = to_markdown(summary([search(2, gap_closed=0.5)]), drawings, str(tmp_path / "results/summary.md"))
    assert text.startswith(
        f"# What separates {CLASSES['signal']['title']} from {CLASSES['background']['title']}?"
    )
    image = '<img src="../efp/drawings/2_1_0.svg" height="48" alt="graph 2_1_0">'
    assert f"    1. {image} Barrel 2_1_0, κ = 1, β = 1/2\n" in text


def test_variables_have_no_drawing(summary, search, tmp_path):
    path, *_ = write_search(tmp_path, 3)
    chosen = read_search(path, choose_no_efps(path))
    text = to_markdown(summary([chosen]), str(tmp_path / "none"), str(tmp_path / "summary.md"))
    assert text.endswith("    1. pt\n    2. Barrel sum of ET\n")


def test_the_report_shows_the_texts_as_they_are(summary, search, tmp_path):
    _, _, drawings = write_search(tmp_path, 2)
    # Noise, whose file is longer than a line may be, and with a text of its own.
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (120, 120), np.uint8))
    identifier = PngInfo()
    identifier.add_text("Study", "sha256:1")
    for name in ("2_1_0", "2_3_0"):
        noise.save(tmp_path / f"efp/drawings/{name}.png", pnginfo=identifier)
    title = "a_b {{ c }} {% if %} *d* `e` |f| g\\h"
    made = summary([search(2, gap_closed=0.5)], titles={**CLASSIFIER_TITLES, "images": title})
    text = Environment().from_string(to_rst(made, drawings)).render()
    page = publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["html_body"]
    assert title in page
    pngs = [base64.b64decode(data) for data in re.findall('src="data:image/png;base64,([^"]+)"', page)]
    assert len(pngs) == 2
    for png in pngs:
        assert np.array_equal(Image.open(io.BytesIO(png)), noise)
        assert b"sha256" not in png
    assert 'alt="graph 2_1_0"' in page


def test_a_missing_drawing_is_named(summary, search, tmp_path):
    with pytest.raises(InputError, match=r"none/2_1_0\.png: no such file"):
        to_rst(summary([search(1)]), str(tmp_path / "none"))
