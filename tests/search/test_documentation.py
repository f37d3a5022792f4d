"""What the documentation of the search says can be done."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from configuration import check_config, searches
from leptonid.search.evaluation import COLUMNS
from snakemake.utils import update_config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/search.md").read_text(encoding="utf-8")


def examples(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_example_of_the_page_runs(capsys):
    (example,) = examples(PAGE, "python")
    names = {}
    exec(compile(example, "docs/search.md", "exec"), names)
    depth, mixed, noise = names["ados"]
    assert depth == 1
    assert mixed == names["misordered"].ado(names["depth"] + names["noise"]).value
    assert noise == pytest.approx(0.5, abs=0.02)
    assert f"{np.count_nonzero(names['y']) ** 2 / 1e6:g} million pairs" in PAGE
    assert "pairs=" in capsys.readouterr().out


@pytest.mark.parametrize("page", ["README.md", "docs/search.md"])
def test_the_searches_of_the_pages_are_configs_that_work(page):
    overlays = [yaml.safe_load(text) for text in examples((ROOT / page).read_text(encoding="utf-8"), "yaml")]
    overlays = [overlay["search"] for overlay in overlays if "search" in overlay]
    assert overlays
    for overlay in overlays:
        config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
        update_config(config, {"search": overlay})
        check_config(config)
        wanted = {name for name, settings in overlay["searches"].items() if settings is not None}
        assert wanted <= set(searches(config["search"]))


def test_the_page_names_every_column_of_the_passes():
    measured = {name for name in COLUMNS if not name.endswith("_uncertainty")}
    assert {name for name in measured if f"`{name}`" not in PAGE} == set()
