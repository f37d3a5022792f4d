"""Figures of permutation importance."""

import pandas as pd
import pytest

import plot_importance
from leptonid.errors import InputError
from leptonid.figures.importance import MOST_BARS, importance_figure, title_of


def importance(drops, variables=None):
    variables = variables or [f"ecal/{n}_1_0_k_1_b_0.5" for n in range(len(drops))]
    return pd.DataFrame(
        {
            "variable": variables,
            "columns": 1,
            "auc": 0.9512,
            "drop": drops,
            "spread": 0.001,
            "uncertainty": 0.002,
        }
    )


@pytest.mark.parametrize(
    ("variable", "columns", "title"),
    [
        ("et", 1, "ECal image"),
        ("mass", 1, r"$M_\mathrm{jet}$"),
        ("sigma_eta_eta", 1, r"$\sigma_{\eta\eta}$"),
        ("iso_0.3", 1, r"Iso($\Delta R < 0.3$)"),
        ("hcal/8_7_0_k_-1_b_0.5", 1, r"HCal EFP 8_7_0, $\kappa = -1$, $\beta = 0.5$"),
        ("ecal/k_0.5_b_2", 491, r"491 ECal EFPs, $\kappa = 0.5$, $\beta = 2$"),
        ("ecal/k_1_b_2", 1, r"1 ECal EFP, $\kappa = 1$, $\beta = 2$"),
    ],
)
def test_inputs_have_readable_names(variable, columns, title):
    assert title_of(variable, columns) == title


def test_bars_are_ranked_from_the_top_with_their_uncertainty(label):
    figure = importance_figure(importance([0.01, 0.2, -0.003], ["mass", "et", "ht"]), "my set", label)
    (axes,) = figure.axes
    bars, errors = axes.containers[1], axes.containers[0]
    assert [bar.get_width() for bar in bars] == [0.2, 0.01, -0.003]
    titles = [tick.get_text() for tick in axes.get_yticklabels()]
    assert titles == ["ECal image", r"$M_\mathrm{jet}$", "HCal image"]
    low, high = axes.get_ylim()
    assert low > high, "the first is at the top"
    (segments,) = errors.lines[2]
    assert segments.get_segments()[0][:, 0].tolist() == pytest.approx([0.198, 0.202])
    assert axes.get_title() == "my set, AUC 0.9512"
    assert label in [text.get_text() for text in figure.texts]


def test_what_is_left_out_is_told(label):
    drops = [0.1 / (1 + n) for n in range(MOST_BARS + 5)]
    (axes,) = importance_figure(importance(drops[::-1]), "EFPs", label).axes
    assert [bar.get_width() for bar in axes.containers[1]] == drops[:MOST_BARS]
    assert [text.get_text() for text in axes.texts] == [f"5 more, at most {drops[MOST_BARS]:.4f} each"]
    (axes,) = importance_figure(importance(drops[:MOST_BARS]), "EFPs", label).axes
    assert not axes.texts


def test_plot_importance(write, tmp_path):
    importance([0.1, 0.2], ["mass", "R_had"]).to_csv(tmp_path / "importance.csv", index=False)
    pdf, png = tmp_path / "importance.pdf", tmp_path / "importance.png"
    options = ["--features", "hl_and_mass", "--importance", str(tmp_path / "importance.csv")]
    plot_importance.main([*options, "--events", write.events("test.feather"), "--output", str(pdf), str(png)])
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_an_unusable_table_is_refused(write, tmp_path):
    path = tmp_path / "importance.csv"
    path.write_text("variable,drop\nmass,0.1\n")
    options = ["--features", "mass", "--importance", str(path), "--output", str(tmp_path / "importance.png")]
    with pytest.raises(InputError, match=r"importance\.csv.*uncertainty"):
        plot_importance.main([*options, "--events", write.events("test.feather")])
