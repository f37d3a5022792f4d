"""Learning curves."""

import pytest

from figures.made_up import entry
from leptonid.errors import InputError
from leptonid.figures.csv_files import read_csv
from leptonid.figures.history import COLUMNS, best_epoch, learning_figure


def test_the_best_epoch_has_the_lowest_validation_loss(history):
    table = read_csv(history("history.csv"), COLUMNS)
    best = best_epoch(table)
    assert (table["val_loss"] >= best["val_loss"]).all()
    assert 1 < best["epoch"] < 30


@pytest.mark.parametrize("count", [1, 5, 6, 11])
def test_every_network_has_a_pair_of_panels(count, history, label):
    table = read_csv(history("history.csv"), COLUMNS)
    networks = [entry(f"set_{i}", position=i) for i in range(count)]
    figure = learning_figure({network["name"]: [table] for network in networks}, networks, label)
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == [
        f"set_{i}" for i in range(count)
    ]
    assert len(figure.axes) == 2 * count
    assert label in [text.get_text() for text in figure.texts]


def test_curves_are_those_of_the_file_and_the_best_epoch_is_marked(history, label):
    histories = [read_csv(history(f"{seed}.csv", seed=seed), COLUMNS) for seed in (0, 1)]
    loss_axes, auc_axes = learning_figure({"hl": histories}, [entry("hl")], label).axes
    for axes, quantity in ((loss_axes, "loss"), (auc_axes, "auc")):
        assert len(axes.lines) == 3 * len(histories)
        for number, table in enumerate(histories):
            training, validation, best = axes.lines[3 * number : 3 * number + 3]
            assert list(training.get_ydata()) == list(table[quantity])
            assert list(validation.get_ydata()) == list(table[f"val_{quantity}"])
            expected = best_epoch(table)
            assert best.get_xydata().tolist() == [[expected["epoch"], expected[f"val_{quantity}"]]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch,loss,auc,val_loss\n1,0.5,0.6,0.5\n", "val_auc"),
        ("epoch,loss,auc,val_loss,val_auc\n", "no rows"),
        ("epoch,loss,auc,val_loss,val_auc\n1,low,1,1,1\n", "low"),
        ("", "columns"),
        (None, "No such file"),
    ],
)
def test_an_unusable_history_is_refused(tmp_path, text, message):
    path = tmp_path / "history.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=rf"history\.csv.*{message}"):
        read_csv(path, COLUMNS)
