"""Random scores and events, written into the folder of a test."""

import pytest

from random_scores import writers


@pytest.fixture
def write(tmp_path):
    """Return writers that take a name in the test's folder: `write.scores("a.feather", auc=0.9)`."""
    return writers(tmp_path)
