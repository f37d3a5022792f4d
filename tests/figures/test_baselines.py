"""The figure of networks beside their baselines."""

import pytest

import plot_baselines
from leptonid.figures.baselines import KINDS, baseline_figure
from leptonid.figures.scores import read_test_scores

AUCS = {"hl": 0.9, "hl_trees": 0.93, "hl_logistic": 0.8, "mass": 0.75, "mass_trees": 0.7, "mine": 0.95}


@pytest.fixture
def scored(write):
    paths = [write.scores(f"{name}.feather", auc=auc, seed=i) for i, (name, auc) in enumerate(AUCS.items())]
    again = write.scores("hl_again.feather", auc=0.9, seed=9)
    return read_test_scores([*AUCS, "hl"], [*paths, again])


def test_every_feature_set_has_a_row_the_best_network_first(scored, label):
    figure = baseline_figure(scored, label)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["mine", "7 HL", "jet mass"]
    assert axes.yaxis_inverted()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "network", "boosted trees", "logistic regression",
    ]  # fmt: skip
    assert label in [text.get_text() for text in figure.texts]


def test_every_classifier_has_a_dot_an_error_bar_and_its_numbers(scored, label):
    axes = baseline_figure(scored, label).axes[0]
    numbers = {text.get_text() for text in axes.texts}
    rows = {"mine": 0, "hl": 1, "mass": 2}
    drawn = 0
    for bars, kind in zip(axes.containers, KINDS, strict=True):
        ends = bars[2][0].get_segments()
        for (value, place), ((low, _), (high, _)) in zip(bars[0].get_xydata(), ends, strict=True):
            features = next(name for name, row in rows.items() if row == round(place))
            each = scored[features if kind == "network" else f"{features}_{kind}"]
            assert value == pytest.approx(each.aucs().mean())
            assert (high - low) / 2 == pytest.approx(each.auc_uncertainty())
            assert f"{value:.4f} ± {each.auc_uncertainty():.4f}" in numbers
            drawn += 1
    assert drawn == len(numbers) == len(scored)


def test_kinds_that_are_not_there_take_no_room(scored, label):
    networks = {name: scored[name] for name in ("hl", "mass")}
    figure = baseline_figure(networks, label)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["network"]
    assert (
        figure.get_figheight()
        < baseline_figure({**networks, "hl_trees": scored["hl_trees"]}, label).get_figheight()
    )


def test_the_program_writes_both_formats(write, tmp_path):
    paths = [write.scores(f"{name}.feather", seed=i) for i, name in enumerate(("hl", "hl_trees"))]
    outputs = [tmp_path / "baselines.png", tmp_path / "baselines.pdf"]
    events = write.events("test.feather")
    plot_baselines.main(
        [
            "--features",
            "hl",
            "hl_trees",
            "--scores",
            *paths,
            "--events",
            events,
            "--output",
            *map(str, outputs),
        ]
    )
    assert outputs[0].read_bytes().startswith(b"\x89PNG")
    assert outputs[1].read_bytes().startswith(b"%PDF")
