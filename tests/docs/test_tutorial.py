"""The lessons of the tutorial run, and show what their text says."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

pytestmark = pytest.mark.slow

LESSONS = Path(__file__).parents[2] / "docs" / "tutorial"


@pytest.fixture
def lesson():
    """Return a function that runs a lesson and returns what it has defined."""
    yield lambda name: runpy.run_path(str(LESSONS / f"plot_{name}.py"))
    plt.close("all")


def test_a_perceptron_learns_all_gates_but_xor_and_xnor(lesson):
    names = lesson("1_perceptron")
    learnt = {gate for gate, (_, _, mistakes) in names["by_rule"].items() if mistakes[-1] == 0}
    assert learnt == {"AND", "OR", "NAND", "NOR"}
    losses = {gate: losses[-1] for gate, (_, _, losses) in names["by_gradient"].items()}
    assert {gate for gate, loss in losses.items() if loss < 0.02} == learnt
    assert losses["XOR"] == losses["XNOR"] == pytest.approx(np.log(2))


def test_a_hidden_layer_solves_xor_and_every_remedy_helps(lesson):
    names = lesson("2_hidden_layer")
    assert max(names["gradient_errors"].values()) < 1e-8
    assert names["xor_losses"]["tanh"] < 0.01
    test_losses = names["test_losses"]
    assert max(loss for name, loss in test_losses.items() if name != "nothing") < test_losses["nothing"] / 2


def test_a_small_lenet_reads_digits(lesson):
    names = lesson("3_convolutions")
    assert names["network"].count_params() == 3350
    assert names["accuracy"] > 0.9


def test_networks_tell_electrons_from_jets_best_by_both_images(lesson):
    aucs = lesson("4_electrons")["aucs"]
    assert min(aucs["7 variables"], aucs["ECal image"]) > 0.9
    assert max(aucs, key=aucs.get) == "ECal + HCal images"
    assert min(aucs, key=aucs.get) == "HCal image"


def test_the_search_by_hand_closes_most_of_the_gap(lesson):
    names = lesson("5_explain")
    assert names["by_engine"] == pytest.approx(names["by_hand"])
    assert names["ado_by_library"] == pytest.approx(names["ado_by_hand"])
    goal, aucs = names["auc"](names["teacher"]), names["aucs"]
    assert (aucs[1] - aucs[0]) / (goal - aucs[0]) > 0.5
    assert names["chosen"][0] == names["paper"][1]["observable"]
    assert names["ados"][0] < names["ados"][1] < names["ados"][3]


def test_an_autoencoder_of_jets_finds_electrons_more_ordinary_than_jets(lesson):
    aucs = lesson("appendix_autoencoder")["aucs"]
    assert aucs["told: 7 variables"] > 0.9
    assert aucs["not told: autoencoder"] < 0.3
