"""A page of all figures with their captions, as one HTML file."""

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from docutils.core import publish_parts
from jinja2 import Environment
from PIL import Image

from leptonid.plotting import STYLE

# Figures of a page are scaled down until they have no more bytes than this.
LIMIT = 10_000_000

# The report of Snakemake holds pages as data URIs; Chromium opens none above 2 MiB.
SMALL_LIMIT = 1_400_000

# Largest width of a figure in pixels; the next one is tried while the figures are still too large.
WIDTHS = (3200, 1600, 1100, 800, 600, 400)

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Figures: {{ label }}</title>
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1e21; --faint: #62676d; --line: #d9dce0;
  --link: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e4e6e9; --faint: #9aa0a8; --line: #383c42; --link: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 76rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.9rem; }
h2 { margin: 3.5rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.5rem; }
h3 { margin: 0 0 .7rem; font-size: 1.1rem; }
a { color: var(--link); }
header p, .file { margin: .2rem 0 0; color: var(--faint); }
.file { font-size: .85rem; }
nav { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1.2rem 2rem;
  margin-top: 1.8rem; }
nav ul { margin: .2rem 0 0; padding: 0; list-style: none; }
nav strong a { color: inherit; }
nav li { padding-left: 1rem; text-indent: -1rem; }
figure { margin: 0 0 3rem; }
img { display: block; max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
@media (prefers-color-scheme: dark) { img { padding: .5rem; } }
figcaption { max-width: 50rem; margin-top: .8rem; }
figcaption p { margin: .4rem 0 0; }
@media print { figure { break-inside: avoid; } nav { display: none; } }
</style>
</head>
<body>
<header>
<h1>Figures</h1>
<p>Events: {{ label }}</p>
</header>
<nav aria-label="Contents">
{%- for category, figures in categories %}
<div><strong><a href="#{{ category | anchor }}">{{ category }}</a></strong>
<ul>
{%- for figure in figures %}
<li><a href="#{{ figure.name | anchor }}">{{ figure.title }}</a></li>
{%- endfor %}
</ul></div>
{%- endfor %}
</nav>
<main>
{%- for category, figures in categories %}
<section>
<h2 id="{{ category | anchor }}">{{ category }}</h2>
{%- for figure in figures %}
<figure id="{{ figure.name | anchor }}">
<h3>{{ figure.title }}</h3>
<img alt="{{ figure.text }}" width="{{ figure.width }}"
  src="data:image/png;base64,{{ figure.png | base64 }}">
<figcaption>
{{ figure.caption | safe }}
<p class="file">{{ figure.name }}</p>
</figcaption>
</figure>
{%- endfor %}
</section>
{%- endfor %}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Figure:
    """A figure of the page: name and content of its file, caption in HTML, width in CSS pixels."""

    name: str
    category: str
    title: str
    caption: str
    png: bytes
    width: int

    @property
    def text(self) -> str:
        """What those hear who cannot see the figure: the first sentence of its caption."""
        words = " ".join(html.unescape(re.sub("<[^>]*>", "", self.caption)).split())
        return re.split(r"(?<=[.:;]) ", words)[0].rstrip(".:;")


def read_figures(paths: Sequence[str], captions: Sequence[str], entries: Sequence[Mapping]) -> list[Figure]:
    """Read PNG files with their captions.

    `entries` has category, title, name of the caption's file, and wildcards of each PNG file.
    """
    texts = {Path(path).name: Path(path).read_text(encoding="utf-8") for path in captions}
    figures = []
    for path, entry in zip(paths, entries, strict=True):
        png = Path(path).read_bytes()
        caption = caption_html(texts[entry["caption"]], entry["wildcards"])
        width = round(96 * _width(png) / STYLE["savefig.dpi"])
        figures.append(Figure(Path(path).name, entry["category"], entry["title"], caption, png, width))
    return figures


def scaled_down(figures: Sequence[Figure], limits: Sequence[int]) -> list[list[Figure]]:
    """Return the figures once per limit, with images that together have at most so many bytes in base64.

    If they are too large, they get 256 colours and the first of `WIDTHS` that is small enough, or the last.
    `limits` decrease: every size is made from the one before. Widths for which the images would be too large,
    if their bytes shrank like the width, are not tried: drawings of lines do.
    """
    pngs = [figure.png for figure in figures]
    images: list[Image.Image] = []
    widths, before = list(WIDTHS), None
    scaled = []
    for limit in limits:
        while (size := sum(4 * len(png) / 3 for png in pngs)) > limit and widths:
            width = widths.pop(0)
            if widths and before and size * width / before > limit:
                continue
            images = images or [Image.open(io.BytesIO(png)).convert("RGB") for png in pngs]
            images = [_no_wider(image, width) for image in images]
            pngs = [_with_256_colours(image) for image in images]
            before = width
        scaled.append([replace(figure, png=png) for figure, png in zip(figures, pngs, strict=True)])
    return scaled


def gallery(figures: Sequence[Figure], label: str) -> str:
    """Return the page: a table of contents, and the figures by category; it needs no other file."""
    environment = Environment(autoescape=True)
    environment.filters["anchor"] = lambda text: re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    environment.filters["base64"] = lambda content: base64.b64encode(content).decode()
    order = list(dict.fromkeys(figure.category for figure in figures))
    ordered = sorted(figures, key=lambda figure: order.index(figure.category))
    categories = [(name, list(some)) for name, some in groupby(ordered, lambda figure: figure.category)]
    return environment.from_string(PAGE).render(label=label, categories=categories)


def caption_html(text: str, wildcards: Mapping[str, str]) -> str:
    """Return a caption as HTML from its template in reStructuredText, as Snakemake's report has it."""
    # The template is reStructuredText, which HTML escapes would spoil.
    template = Environment(autoescape=False).from_string(text)  # noqa: S701
    source = template.render(snakemake={"wildcards": wildcards})
    return publish_parts(source, writer="html")["body"].strip()


def _no_wider(image: Image.Image, width: int) -> Image.Image:
    if image.width <= width:
        return image
    height = round(image.height * width / image.width)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2)


def _with_256_colours(image: Image.Image) -> bytes:
    png = io.BytesIO()
    image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(png, "PNG")
    return png.getvalue()


def _width(png: bytes) -> int:
    return Image.open(io.BytesIO(png)).width
