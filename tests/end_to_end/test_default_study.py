"""The default study: how its feature sets rank, and what a search finds among all its observables."""

import json
import subprocess

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm, rankdata

from layouts import ELECTRONS, ROOT
from leptonid.efp.tables import read_efps
from leptonid.metrics.ordering import Ordering
from leptonid.search.space import LIMITS, Space, blocks_of_values, candidates
from leptonid.study.config_schema import read_default_config
from leptonid.study.features import Column
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import metadata_of, read_feather, write_feather
from leptonid.tables.scores import read_scores_of_role
from tiny_study import Study

CONFIG = read_default_config()
LAYOUT = ELECTRONS.contents.as_settings()
WHOLE_SPACE = {
    **dict.fromkeys(["calorimeters", "kappas", "betas", *LIMITS]),
    "candidates": ["efps"],
    "split": "valid",
}

# What the tests below look at: two passes of a search with one seed, one of the other, and its figure;
# the tiny study has all other trainings and figures.
PART = {
    "train": {
        "features": dict.fromkeys(["et_and_ht_and_hl", "et_ht_pfn", "efp", "hl_and_efp"]),
        "baselines": dict.fromkeys(["trees", "logistic"]),
        "repetitions": {"shuffles": 0},
    },
    "search": {"passes": 2, "seeds": [0], "searches": {"hl_and_kinematics": {"passes": 1}}},
}
TARGETS = [
    "tables/auc.csv",
    "search/hl/passes.csv",
    "search/hl_and_kinematics/passes.csv",
    "figures/search_hl.png",
]


@pytest.fixture(scope="module")
def default_study(fresh, tmp_path_factory) -> Study:
    """A large part of the default study; not to be changed: copy what is needed."""
    study = fresh.copy(tmp_path_factory.mktemp("default") / "study")
    study.configure(PART)
    study.run(*(f"results/{target}" for target in TARGETS))
    return study


@pytest.mark.slow
def test_feature_sets_rank_as_in_the_paper(default_study):
    table = pd.read_csv(default_study.folder / "results/tables/auc.csv").set_index("features")
    auc = table["auc"]
    assert auc["et_and_ht"] > auc["hl_and_mass"] > auc["hl"] > auc["mass"]
    assert auc["et_and_ht"] > max(auc["et"], auc["ht"])
    # An AUC near 1 would mean that the networks learn something trivial.
    assert 0.85 < auc["hl"] < 0.98
    assert (table["auc_test"] < 0.01).all()


@pytest.mark.slow
def test_two_chosen_observables_close_three_fifths_of_the_gap_to_the_network(default_study):
    """From the seven variables, on the test events, which have chosen nothing; measured: four fifths."""
    results = default_study.folder / "results"
    auc = pd.read_csv(results / "tables/auc.csv").set_index("features")["auc"]
    passes = pd.read_csv(results / "search/hl/passes.csv")
    assert len(passes) == 3
    assert passes["observable"].iloc[1].startswith("iso_rel")
    reached = passes["auc"].iloc[-1]
    for base in (auc["hl"], passes["auc"].iloc[0]):
        assert reached - base > 0.6 * (auc["et_and_ht"] - base)


@pytest.mark.slow
def test_pt_and_eta_close_two_fifths_of_the_gap_and_a_search_starts_there(default_study):
    results = default_study.folder / "results"
    auc = pd.read_csv(results / "tables/auc.csv").set_index("features")["auc"]
    gap = auc["et_and_ht"] - auc["hl"]
    base = pd.read_csv(results / "search/hl_and_kinematics/passes.csv")["auc"].iloc[0]
    for reached in (auc["hl_and_kinematics"], base):
        assert reached - auc["hl"] > 0.4 * gap


def program(name, *arguments):
    """Run one of the workflow's programs."""
    command = ["python", f"workflow/scripts/search/{name}", *map(str, arguments)]
    environment = {**Study(ROOT).warm_environment, "PYTHONPATH": "workflow/scripts"}
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr


def gaussian(values):
    """Return values in the same order with a normal distribution."""
    return norm.ppf((rankdata(values) - 0.5) / len(values))


# Those that the published searches chose on the ECal, and one on the HCal.
PLANTED = [
    Column("ecal", "2_1_0_k_1_b_0.5"),
    Column("ecal", "8_7_0_k_2_b_1"),
    Column("ecal", "3_3_1_k_1_b_0.5"),
    Column("ecal", "4_5_1_k_2_b_2"),
    Column("hcal", "1_0_0_k_-1_b_0.5"),
]


@pytest.mark.slow
def test_an_efp_in_a_black_box_is_found_in_the_full_space(default_study):
    """The black box is the network on the seven variables and one EFP: pass 1 finds that very one."""
    results = default_study.folder / "results"
    tables = [results / f"efp/{name}.feather" for name in ("unique", "duplicates", "graphs")]
    space = Space(*tables, [results / "data/valid.feather"])
    columns = candidates(space, {**WHOLE_SPACE, "layout": LAYOUT}, ["hl"])
    event, y, _, score = read_scores_of_role(results / "train/hl/seed0/scores.feather", "valid")
    efps = list(results.glob("efp/*/valid/*.feather"))
    guides = []
    for column in PLANTED:
        values = next(blocks_of_values([column], efps, [], "valid", event))[0]
        guides.append(Ordering(np.log(score / (1 - score)) + gaussian(values), y, score))
    ados = [[] for _ in PLANTED]
    for block in blocks_of_values(columns, efps, [], "valid", event):
        for blocks, guide in zip(ados, guides, strict=True):
            blocks.append(guide.ados(block))
    assert len(columns) > 14_000
    for column, blocks in zip(PLANTED, ados, strict=True):
        ado = np.concatenate(blocks)
        assert ado[columns.index(column)] == 1
        assert np.count_nonzero(np.maximum(ado, 1 - ado) == 1) == 1


# pT^D on each calorimeter, which no other observable comes close to.
FIRST, SECOND = Column("ecal", "1_0_0_k_2_b_0.5"), Column("hcal", "1_0_0_k_2_b_0.5")


def write_planted_events(results, folder):
    """Write events with a black box of three variables and two EFPs, and labels drawn from it."""
    tables = {split: read_feather(results / f"data/{split}.feather") for split in SPLITS}
    parts = [
        weight * gaussian(np.concatenate([tables[split][name].to_numpy() for split in SPLITS]))
        for name, weight in (("R_eta", 1), ("w_eta2", -1), ("iso_0.4", -0.5))
    ]
    for column, weight in ((FIRST, 2), (SECOND, 2.5)):
        paths = list(results.glob(f"efp/{column.source}/*/*.feather"))
        values = [read_efps(paths, column.source, split, [column.name])[column.name] for split in SPLITS]
        parts.append(weight * gaussian(np.concatenate([value.to_numpy() for value in values])))
    score = sum(parts)
    y = (np.random.default_rng(1).random(len(score)) < 1 / (1 + np.exp(-score))).astype(np.int8)

    scored, start = [], 0
    for split, table in tables.items():
        rows = slice(start, start := start + len(table))
        planted = {"y": y[rows], "weight": np.ones(len(table))}
        others = [name for name in table.column_names if name not in planted]
        events = pa.table({**{name: table[name] for name in others}, **planted})
        write_feather(events, folder / f"{split}.feather", metadata_of(table))
        names = [split] * len(table)
        columns = {"event": table["event"], "split": names, "y": y[rows], "weight": planted["weight"]}
        scored.append(pa.table({**columns, "score": score[rows], "role": names}))
    write_feather(pa.concat_tables(scored), folder / "box.feather")


@pytest.mark.slow
def test_two_efps_in_a_black_box_are_both_found_in_the_full_space(default_study, tmp_path):
    """The whole loop, with networks that learn the labels that the black box makes likely."""
    results = default_study.folder / "results"
    write_planted_events(results, tmp_path)
    search, train = CONFIG["search"], CONFIG["train"]
    efp = {name: results / f"efp/{name}.feather" for name in ("unique", "duplicates", "graphs")}
    choosing = {**search, **WHOLE_SPACE, "base": ["hl"], "layout": LAYOUT, "seeds": [0]}
    # Ten epochs, as in the default study, leave orderings of pass 1 to the second observable's neighbours.
    network = {"dense": 3, "units": 50, "dropout": 0.25, "learning_rate": 0.002, "epochs": 30}
    network |= {"learning_rate_patience": 2, "kind": "dense", "base": ["hl"], "layout": LAYOUT, "seed": 0}
    training = {**train, **network}
    files = {
        "model": "model.keras", "onnx": "model.onnx", "history": "history.csv",
        "scores": "scores.feather", "metrics": "metrics.json",
    }  # fmt: skip
    choices, networks = [], []
    for number in (0, 1):
        folder = tmp_path / f"pass{number}"
        program(
            "train_pass.py",
            "--events", *(tmp_path / f"{split}.feather" for split in SPLITS),
            "--efps", *results.glob("efp/*/*/*.feather"),
            "--unique", efp["unique"], "--choice", *choices[-1:], "--settings", json.dumps(training),
            *(word for option, file in files.items() for word in (f"--{option}", folder / file)),
        )  # fmt: skip
        networks.append(folder)
        program(
            "score_candidates.py",
            *(word for name, path in efp.items() for word in (f"--{name}", path)),
            "--events", tmp_path / "valid.feather",
            "--efps", *results.glob("efp/*/valid/*.feather"), "--black-box", tmp_path / "box.feather",
            "--networks", *(network / "scores.feather" for network in networks),
            "--choice", *choices[-1:],
            "--settings", json.dumps(choosing), "--output", folder / "candidates.feather",
        )  # fmt: skip
        program(
            "choose_observable.py",
            "--number", number + 1, "--candidates", folder / "candidates.feather",
            "--previous", *choices[-1:], "--settings", json.dumps(choosing),
            "--output", folder / "choice.json",
        )  # fmt: skip
        choices.append(folder / "choice.json")
    choice = json.loads(choices[-1].read_text())
    assert choice["inputs"] == ["hl", str(FIRST), str(SECOND)]
    assert choice["candidates"] > 14_000
