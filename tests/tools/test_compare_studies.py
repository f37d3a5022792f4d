"""The comparison of two studies against numbers that are computed another way."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import compare_studies
from leptonid.errors import InputError
from leptonid.tables.files import write_json
from leptonid.tables.scores import read_scores_of_role
from random_scores import write_scores


class Made:
    """Results of a study: scores of trainings and choices of searches."""

    def __init__(self, folder):
        self.folder = folder

    def training(self, name, auc, seed, inputs=("hl",)):
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        write_scores(str(self.folder / name / "scores.feather"), auc=auc, seed=seed)
        write_json({"inputs": list(inputs)}, self.folder / name / "metrics.json")

    def choice(self, search, number, observable, ado=0.7):
        path = self.folder / f"search/{search}/pass{number}/choice.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        chosen = {"inputs": ["hl", observable], "ado": ado} if observable else {}
        write_json({"pass": number, "stopped": None if observable else "enough", **chosen}, path)


@pytest.fixture
def studies(tmp_path):
    """Two studies, in the second of which b is above a and the first pass chose another observable."""
    first, second = Made(tmp_path / "first"), Made(tmp_path / "second")
    for study, aucs, chosen in ((first, (0.9, 0.8), "ecal/sum_et"), (second, (0.8, 0.9), "ecal/cells")):
        for number, name in enumerate("ab"):
            for seed in (0, 1):
                study.training(f"train/{name}/seed{seed}", aucs[number], seed)
        study.choice("hl", 1, chosen)
        study.training("search/hl/pass1/seed0", 0.9, 3, ["hl", chosen])
        study.choice("hl", 2, None)
        # The copy of the last network.
        study.training("search/hl/pass2/seed0", 0.9, 3, ["hl", chosen])
    second.training("train/c/seed0", 0.9, 4)
    second.choice("hl", 3, "ecal/cells")
    return first.folder, second.folder


def test_differences_are_those_of_the_scores_and_their_aucs(studies):
    paths = [folder / "train/a/seed1/scores.feather" for folder in studies]
    scores = [read_scores_of_role(path, "test") for path in paths]
    found = compare_studies.difference("a", *scores)
    distance = np.sort(np.abs(scores[0].score - scores[1].score))
    assert found.largest == distance[-1]
    assert found.median == pytest.approx(distance[199:201].mean())
    aucs = [roc_auc_score(some.y, some.score) for some in scores]
    assert found.auc == pytest.approx(aucs[0])
    assert found.difference == pytest.approx(aucs[1] - aucs[0])
    # Paired, from the placements of each event (DeLong et al.).
    signal = scores[0].y == 1
    variance = 0
    for own in (signal, ~signal):
        placements = [np.mean(some.score[own][:, None] > some.score[~own], axis=1) for some in scores]
        variance += np.var(placements[1] - placements[0], ddof=1) / own.sum()
    assert found.paired == pytest.approx(np.sqrt(variance))


def test_the_page_names_what_changed(studies):
    page = compare_studies.comparison(*studies)
    assert page.count("| `train/") == 4
    assert "other inputs: search/hl/pass1/seed0, train/c/seed0." in page
    assert "| `1` | a | b |" in page
    assert "Turned round: a and b (" in page
    assert "| `hl 1` | ecal/sum_et | 0.7000 | ecal/cells | 0.7000 |" in page
    assert "the same in 0 of 1 passes" in page


def test_a_study_is_as_itself(studies, capsys):
    compare_studies.main([str(studies[0])] * 2)
    page = capsys.readouterr().out
    assert page.count("| 0 | 0 |") == 5
    assert page.count("+0.0e+00 ± 0.0e+00") == 5
    assert "Turned round: no pair." in page
    assert "the same in 1 of 1 passes" in page


def test_studies_of_other_events_or_without_a_common_training_are_refused(studies, tmp_path):
    first, second = studies
    write_scores(str(second / "train/a/seed0/scores.feather"), count=300)
    with pytest.raises(InputError, match=r"second: its test events are not those of .*first"):
        compare_studies.comparison(first, second)
    with pytest.raises(InputError, match=r"empty: has no training in common with .*first"):
        compare_studies.comparison(first, tmp_path / "empty")
