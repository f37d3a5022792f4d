"""A made-up layout with three rectangular images, and a file of events in it."""

from pathlib import Path

import pytest

from layouts import write_events_of
from leptonid.study.layout import Layout
from leptonid.study.layout_file import parse_layout


def image(calorimeter, rows, columns, pixels_per_cell):
    """Return an image of a layout as its YAML file describes it."""
    sides = {"rows": rows, "columns": columns, "pixels_per_cell": pixels_per_cell}
    return {"calorimeter": calorimeter, "title": calorimeter, "cell": {"eta": 0.05, "phi": 0.1}, **sides}


@pytest.fixture(scope="session")
def layout() -> Layout:
    """The layout, with weights, chunks and kinematics, which a file may lack."""
    groups = {"shapes": ["width", "length", "height"], "m": ["m"]}
    return parse_layout(
        {
            "images": {
                "front": image("presampler", 12, 10, 1),
                "middle": image("accordion", 8, 16, 4),
                "back": image("tiles", 6, 4, 2),
            },
            "variables": {
                group: {"title": group, "variables": dict.fromkeys(names)} for group, names in groups.items()
            },
            "classes": {"signal": {"title": "tau"}, "background": {"title": "jet"}},
            "events": {
                "label": "truth",
                "weight": "w",
                "chunk": "block",
                "pt": "pt_tau",
                "eta": "eta_tau",
            },
        },
        "taus",
        "taus.yaml",
    )


@pytest.fixture
def events_file(tmp_path, layout) -> Path:
    """Events in the layout, without weights."""
    path = tmp_path / "events.h5"
    write_events_of(layout, path, train=40, valid=16, test=24)
    return path
