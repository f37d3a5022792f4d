"""The examples of the documentation run."""

import doctest
import re
from pathlib import Path

import pandas as pd

from leptonid.efp import engine

ROOT = Path(__file__).parents[2]


def test_the_example_of_the_page_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/efp.md").read_text(), flags=re.DOTALL)
    names = {}
    exec(compile(example, "docs/efp.md", "exec"), names)
    assert isinstance(names["table"], pd.DataFrame)
    assert len(names["table"]) == 3
    assert "4_3_0_k_2_b_1" in capsys.readouterr().out


def test_the_example_of_compute_gives_the_documented_result():
    (test,) = doctest.DocTestFinder().find(engine.compute, globs=vars(engine))
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
