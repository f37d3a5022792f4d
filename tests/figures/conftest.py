"""Tables as the other stages write them, with random numbers, and files of the study."""

import pytest

from figures.made_up import LABEL, evaluation, write_history
from leptonid.evaluate.frames import write_frame
from leptonid.tables.sample import Sample, write_sample


@pytest.fixture
def label():
    return LABEL


@pytest.fixture
def sample(tmp_path):
    """The file that has the label of the sample and its energy unit."""
    path = tmp_path / "sample.json"
    write_sample(Sample(LABEL, "GeV"), path)
    return str(path)


@pytest.fixture(scope="session")
def tables():
    """Tables of the evaluation by name."""
    return evaluation()


@pytest.fixture(scope="session")
def weighted_tables():
    """Tables of the evaluation of weighted events, some with negative weights."""
    return evaluation(weighted=True)


@pytest.fixture
def written(tables, tmp_path):
    """Return the path of a table of the evaluation: `written("auc")`."""

    def write(name):
        path = tmp_path / f"{name}.feather"
        write_frame(tables[name], path)
        return str(path)

    return write


@pytest.fixture
def history(tmp_path):
    """Write a history; return its path: `history("a.csv", seed=1)`."""
    return lambda name, **options: write_history(tmp_path / name, **options)
