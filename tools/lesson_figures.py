"""The figures of the lessons for the site: as SVG, with a text for those who cannot see them."""

import re

import matplotlib.pyplot as plt
from matplotlib.contour import ContourSet
from sphinx_gallery.scrapers import matplotlib_scraper


def scrape(block: tuple, block_vars: dict, gallery_conf: dict) -> str:
    """Save the figures of a block of a lesson; their labels (`figure.set_label`) become the texts.

    A scraper of sphinx-gallery.

    Raises
    ------
    ValueError
        If a figure has no label.
    """
    figures = list(map(plt.figure, plt.get_fignums()))
    labels = [figure.get_label() for figure in figures]
    if not all(labels):
        raise ValueError(
            f"{block_vars['src_file']}, line {block[2]}: a figure without a label; say what is seen with "
            "figure.set_label"
        )
    # Filled contours have more points than a bitmap has pixels.
    for contours in (artist for figure in figures for artist in figure.findobj(ContourSet)):
        contours.set_rasterized(True)
    texts = iter(labels)
    shown = matplotlib_scraper(block, block_vars, gallery_conf, format="svg", dpi=150)
    return re.sub(r"(?<=:alt: ).*", lambda match: next(texts), shown)
