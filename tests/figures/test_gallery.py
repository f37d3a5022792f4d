"""The page of all figures."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figures import build_gallery
from leptonid.figures.gallery import (
    LIMIT,
    SMALL_LIMIT,
    WIDTHS,
    Figure,
    caption_html,
    gallery,
    read_figures,
    scaled_down,
)

REPORT = Path(__file__).parents[2] / "workflow" / "report"
CAPTIONS = [str(REPORT / name) for name in ("roc.rst", "rejection.rst", "electrons/images_mean.rst")]


class Page(HTMLParser):
    """What a page links to, what can be linked to, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.images, self.headings, self.open = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.open.append(tag)
        self.links += [attributes["href"]] if "href" in attributes else []
        self.anchors += [attributes["id"]] if "id" in attributes else []
        self.images += [attributes] if tag == "img" else []

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h2", "h3"):
            self.headings.append(data)


def png(width=400, height=200, seed=0):
    """Return an image with as much in it as a figure has, a grid of shades."""
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 40, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / name for name in ("roc.png", "ecal_mean.png", "rejection.png")]
    for seed, path in enumerate(paths):
        path.write_bytes(png(seed=seed))
    return list(map(str, paths))


@pytest.fixture
def entries():
    ecal = {"calorimeter": "ecal"}
    return [
        {"category": "Comparison", "title": "ROC curves", "caption": "roc.rst", "wildcards": {}},
        {"category": "Data", "title": "Mean images <1>", "caption": "images_mean.rst", "wildcards": ecal},
        {"category": "Comparison", "title": "Rejection", "caption": "rejection.rst", "wildcards": {}},
    ]


def test_figures_stand_under_their_categories_in_the_order_of_first_mention(files, entries, label):
    page = Page(gallery(read_figures(files, CAPTIONS, entries), label))
    assert page.headings == ["Comparison", "ROC curves", "Rejection", "Data", "Mean images <1>"]


def test_every_entry_of_the_contents_leads_to_its_figure(files, entries, label):
    page = Page(gallery(read_figures(files, CAPTIONS, entries), label))
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert inside == ["comparison", "roc-png", "rejection-png", "data", "ecal-mean-png"]
    assert sorted(inside) == sorted(page.anchors)


def test_the_page_holds_the_very_images_and_needs_no_other_file(files, entries, label):
    text = gallery(read_figures(files, CAPTIONS, entries), label)
    page = Page(text)
    contents = [base64.b64decode(image["src"].split(",")[1]) for image in page.images]
    assert contents == [Path(files[place]).read_bytes() for place in (0, 2, 1)]
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.images)
    assert all(link.startswith(("#", "https://arxiv.org")) for link in page.links)
    assert not re.search(r"<(script|link|iframe)|@import|url\(", text)
    assert label in text


def test_captions_are_those_of_the_report(files, entries, label):
    text = gallery(read_figures(files, CAPTIONS, entries), label)
    assert "electromagnetic (ECal)" in text
    assert "{%" not in text
    assert caption_html("*one*, :math:`x`", {}).startswith("<p><em>one</em>")
    assert caption_html("{{ snakemake.wildcards.search }} & 1", {"search": "hl"}) == "<p>hl &amp; 1</p>"


def test_every_image_has_a_text_that_says_what_is_seen(files, entries, label):
    page = Page(gallery(read_figures(files, CAPTIONS, entries), label))
    assert [image["alt"].split(",")[0] for image in page.images] == [
        "ROC curves of classifiers with different inputs",
        "Background rejection",
        "Mean transverse energy per cell of the electromagnetic (ECal) calorimeter",
    ]


def width(content):
    return Image.open(io.BytesIO(content)).width


def figures_of(images):
    return [Figure("name.png", "Category", "Title", "", image, 1200) for image in images]


def pngs(figures):
    return [figure.png for figure in figures]


def test_large_figures_are_scaled_down_together_until_they_fit():
    figures = figures_of([png(width) for width in (2400, 600)])
    size = 4 * sum(map(len, pngs(figures))) / 3
    unchanged, whole = scaled_down(figures, [10**8, size - 1])
    assert unchanged == figures
    limit = 4 * sum(map(len, pngs(whole))) / 3 / 2
    large, small = pngs(scaled_down(figures, [limit])[0])
    assert 4 * (len(large) + len(small)) / 3 <= limit
    assert width(large) in WIDTHS
    assert width(small) == min(600, width(large))
    assert [width(image) for image in pngs(scaled_down(figures, [1])[0])] == [WIDTHS[-1]] * 2


def test_the_page_in_the_report_is_one_that_browsers_open(tmp_path, entries, label):
    """Chromium opens no data URI of more than 2 MiB."""
    path = tmp_path / "large.png"
    path.write_bytes(png(1200, 600))
    figures = read_figures([str(path)] * 6, CAPTIONS, entries * 2)
    sizes = []
    for scaled in scaled_down(figures, (LIMIT, SMALL_LIMIT)):
        page = gallery(scaled, label).encode()
        sizes.append(len(base64.b64encode(page)))
        assert len(Page(page.decode()).images) == 6
    assert sizes[1] < 2 * 2**20 < sizes[0]


def test_a_figure_scaled_down_is_shown_as_large_as_before(files, entries):
    Path(files[0]).write_bytes(png(2500))
    whole, scaled = (some[0] for some in scaled_down(read_figures(files, CAPTIONS, entries), [10**8, 1]))
    assert len(scaled.png) < len(whole.png)
    assert scaled.width == whole.width == 1200


def test_the_program_writes_the_same_page_twice(files, entries, sample, tmp_path, label):
    pages = []
    for name in ("a", "b"):
        build_gallery.main(
            ["--figures", *files, "--captions", *CAPTIONS, "--sample", sample,
             "--settings", json.dumps({"figures": entries}), "--output", str(tmp_path / f"{name}.html"),
             "--small", str(tmp_path / f"{name}_small.html")]
        )  # fmt: skip
        pages.append([path.read_bytes() for path in sorted(tmp_path.glob(f"{name}*.html"))])
    assert len(pages[0]) == 2
    assert pages[0] == pages[1]
    assert all(label in page.decode() for page in pages[0])


def test_without_figures_there_is_still_a_page(sample, tmp_path):
    output = tmp_path / "gallery.html"
    build_gallery.main(
        ["--figures", "--captions", *CAPTIONS, "--sample", sample,
         "--settings", '{"figures": []}', "--output", str(output),
         "--small", str(tmp_path / "small.html")]
    )  # fmt: skip
    assert not Page(output.read_text()).images
