"""ROC curves as tables."""

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.evaluate.roc_points import roc_table
from leptonid.metrics.curves import SIGNAL_EFFICIENCY, curves, relative_rejection
from leptonid.metrics.scored_events import read_test_scores


@pytest.fixture
def made(write):
    paths = [write.scores(f"{i}.feather", auc=auc, seed=i) for i, auc in enumerate((0.9, 0.8))]
    return curves(read_test_scores(["hl", "mass"], paths), 20, seed=0)


def test_rows_are_the_points_of_the_curves_and_their_ratio_to_the_reference(made):
    table = roc_table(made, "mass").set_index("classifier")
    for name, curve in made.items():
        rows = table.loc[name]
        np.testing.assert_array_equal(rows["signal_efficiency"], SIGNAL_EFFICIENCY)
        np.testing.assert_array_equal(rows["background_efficiency"], curve.mean)
        np.testing.assert_array_equal(rows["uncertainty"], curve.uncertainty())
        for column in ("reached", "precision", "precision_uncertainty"):
            np.testing.assert_array_equal(rows[column], getattr(curve, column))
        assert set(rows["average_precision"]) == {curve.average_precision}
        assert set(rows["signal_share"]) == {0.5}
        ratio, uncertainty = relative_rejection(curve, made["mass"])
        np.testing.assert_array_equal(rows["ratio"], ratio)
        np.testing.assert_array_equal(rows["ratio_uncertainty"], uncertainty)


def test_without_a_reference_ratios_are_unknown(made):
    assert roc_table(made, None)[["ratio", "ratio_uncertainty"]].isna().all(axis=None)


def test_a_reference_without_scores_is_refused(made):
    with pytest.raises(InputError, match="reference: no scores of et, only of hl, mass"):
        roc_table(made, "et")
