"""The examples of the documentation of the search work."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from snakemake.utils import update_config

from leptonid.evaluate.passes import COLUMNS
from leptonid.study.config import prepare_config
from leptonid.study.config_schema import read_default_config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/guided-search.md").read_text(encoding="utf-8")


def examples(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_example_of_the_page_runs(capsys):
    (example,) = examples(PAGE, "python")
    names = {}
    exec(compile(example, "docs/guided-search.md", "exec"), names)
    depth, mixed, noise = names["ados"]
    assert depth == 1
    assert mixed == names["misordered"].ado(names["depth"] + names["noise"]).value
    assert noise == pytest.approx(0.5, abs=0.02)
    assert f"{np.count_nonzero(names['y']) ** 2 / 1e6:g} million pairs" in PAGE
    assert "pairs=" in capsys.readouterr().out


@pytest.mark.parametrize("page", ["docs/first-study.md", "docs/guided-search.md"])
def test_the_searches_of_the_pages_are_valid_configs(page):
    overlays = [yaml.safe_load(text) for text in examples((ROOT / page).read_text(encoding="utf-8"), "yaml")]
    overlays = [overlay["search"] for overlay in overlays if "search" in overlay]
    assert overlays
    for overlay in overlays:
        config = read_default_config()
        update_config(config, {"search": overlay})
        prepare_config(config)
        wanted = {name for name, settings in overlay["searches"].items() if settings is not None}
        assert wanted <= set(config["search"]["searches"])


def test_the_page_names_every_column_of_the_passes():
    measured = {name for name in COLUMNS if not name.endswith("_uncertainty")}
    assert {name for name in measured if f"`{name}`" not in PAGE} == set()
