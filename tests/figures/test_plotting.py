"""The style: labels, formats and reproducible bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from PIL import Image

from leptonid import plotting
from leptonid.errors import InputError

ROOT = Path(__file__).parents[2]


def figure(label="events of a test"):
    made = plotting.new_figure(4, 2, label)
    made.add_subplot().plot([0, 1], [0, 1])
    return made


def test_a_figure_is_written_in_the_format_of_each_name(tmp_path):
    plotting.save(figure(), [tmp_path / "new" / f"a.{suffix}" for suffix in ("pdf", "png", "svg")])
    assert (tmp_path / "new" / "a.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")
    texts = ElementTree.parse(tmp_path / "new" / "a.svg").iter("{http://www.w3.org/2000/svg}text")
    assert "events of a test" in {text.text for text in texts}
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.jpg: .*\.pdf or \.png or \.svg"):
        plotting.save(figure(), [tmp_path / "a.jpg"])


@pytest.mark.parametrize("label", ["lepton-id simulation (stand-in)", "costs $5, not $6 {x}_y"])
def test_the_label_stands_in_the_corner_as_it_is(label):
    made = figure(label)
    made.draw_without_rendering()
    (text,) = made.texts
    assert text.get_text() == label
    box = text.get_window_extent()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= made.bbox.x1
    assert box.y1 < made.axes[0].get_tightbbox().y0


def test_the_last_digits_of_the_layouts_solver_do_not_show(tmp_path):
    positions, files = [], []
    for noise in (0, 3e-10):
        made = plotting.new_figure(5, 4, "label")
        left, bottom, width, height = made.get_layout_engine().get()["rect"]
        made.get_layout_engine().set(rect=(left, bottom, width - noise, height - noise))
        made.subplots(1, 2, subplot_kw={"box_aspect": 1})
        plotting.save(made, [tmp_path / "a.png"])
        positions.append([axes.get_position(original=True).bounds for axes in made.axes])
        files.append((tmp_path / "a.png").read_bytes())
    assert positions[0] == positions[1]
    assert files[0] == files[1]


PROGRAM = """
import sys
from leptonid import plotting
figure = plotting.new_figure(4, 2, "events of a test")
axes = figure.add_subplot(xlabel=r"$\\alpha$")
axes.plot([0, 1], [0, 1], label="a")
axes.fill_between([0, 1], 0, 1, alpha=0.5)
figure.legend(loc="outside upper center")
plotting.save(figure, sys.argv[1:])
"""


@pytest.mark.slow
def test_equal_figures_give_equal_files_in_every_process(tmp_path):
    files = []
    for seed in ("1", "2"):
        names = [tmp_path / f"{seed}.{suffix}" for suffix in ("pdf", "png", "svg")]
        path = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "workflow/scripts")}
        subprocess.run([sys.executable, "-c", PROGRAM, *names], check=True, env={**os.environ, **path})
        files.append([name.read_bytes() for name in names])
    assert files[0] == files[1]
    assert b"CreationDate" not in files[0][0]
    assert b"date" not in files[0][2]


def test_texts_of_users_have_no_mathematics():
    made = figure()
    title = made.axes[0].set_title(plotting.plain("a $b$ and $c"))
    assert title._preprocess_math(title.get_text()) == ("a $b$ and $c", False)


IDENTIFIER = f"sha256:{'0123456789abcdef' * 4}"


def test_a_figure_carries_the_identifier_of_the_manifest(tmp_path, monkeypatch):
    (tmp_path / "manifest.json").write_text(json.dumps({"identifier": IDENTIFIER}))
    names = [tmp_path / f"a.{suffix}" for suffix in ("pdf", "png", "svg")]
    plotting.save(figure(), names)
    assert not any(b"sha256:" in name.read_bytes() for name in names)
    assert "Identifier" not in Image.open(names[1]).text
    monkeypatch.setenv("LEPTON_ID_MANIFEST", str(tmp_path / "manifest.json"))
    plotting.save(figure(), names)
    files = [name.read_bytes() for name in names]
    assert f"/Keywords ({IDENTIFIER})".encode() in files[0]
    assert Image.open(names[1]).text["Identifier"] == IDENTIFIER
    (found,) = ElementTree.parse(names[2]).iter("{http://purl.org/dc/elements/1.1/}identifier")
    assert found.text == IDENTIFIER
    plotting.save(figure(), names)
    assert [name.read_bytes() for name in names] == files


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"identifier": 3}', '{"identifier": "sha256:x"}'])
def test_a_manifest_that_cannot_be_read_is_named(tmp_path, monkeypatch, content):
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("LEPTON_ID_MANIFEST", str(path))
    with pytest.raises(InputError, match=r"manifest\.json: not a manifest .*--no-hooks"):
        plotting.save(figure(), [tmp_path / "a.png"])
    assert not (tmp_path / "a.png").exists()


def test_the_style_ends_where_it_was_asked_for_and_ignores_the_users_own():
    with mpl.rc_context({"font.size": 40}):
        with plotting.style():
            assert mpl.rcParams["font.size"] == plotting.STYLE["font.size"]
        assert mpl.rcParams["font.size"] == 40
