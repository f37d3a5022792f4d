"""A config that cannot work is refused with the key; a good one passes unchanged."""

import copy
import json
import re
from pathlib import Path

import pytest
import yaml

from layouts import JETS_YAML, ROOT
from leptonid.errors import InputError
from leptonid.study.candidates import candidate_names, own_tables
from leptonid.study.classifiers import baseline_names
from leptonid.study.config import check_folder, check_paths, prepare_config
from leptonid.study.config_schema import efp_calorimeters, efp_settings, read_default_config, read_schema
from leptonid.study.layout_file import read_layout
from leptonid.study.reference import README, with_tables
from leptonid.study.sources import download_path
from leptonid.study.yaml_file import read_yaml

DEFAULT = read_default_config()
PHOTONS_YAML = """
images:
  tower:
    {calorimeter: barrel, title: Barrel, rows: 20, columns: 24, cell: {eta: 0.05, phi: pi / 64}}
variables:
  shape: {title: 3 shapes, variables: {width: {}, length: {}, height: {}}}
classes: {signal: {title: photons}, background: {title: pions}}
events: {label: is_photon}
"""


def merged(config, overlay):
    """Return a config with an overlay as Snakemake merges it."""
    if not isinstance(config, dict) or not isinstance(overlay, dict):
        return copy.deepcopy(overlay)
    return {
        **copy.deepcopy(config),
        **{name: merged(config.get(name, {}), value) for name, value in overlay.items()},
    }


def with_overlay(overlay):
    return merged(DEFAULT, overlay)


def features(name, **network):
    return {"train": {"features": {name: network}}}


def search(name, **settings):
    return {"search": {"searches": {name: settings}}}


def download(*urls, **settings):
    return {"data": {"source": "download", "download": {"urls": list(urls), **settings}}}


BAD = {
    "unknown section": ({"plots": {}}, "config: unknown key plots"),
    "unknown key": ({"train": {"epoch": 3}}, "train: unknown key epoch"),
    "unknown key of a network": (features("hl", unit=3), "train.features.hl: unknown key unit"),
    "text for a number": ({"train": {"epochs": "3"}}, "train.epochs: '3' is not of type 'integer'"),
    "number that YAML reads as text": (features("hl", learning_rate="1e-4"), "write 1.0e-4 rather than 1e-4"),
    "number for a list": ({"efp": {"kappas": 1}}, "efp.kappas: 1 is not of type 'array'"),
    "number for a boolean": ({"train": {"weights": 1}}, "train.weights: 1 is not of type 'boolean'"),
    "boolean for a number": ({"train": {"epochs": True}}, "train.epochs: True is not of type 'integer'"),
    "fraction for a count": ({"train": {"batch": 12.5}}, "train.batch: 12.5 is not of type 'integer'"),
    "no number": ({"efp": {"tolerance": float("nan")}}, "efp.tolerance: nan is not of type 'number'"),
    "negative epochs": ({"train": {"epochs": -1}}, "train.epochs: -1 is less than the minimum of 1"),
    "a number too large": ({"efp": {"kappas": [10**400]}}, "efp.kappas.0: 1000"),
    "boolean for a text": (
        {"data": {"label": False}},
        "data.label: expected text, found False; write text in quotes (How figures and tables name",
    ),
    "number for a text": ({"results": 2024}, "results: expected text, found 2024; write text in quotes"),
    "null for a text": ({"results": None}, "results: expected text, found null (Folder"),
    "a large number that YAML reads as text": (
        {"data": {"simulation": {"events": "1e5"}}},
        "(Number of events; half of them are signal; YAML reads this as text: write 100000, and give",
    ),
    "a text for a section": (
        {"data": "events.h5"},
        "(The events; give its keys: source, path, layout, label",
    ),
    "boolean for a name": (
        features("hl", inputs=["mass", False]),
        "train.features.hl.inputs.1: expected text, found False",
    ),
    "null of the command line": (
        {"results": "null"},
        "results: found the text 'null', which --config makes of null; give null in a file",
    ),
    "null of the command line in a section": (
        {"data": {"label": "null"}},
        "data.label: found the text 'null'",
    ),
    "null of the command line in a list": (
        features("hl", inputs=["None"]),
        "train.features.hl.inputs.0: found",
    ),
    "boolean as a name": (
        features(False),
        "train.features.False: a key must be text; write names such as no",
    ),
    "number as a name": (search(2024, kappas=[1]), "search.searches.2024: a key must be text"),
    "null as a section": ({None: {}}, "None: a key must be text"),
    "the same kappa twice": ({"efp": {"kappas": [1, 1.0]}}, "efp.kappas: [1.0, 1.0] has non-unique elements"),
    "the same kappa with a sign": ({"efp": {"kappas": [0, -0.0]}}, "efp.kappas: [0.0, 0.0] has non-unique"),
    "the same beta twice in an override": (
        {"efp": {"overrides": {"hcal": {"betas": [2, 2.0]}}}},
        "efp.overrides.hcal.betas: [2.0, 2.0] has non-unique",
    ),
    "the same beta twice in a search": (search("hl", betas=[2, 2.0]), "search.searches.hl.betas: [2.0, 2.0]"),
    "kappas that are the same as floats": (
        {"efp": {"kappas": [2**53, 2**53 + 1]}},
        "efp.kappas: [9007199254740992.0, 9007199254740992.0] has non-unique",
    ),
    "an EFP with nearly a kappa": (
        {"efp": {"kappas": [0.12345671]}, **features("hl", inputs=["2_1_0_k_0.12345672_b_2"])},
        "train.features.hl.inputs: 2_1_0_k_0.12345672_b_2 needs 0.12345672 among efp.kappas",
    ),
    "an EFP with an infinite kappa": (
        features("hl", inputs=["2_1_0_k_1e999_b_2"]),
        "'2_1_0_k_1e999_b_2' is unkn",
    ),
    "search for nearly a power": (
        search("hl", kappas=[1.0000001]),
        "search.searches.hl.kappas: 1.0000001 is not among those computed: -1, 0, 0.5, 1, 2",
    ),
    "home of nobody": (
        {"data": {"path": "~no_such_user/x.h5"}},
        "data.path: '~no_such_user/x.h5' is not the home folder of a user of this machine; else write ./~",
    ),
    "zero beta": ({"efp": {"betas": [0]}}, "efp.betas.0: 0"),
    "full dropout": (features("hl", dropout=1.0), "train.features.hl.dropout: 1.0"),
    "odd number of simulated events": (
        {"data": {"simulation": {"events": 21}}},
        "data.simulation.events: 21",
    ),
    "no files of a class": (
        {"data": {"source": "delphes", "delphes": {"signal": ["a.root"]}}},
        "data.delphes.background: no file; data.source: delphes needs ROOT files of both classes",
    ),
    "a file of both classes": (
        {
            "data": {
                "source": "delphes",
                "delphes": {"signal": ["a.root"], "background": ["b.root", "a.root"]},
            }
        },
        "data.delphes: a.root is both signal and background; an event has one class",
    ),
    "weights that accepting does not know": (
        {
            "data": {
                "source": "delphes",
                "delphes": {"signal": ["a.root"], "background": ["b.root"], "event_weights": True},
            }
        },
        "data.delphes.event_weights: matching: accept counts events and knows no weights",
    ),
    "a Delphes file that no shell can quote": (
        {"data": {"delphes": {"signal": ["$HOME.root"]}}},
        "data.delphes: '$HOME.root' contains $, which Snakemake",
    ),
    "no seeds": ({"train": {"seeds": []}}, "train.seeds: []"),
    "the same seed twice": ({"train": {"seeds": [1, 1]}}, "train.seeds: [1, 1]"),
    "no graphs": ({"efp": {"graphs": []}}, "efp.graphs: []"),
    "a selection that is no list": (
        {"efp": {"graphs": ["d<=2"]}},
        "efp.graphs.0: 'd<=2' is not of type 'array'",
    ),
    "no inputs": (features("hl", inputs=[]), "train.features.hl.inputs: []"),
    "unknown input": (
        features("hl", inputs=["hl", "tracks"]),
        "train.features.hl.inputs: input 'tracks' is unknown; known are et, ht, hl, mass",
    ),
    "unknown source": ({"data": {"source": "tape"}}, "data.source: 'tape'"),
    "braces in the folder of results": ({"results": "a{b}"}, "results: 'a{b}' contains { }, which Snakemake"),
    "a line break in the folder of results": (
        {"results": "a\nb"},
        r"results: 'a\nb' contains '\n', which Snakemake",
    ),
    "a command in the folder of results": (
        {"results": "$(ls)"},
        "results: '$(ls)' contains $, which Snakemake",
    ),
    "an option for the folder of results": ({"results": "-r"}, "results: '-r' begins with a dash"),
    "no folder of results": ({"results": ""}, "results: ''"),
    "a command in the path of the data": (
        {"data": {"path": '`ls`"<x>.h5'}},
        """data.path: '`ls`"<x>.h5' contains " < > `, which Snakemake""",
    ),
    "a command in one of several paths": (
        {"data": {"path": ["a.h5", "`ls`.h5"]}},
        "data.path: '`ls`.h5' contains `",
    ),
    "a file twice": (
        {"data": {"path": ["a.h5", "a.h5"]}},
        "data.path: ['a.h5', 'a.h5'] has non-unique elements",
    ),
    "no files": ({"data": {"path": []}}, "data.path: []"),
    "a split without files": (
        {"data": {"path": {"train": "a.h5", "test": "b.h5"}}},
        "data.path: 'valid' is a dependency of 'train'",
    ),
    "files of an unknown split": (
        {"data": {"path": dict.fromkeys(["train", "valid", "test", "extra"], "a.h5")}},
        "data.path: unknown key extra; known are: train, valid, test, signal, background",
    ),
    "splits beside classes": (
        {"data": {"path": dict.fromkeys(["train", "valid", "test", "signal", "background"], "a.h5")}},
        "data.path: names splits beside classes",
    ),
    "a path of both classes": (
        {"data": {"path": {"signal": ["a.h5", "b.h5"], "background": "b.h5"}}},
        "data.path: b.h5 is named for both classes",
    ),
    "no training events": (
        {"data": {"split": {"valid": 0.5, "test": 0.5}}},
        "data.split: valid and test leave no training events",
    ),
    "a number among the files": ({"data": {"path": ["a.h5", 5]}}, "data.path.1: expected text, found 5"),
    "a download from nowhere": (download(), "data.download.urls: empty; source download needs the address"),
    "a download by other means": (
        download("ftp://x.org/a.h5"),
        "data.download.urls.0: 'ftp://x.org/a.h5' does not match",
    ),
    "a download with a password": (
        download("https://x.org/a.h5", "https://me:secret@x.org/a.h5"),
        "data.download.urls.1: holds a password, which would get into logs and manifest; put it",
    ),
    "a download without a name": (
        download("https://x.org/files/?id=3"),
        "data.download.name: needed, as https://x.org/files/?id=3 does not end with the name",
    ),
    "a download above its folder": (download("https://x.org/a%2F.."), "data.download.name: needed"),
    "a download with a folder for its name": (
        download("https://x.org/a", name="b/c"),
        "data.download.name: 'b/c'",
    ),
    "a download with a command in its name": (
        download("https://x.org/%60ls%60.h5"),
        "data.download: 'downloads/`ls`.h5' contains `",
    ),
    "a SHA-256 that is too short": (
        download("https://x.org/a.h5", sha256="abc"),
        "data.download.sha256: 'abc'",
    ),
    "override of an unknown calorimeter": (
        {"efp": {"overrides": {"lar": {"kappas": [1]}}}},
        "efp.overrides: the layout has no calorimeter lar; it has: ecal, hcal",
    ),
    "override of another key": (
        {"efp": {"overrides": {"hcal": {"tolerance": 1e-6}}}},
        "efp.overrides.hcal: unknown key tolerance; known are: graphs, kappas, betas",
    ),
    "override that is no list": (
        {"efp": {"overrides": {"hcal": {"graphs": ["d<=2"]}}}},
        "efp.overrides.hcal.graphs.0: 'd<=2' is not of type 'array'",
    ),
    "an EFP that an override takes away": (
        {"efp": {"overrides": {"hcal": {"betas": [1]}}}, **features("hl", inputs=["hcal/2_1_0_k_1_b_2"])},
        "train.features.hl.inputs: hcal/2_1_0_k_1_b_2 needs 2 among efp.overrides.hcal.betas",
    ),
    "an EFP that an override gives the other calorimeter": (
        {"efp": {"overrides": {"hcal": {"kappas": [7]}}}, **features("hl", inputs=["2_1_0_k_7_b_2"])},
        "train.features.hl.inputs: 2_1_0_k_7_b_2 needs 7 among efp.kappas",
    ),
    "unknown calorimeter": (
        {"efp": {"calorimeters": ["lar"]}},
        "efp.calorimeters: the layout has no calorimeter lar; it has: ecal, hcal",
    ),
    "name with a slash": (
        features("a/b", inputs=["hl"], dense=1, units=1, dropout=0, learning_rate=1),
        "a/b",
    ),
    "new feature set without a network": (features("mine", inputs=["hl"]), "'dense' is a required property"),
    "section that is no mapping": ({"train": 3}, "train: 3 is not of type 'object'"),
    "feature set that is no mapping": ({"train": {"features": {"hl": 3}}}, "train.features.hl: 3"),
    "images without blocks": (
        {"train": {"features": {"et": {"blocks": None}}}},
        "train.features.et.blocks: missing; a cnn network needs it",
    ),
    "blocks without images": (features("hl", blocks=2), "train.features.hl.blocks: of no use"),
    "EFPs of a calorimeter that has none": (
        {"efp": {"calorimeters": ["ecal"]}},
        "train.features.efp.inputs: efp_hcal/d<=3 needs hcal among efp.calorimeters",
    ),
    "an EFP with another kappa": (
        features("hl", inputs=["2_1_0_k_7_b_2"]),
        "train.features.hl.inputs: 2_1_0_k_7_b_2 needs 7 among efp.kappas",
    ),
    "repetition of what is no classifier": (
        {"train": {"repetitions": {"features": ["nothing"]}}},
        "train.repetitions.features: no classifier nothing; there are: et, ht",
    ),
    "learning curve of what is no classifier": (
        {"train": {"learning_curve": {"features": ["nothing"]}}},
        "train.learning_curve.features: no classifier nothing; there are: et, ht",
    ),
    "one fold": ({"train": {"repetitions": {"folds": 1}}}, "train.repetitions.folds: 1"),
    "curve of what is no classifier": (
        {"figures": {"curves": ["et_trees"]}},
        "figures.curves: no classifier et_trees",
    ),
    "explorer of what is no classifier": (
        {"figures": {"explorer": {"classifiers": ["et_trees"]}}},
        "figures.explorer.classifiers: no classifier et_trees",
    ),
    "reference that is no classifier": (
        {"figures": {"reference": "HL"}},
        "figures.reference: no classifier HL",
    ),
    "feature set named like a baseline": (
        features("hl_trees", inputs=["mass"], dense=1, units=1, dropout=0, learning_rate=1),
        "train.features.hl_trees: a baseline of train.baselines has this name",
    ),
    "unknown precision": ({"train": {"precision": "float16"}}, "train.precision: 'float16' is not one of"),
    "unknown initialisation": ({"train": {"initialisation": "zeros"}}, "train.initialisation: 'zeros'"),
    "search for what is no classifier": (
        {"search": {"black_box": "cnn"}},
        "search.searches.hl.black_box: no classifier cnn; there are: et, ht, et_and_ht",
    ),
    "unknown method of a search": (search("hl", method="random"), "search.searches.hl.method: 'random'"),
    "unknown key of a search": (search("hl", kappa=[1]), "search.searches.hl: unknown key kappa"),
    "search that chooses by test events": (search("hl", split="test"), "search.searches.hl.split: 'test'"),
    "search for powers that are not computed": (
        search("hl", kappas=[1, 3]),
        "search.searches.hl.kappas: 3 is not among those computed: -1, 0, 0.5, 1, 2",
    ),
    "search on a calorimeter without EFPs": (
        {"efp": {"calorimeters": ["ecal"]}, **search("hl", calorimeters=["hcal"])},
        "search.searches.hl.calorimeters: hcal is not among efp.calorimeters",
    ),
    "search without EFPs": (
        {"efp": {"calorimeters": []}},
        "search.searches.hl: nothing to choose from, as efp.calorimeters is empty; drop it with null",
    ),
    "search from an EFP that is not computed": (
        search("hl", base=["2_1_0_k_7_b_1"]),
        "search.searches.hl.base: 2_1_0_k_7_b_1 needs 7 among efp.kappas",
    ),
    "search from images without blocks": (
        {
            **search("hl", base=["et"], black_box="hl"),
            "train": {"features": dict.fromkeys(["et", "ht", "et_and_ht", "et_and_ht_and_hl", "et_ht_pfn"])},
        },
        "search.searches.hl.network.blocks: missing; a cnn network needs it",
    ),
    "search with an unknown key of its network": (
        search("hl", network={"layers": 3}),
        "search.searches.hl.network: unknown key layers",
    ),
    "search without a network": (
        {
            "train": {"features": dict.fromkeys(set(DEFAULT["train"]["features"]) - {"et", "et_and_ht"})},
            **search("hl", network={"dense": 3}),
        },
        "search.searches.hl.network.units: missing, and no feature set has the inputs of the base, or is of",
    ),
    "old name of the seeds of a search": ({"search": {"seed": 0}}, "search: unknown key seed"),
    "search without a pass": (search("hl", passes=0), "search.searches.hl.passes: 0"),
    "feature set named like a search": (
        features("search_hl", inputs=["mass"], dense=1, units=1, dropout=0, learning_rate=1),
        "train.features.search_hl: names that begin with search_ belong to searches",
    ),
    "curve of what is no search": (
        {"figures": {"curves": ["search_mine"]}},
        "figures.curves: no classifier search_mine",
    ),
    "unknown kind of network": (
        features("hl", kind="gnn"),
        "train.features.hl.kind: no kind gnn; there are: dense, cnn, pfn, efn",
    ),
    "set network without images": (
        features("hl", kind="pfn", phi_dense=2, phi_units=8),
        "train.features.hl.kind: a pfn network sees the cells of images, and no input is an image",
    ),
    "set network without Phi": (
        features("et_ht_pfn", phi_units=None),
        "train.features.et_ht_pfn.phi_units: missing; a pfn network needs it",
    ),
    "set network with convolutions": (
        features("et_ht_pfn", convolutions=3),
        "train.features.et_ht_pfn.convolutions: of no use to a pfn network",
    ),
    "dense network of images": (
        features("et", kind="dense"),
        "train.features.et.kind: a dense network takes no images",
    ),
    "layout that is not there": (
        {"data": {"layout": "tracks"}},
        "config/layouts/tracks.yaml: no such file; give the path of a layout (.yaml), or one of: electrons",
    ),
    "unknown baseline": (
        {"train": {"baselines": {"forest": {}}}},
        "train.baselines: unknown key forest; known are: trees, logistic",
    ),
    "tuning of no feature set": (
        {"train": {"tuning": {"features": ["x"]}}},
        "train.tuning.features: no network x; there are: et, ht",
    ),
    "changed cells for a network without images": (
        {"evaluate": {"variations": {"classifiers": ["hl"]}}},
        "evaluate.variations.classifiers: hl is no network with images among its inputs; there are: et, ht",
    ),
    "changed cells of an unknown image": (
        {"evaluate": {"variations": {"changes": {"mine": {"scale": 2, "images": ["tracks"]}}}}},
        "evaluate.variations.changes.mine.images: the layout has no image tracks; it has: et, ht",
    ),
    "no change of cells": (
        {
            "evaluate": {
                "variations": {
                    "classifiers": ["et"],
                    "changes": dict.fromkeys(("scale_up", "scale_down", "smeared", "thinned", "shifted")),
                }
            }
        },
        "evaluate.variations.changes: none is left",
    ),
    "a shift by more than a cell": (
        {"evaluate": {"variations": {"changes": {"mine": {"shift": [2, 0]}}}}},
        "evaluate.variations.changes.mine.shift.0: 2",
    ),
    "tuning of a baseline": (
        {"train": {"tuning": {"features": ["hl_trees"]}}},
        "train.tuning.features: no network hl_trees",
    ),
    "range with its ends swapped": (
        {"train": {"tuning": {"flat": {"units": [9, 3]}}}},
        "train.tuning.flat.units: 9 is above 3",
    ),
    "range up to full dropout": (
        {"train": {"tuning": {"images": {"dropout": [0, 1]}}}},
        "train.tuning.images.dropout: dropout must be below 1",
    ),
    "range down to no learning": (
        {"train": {"tuning": {"flat": {"learning_rate": [0, 0.1]}}}},
        "train.tuning.flat.learning_rate: a learning rate must be above 0",
    ),
    "range with a fraction of a layer": (
        {"train": {"tuning": {"flat": {"dense": [1, 2.5]}}}},
        "train.tuning.flat.dense.1: 2.5",
    ),
    "range of blocks without images": (
        {"train": {"tuning": {"flat": {"blocks": [1, 2]}}}},
        "train.tuning.flat: unknown key blocks",
    ),
    "tuning without trials": ({"train": {"tuning": {"trials": 0}}}, "train.tuning.trials: 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_config_is_refused_with_its_key(case):
    overlay, message = BAD[case]
    with pytest.raises(InputError, match=re.escape(message)):
        prepare_config(with_overlay(overlay))


@pytest.mark.parametrize(
    "path", ["a b; c & d | e (f) * ?[g] # ~ ! % = , 'h' i\u00e9", "/elsewhere/x.y", "../x"]
)
def test_names_that_only_a_shell_minds_are_good(path):
    prepare_config(with_overlay({"results": path, "data": {"path": path}}))
    check_paths(f"/{path}", [f"{path}.yaml"], conda=False)


@pytest.mark.parametrize(
    ("folder", "file", "conda", "expected"),
    [
        ("/a$(b)", "c.yaml", False, "the workflow's folder: '/a$(b)' contains $, which Snakemake"),
        ("/it's", "c.yaml", True, """the workflow's folder: "/it's" contains ', which Snakemake"""),
        ("/a", "b`c`.yaml", False, "a config file: 'b`c`.yaml' contains `, which Snakemake"),
    ],
)
def test_other_names_of_folders_and_config_files_are_refused(folder, file, conda, expected):
    with pytest.raises(InputError, match=re.escape(expected)):
        check_paths(folder, [file], conda)


@pytest.mark.parametrize("other", [".", "elsewhere"])
def test_another_folder_than_the_workflows_is_refused(tmp_path, monkeypatch, other):
    workflow = tmp_path / "workflow"
    (workflow / "elsewhere").mkdir(parents=True)
    (tmp_path / "link").symlink_to(workflow)
    check_folder(tmp_path / "link", workflow)
    monkeypatch.chdir(workflow)
    check_folder(Path.cwd(), ".")
    with pytest.raises(
        InputError, match=rf"a study runs in the folder of its workflow; add --directory {workflow},"
    ):
        check_folder({".": tmp_path, "elsewhere": workflow / "elsewhere"}[other], workflow)


def test_a_file_is_no_folder_of_results(tmp_path):
    path = tmp_path / "events.h5"
    path.write_text("")
    with pytest.raises(InputError, match=rf"results: {path} is a file; give a folder"):
        prepare_config(with_overlay({"results": str(path)}))


def test_a_home_folder_in_a_path_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "photons.yaml").write_text(f"{PHOTONS_YAML}published: {{auc: ~/auc.csv, events: others}}\n")
    config = with_overlay(
        {"results": "~/results", "data": {"path": "~root/x~.h5", "layout": "~/photons.yaml"}}
    )
    layout = prepare_config(config)
    assert config["results"] == f"{tmp_path}/results"
    assert not config["data"]["path"].startswith("~")
    assert config["data"]["path"].endswith("/x~.h5")
    several = with_overlay(
        {"data": {"path": {"train": ["~/a.h5", "b.h5"], "valid": "~/c.h5", "test": "d.h5"}}}
    )
    prepare_config(several)
    assert several["data"]["path"] == {
        "train": [f"{tmp_path}/a.h5", "b.h5"], "valid": f"{tmp_path}/c.h5", "test": "d.h5"
    }  # fmt: skip
    assert layout.published_auc == f"{tmp_path}/auc.csv"
    before = copy.deepcopy(config)
    prepare_config(config)
    assert config == before


@pytest.mark.parametrize(
    ("url", "settings", "path"),
    [
        ("https://x.org/a/events.h5", {}, "downloads/events.h5"),
        ("https://x.org/events%20a.h5?download=1", {"folder": "./here/"}, "here/events a.h5"),
        ("https://x.org/files/17/content", {"folder": "~/big", "name": "a.h5"}, "{home}/big/a.h5"),
    ],
)
def test_a_download_has_its_place(url, settings, path, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    config = with_overlay(download(url, **settings))
    prepare_config(config)
    assert config["data"]["path"] == path.format(home=tmp_path)
    assert config["data"]["source"] == "download"
    before = copy.deepcopy(config)
    prepare_config(config)
    assert config == before


@pytest.mark.parametrize("path", ["mine.h5", ["a.h5", "b.h5"]])
def test_with_a_path_beside_it_a_download_is_a_file_at_hand(path):
    config = with_overlay(yaml.safe_load((ROOT / "config/paper.yaml").read_text()))
    config["data"]["path"] = path
    prepare_config(config)
    assert (config["data"]["source"], config["data"]["path"]) == ("file", path)


def test_whole_numbers_and_floats_are_the_same_settings():
    """Settings are compared as JSON texts."""

    def settings(number):
        overlay = {
            "data": {"simulation": {"overlay": number(10)}},
            "efp": {"kappas": [number(1), number(2)], "overrides": {"hcal": {"betas": [number(2)]}}},
            "train": {
                "features": {"hl": {"dropout": number(0), "learning_rate": number(1)}},
                "baselines": {"logistic": {"penalty": number(10)}},
                "tuning": {"flat": {"dropout": [number(0), 0.5]}},
            },
            "search": {
                "kappas": [number(1)],
                "plateau": {"gain": number(0)},
                "network": {"dropout": number(0)},
                "searches": {"hl": {"betas": [number(2)], "plateau": {"gain": number(0)}}},
            },
        }
        config = with_overlay(overlay)
        prepare_config(config)
        return json.dumps(config, sort_keys=True)

    assert settings(int) == settings(float)


def test_counts_stay_whole():
    config = with_overlay({})
    prepare_config(config)
    assert json.dumps(config["train"]["seeds"]) == "[0]"
    assert json.dumps(config["train"]["tuning"]["flat"]["dense"]) == "[1, 8]"


def overlay_file(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text)
    return read_yaml(tmp_path / "mine.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "data:\n  label: no\n",
            "line 2: data.label: expected text, found no, which YAML reads as False; write te",
        ),
        (
            "results: 0x10\n",
            "line 1: results: expected text, found 0x10, which YAML reads as 16; write text in qu",
        ),
        ("train:\n\n  epochs: 1.0\n", "line 3: train.epochs: 1.0 is not of type 'integer'"),
        ("train:\n  seeds:\n  - 1\n  - a\n", "line 4: train.seeds.1: 'a' is not of type 'integer'"),
        ("train: {batch: 1,\n  epoch: {a: 1}}\n", "line 2: train: unknown key epoch; known are"),
        ("efp: {kappas: [0.5, 0.50]}\n", "line 1: efp.kappas: [0.5, 0.5] has non-unique elements"),
    ],
)
def test_what_a_schema_forbids_is_named_with_its_line(tmp_path, text, message):
    file = overlay_file(tmp_path, text)
    with pytest.raises(InputError) as raised:
        prepare_config(with_overlay(file.content), [file])
    assert f"\n  {file.path}, {message}" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 2


def test_a_value_of_the_command_line_has_no_line(tmp_path):
    file = overlay_file(tmp_path, "train: {epochs: 3}\n")
    with pytest.raises(InputError, match=r"\n  train\.epochs: '4' is not"):
        prepare_config(merged(with_overlay(file.content), {"train": {"epochs": "4"}}), [file])


def test_all_features_dropped_is_refused():
    config = with_overlay({"train": {"features": dict.fromkeys(DEFAULT["train"]["features"])}})
    with pytest.raises(InputError, match=r"train\.features: \{\}"):
        prepare_config(config)


def test_all_problems_are_listed():
    with pytest.raises(InputError) as raised:
        prepare_config(with_overlay({"train": {"epochs": 0, "batch": 0}, "efp": {"kappas": []}}))
    assert len(str(raised.value).splitlines()) == 4


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configs_pass_unchanged(path):
    overlay = yaml.safe_load(path.read_text())
    config = with_overlay(overlay)
    before = copy.deepcopy(config)
    same_layout = config["data"]["layout"] == DEFAULT["data"]["layout"]
    # What an overlay drops with a null is gone, as is what the default asks of the sample in its own layout.
    for section, key in (
        ("efp", "overrides"), ("train", "features"), ("train", "baselines"), ("search", "searches"),
    ):  # fmt: skip
        entries, own = before[section][key], overlay.get(section, {}).get(key) or {}
        fitting = same_layout or key == "baselines"
        for name in [name for name in entries if entries[name] is None or not (fitting or name in own)]:
            del entries[name]
    if before["data"]["source"] == "download":
        before["data"]["path"] = download_path(before["data"]["download"])
    prepare_config(config)
    assert config == before


def test_a_feature_set_and_a_key_of_it_can_be_dropped():
    config = with_overlay(
        {"train": {"features": {"hl": None, "et": {"inputs": ["hl"], "blocks": None, "filters": None}}}}
    )
    prepare_config(config)
    assert "hl" not in config["train"]["features"]
    assert "blocks" not in config["train"]["features"]["et"]


def test_a_dropped_feature_set_is_dropped_from_the_defaults_lists_too():
    config = with_overlay(
        {
            "train": {"features": {"hl": None}},
            "figures": {"curves": ["hl_trees", "hl", "mass", "mass_logistic"]},
        }
    )
    prepare_config(config)
    assert config["train"]["repetitions"]["features"] == ["hl_and_mass"]
    assert config["figures"]["reference"] is None
    assert config["figures"]["curves"] == ["mass", "mass_logistic"]
    before = copy.deepcopy(config)
    prepare_config(config)
    assert config == before


def test_a_kind_of_baseline_can_be_dropped():
    config = with_overlay(
        {"train": {"baselines": {"trees": None}}, "figures": {"curves": ["hl_trees", "hl"]}}
    )
    prepare_config(config)
    assert config["figures"]["curves"] == ["hl"]
    names = ("hl", "mass", "hl_and_mass", "hl_and_kinematics", "efp", "hl_and_efp")
    layout = prepare_config(config)
    assert set(baseline_names(config["train"], layout)) == {f"{name}_logistic" for name in names}


def test_a_search_can_be_dropped_and_goes_with_its_black_box():
    config = with_overlay({**search("mine", black_box="et"), "figures": {"curves": ["hl", "search_hl"]}})
    config["search"]["searches"]["hl_and_kinematics"] = None
    config["train"]["features"]["et_and_ht"] = None
    prepare_config(config)
    assert list(config["search"]["searches"]) == ["mine"]
    assert config["figures"]["curves"] == ["hl"]


def test_an_override_and_a_key_of_it_can_be_dropped():
    config = with_overlay({"efp": {"overrides": {"hcal": None, "ecal": {"kappas": None, "betas": [1]}}}})
    prepare_config(config)
    assert config["efp"]["overrides"] == {"ecal": {"betas": [1]}}


def test_an_observable_of_an_override_is_an_input():
    prepare_config(
        with_overlay(
            {
                "efp": {"overrides": {"hcal": {"kappas": [-1], "betas": [4]}}},
                **features("hl", inputs=["hcal/2_1_0_k_-1_b_4", "ecal/2_1_0_k_1_b_0.5"]),
            }
        )
    )


def test_an_override_replaces_only_its_keys():
    efp = {"graphs": [["d<=2"]], "kappas": [1], "betas": [1], "overrides": {"hcal": {"kappas": [2]}}}
    assert efp_settings(efp, "ecal") == {"graphs": [["d<=2"]], "kappas": [1], "betas": [1]}
    assert efp_settings(efp, "hcal") == {"graphs": [["d<=2"]], "kappas": [2], "betas": [1]}


def test_one_observable_is_an_input():
    prepare_config(
        with_overlay(features("hl", inputs=["R_had", "iso_0.3", "2_1_0_k_1_b_0.5", "hcal/1_0_0_k_2_b_0.5"]))
    )


def keys(properties, prefix=""):
    """Return all dotted keys of a schema's properties except those of user-named entries.

    Also except the splits that `data.path` can have in place of a file.
    """
    for name, schema in properties.items():
        yield prefix + name
        if schema.get("type") == "object":
            yield from keys(schema.get("properties", {}), f"{prefix}{name}.")


def test_the_default_config_has_every_key():
    for key in keys(read_schema()["properties"]):
        section = DEFAULT
        for name in key.split("."):
            assert name in section, key
            section = section[name]


def test_every_key_is_explained():
    schema = read_schema()
    for properties in (schema["properties"], schema["$defs"]["network"]["properties"]):
        for key, entry in walk(properties, schema):
            assert entry.get("description"), key


def walk(properties, schema):
    for name, entry in properties.items():
        if "$ref" in entry:
            target = schema
            for part in entry["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            entry = {**target, **entry}
        yield name, entry
        if "dense" not in entry.get("properties", {}):
            yield from walk(entry.get("properties", {}), schema)


def test_the_reference_is_generated_from_the_schema():
    """`make reference` writes it."""
    text = README.read_text()
    assert with_tables(text) == text
    assert text.count("| `train.epochs` |") == 1


@pytest.fixture
def photons(tmp_path):
    path = tmp_path / "photons.yaml"
    path.write_text(PHOTONS_YAML)
    return path


def test_another_layout_needs_no_other_config(photons):
    config = with_overlay({"data": {"layout": str(photons), "path": "photons.h5"}})
    layout = prepare_config(config)
    assert layout.name == "photons"
    assert {name: network["inputs"] for name, network in config["train"]["features"].items()} == {
        "tower": ["tower"],
        "shape": ["shape"],
        "tower_and_shape": ["tower", "shape"],
        "efp": ["efp_barrel/d<=3"],
        "shape_and_efp": ["shape", "efp_barrel/d<=3"],
    }
    assert config["efp"]["overrides"] == {}
    assert efp_calorimeters(config["efp"], layout) == ["barrel"]
    assert config["train"]["repetitions"]["features"] == []
    assert config["figures"]["reference"] == "shape"
    assert (config["search"]["black_box"], config["search"]["base"]) == ("tower", ["shape"])
    assert set(config["search"]["searches"]) == {"hl"}
    before = copy.deepcopy(config)
    prepare_config(config)
    assert config == before


def test_another_layout_with_pt_has_the_search_from_kinematics(tmp_path):
    path = tmp_path / "jets.yaml"
    path.write_text(yaml.safe_dump(JETS_YAML))
    config = with_overlay({"data": {"layout": str(path), "path": "jets.h5"}})
    prepare_config(config)
    assert config["train"]["features"]["moments_and_kinematics"]["inputs"] == ["moments", "pt"]
    assert config["search"]["searches"]["hl_and_kinematics"]["base"] == ["moments", "pt"]
    assert config["search"]["searches"]["hl"] == DEFAULT["search"]["searches"]["hl"]


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([], "search.searches.hl.candidates: []"),
        (["efps", "efps"], "search.searches.hl.candidates: ['efps', 'efps'] has non-unique"),
        (["tracks"], "candidates: tracks: expected efps, scalars, variables, hl, mass, iso_rel, or a table"),
        (["a/ecal.csv"], "the name of a table, 'ecal', must be letters, digits and _, and new"),
        (["a/1.csv"], "the name of a table, '1', must be letters"),
        (["a/mine.csv", "b/mine_{split}.feather"], "two tables are named mine"),
        (["a/$(ls)_mine.csv"], "candidates: a/$(ls)_mine.csv: the name of a table"),
        (["$x/mine.csv"], "contains $, which Snakemake"),
    ],
)
def test_candidates_are_kinds_or_tables(candidates, expected):
    with pytest.raises(InputError, match=re.escape(expected)):
        prepare_config(with_overlay(search("hl", candidates=candidates)))


def test_a_table_of_ones_own_is_a_candidate():
    entries = ["some/deep_{split}.csv", "scalars", "~/all.feather"]
    config = with_overlay(search("hl", candidates=entries))
    prepare_config(config)
    assert config["search"]["searches"]["hl"]["candidates"][2] == str(Path("~/all.feather").expanduser())
    assert candidate_names(entries) == ["scalars", "deep", "all"]
    assert own_tables(entries) == {"deep": entries[0], "all": entries[2]}
    assert candidate_names([entries[0], "hl", "efps"]) == ["efps", "hl", "deep"]


def test_without_efps_among_the_candidates_no_calorimeter_is_needed():
    config = {"efp": {"calorimeters": []}, **features("efp"), **search("hl", candidates=["variables"])}
    config["train"]["features"] |= dict.fromkeys(["efp", "hl_and_efp"])
    config["search"]["searches"]["hl_and_kinematics"] = None
    prepare_config(with_overlay(config))


def test_what_a_user_asks_of_another_layout_is_kept_and_checked(photons):
    data = {"data": {"layout": str(photons)}}
    mine = {"inputs": ["width"], "dense": 1, "units": 2, "dropout": 0.0, "learning_rate": 0.1}
    config = with_overlay(
        {**data, **features("mine", **mine), "search": {"black_box": "mine", "base": ["width"]}}
    )
    prepare_config(config)
    assert config["train"]["features"].popitem() == ("mine", mine)
    assert list(config["train"]["features"]) == ["tower", "shape", "tower_and_shape", "efp", "shape_and_efp"]
    with pytest.raises(InputError, match=r"train\.features\.hl\.inputs: input 'hl' is unknown"):
        prepare_config(with_overlay({**data, **features("hl", units=7)}))
    with pytest.raises(
        InputError, match=r"efp\.overrides: the layout has no calorimeter hcal; it has: barrel"
    ):
        prepare_config(with_overlay({**data, "efp": {"overrides": {"hcal": {"kappas": [1]}}}}))


def test_feature_sets_of_another_layout_are_changed_dropped_and_replaced(photons):
    data = {"data": {"layout": str(photons)}}
    plain = with_overlay(data)
    prepare_config(plain)
    shape, tower = (plain["train"]["features"][name] for name in ("shape", "tower"))
    dense = {"inputs": ["width"], "dense": 1, "units": 2, "dropout": 0.0, "learning_rate": 0.1}
    config = with_overlay(
        {
            **data,
            "train": {
                "features": {
                    "shape": {"units": 7, "dropout": 0},
                    # Another kind of network.
                    "tower": {"kind": "pfn", "phi_dense": 1, "phi_units": 4, "blocks": None, "filters": None},
                    "tower_and_shape": dense,
                    # This one is in the default config, too.
                    "efp": {"units": 9},
                    "shape_and_efp": None,
                }
            },
        }
    )
    prepare_config(config)
    assert config["train"]["features"] == {
        "shape": {**shape, "units": 7, "dropout": 0.0},
        "tower": {
            **{key: tower[key] for key in tower.keys() - {"blocks", "filters"}},
            **{"kind": "pfn", "phi_dense": 1, "phi_units": 4},
        },
        "tower_and_shape": dense,
        "efp": {**plain["train"]["features"]["efp"], "units": 9},
    }
    with pytest.raises(InputError, match=r"train\.features\.shap: 'inputs' is a required property"):
        prepare_config(with_overlay({**data, **features("shap", units=7)}))


def test_feature_sets_of_a_layout_need_no_group_that_the_files_lack(tmp_path):
    path = tmp_path / "jets.yaml"
    path.write_text(yaml.safe_dump(JETS_YAML))
    config = with_overlay({"data": {"layout": str(path), "path": "jets.h5"}})
    layout = prepare_config(config, missing=lambda data, layout: {layout.events["pt"], "moments"})
    assert {"pt", "moments"} <= {*layout.kinematics, *layout.groups}
    assert not any({"pt", "moments"} & {*own["inputs"]} for own in config["train"]["features"].values())
    assert "hl_and_kinematics" not in config["search"]["searches"]
    # A search that is asked for is not dropped with them.
    config = with_overlay({"data": {"layout": str(path)}, "search": {"black_box": "moments_and_kinematics"}})
    with pytest.raises(InputError, match="no classifier moments_and_kinematics"):
        prepare_config(config, missing=lambda data, layout: {"pt"})
    # What there would be otherwise can be dropped all the same.
    config = with_overlay(
        {"data": {"layout": str(path)}, "train": {"features": {"moments_and_kinematics": None}}}
    )
    prepare_config(config, missing=lambda data, layout: {"pt"})
    prepare_config(
        with_overlay(
            {
                "data": {"layout": str(path)},
                "efp": {"calorimeters": []},
                "train": {"features": {"moments_and_efp": None}},
                "search": {"searches": dict.fromkeys(["hl", "hl_and_kinematics"])},
            }
        )
    )


@pytest.mark.parametrize("key", ["train.features.shpae", "train.baselines.tres", "search.searches.nope"])
@pytest.mark.parametrize("own", [False, True])
def test_a_null_that_drops_nothing_is_refused(photons, key, own):
    *sections, name = key.split(".")
    overlay = {name: None}
    for section in reversed(sections):
        overlay = {section: overlay}
    if own:
        overlay["data"] = {"layout": str(photons)}
    with pytest.raises(InputError, match=rf"{key}: null drops an entry, but there is none; there are: "):
        prepare_config(with_overlay(overlay))


def test_what_an_earlier_file_adds_can_be_dropped(tmp_path):
    file = overlay_file(tmp_path, "search: {searches: {mine: {base: [mass]}}}\n")
    config = merged(with_overlay(file.content), {"search": {"searches": {"mine": None}}})
    prepare_config(config, [file])
    assert list(config["search"]["searches"]) == ["hl", "hl_and_kinematics"]


def test_a_layout_without_images_has_no_search(tmp_path):
    path = tmp_path / "variables.yaml"
    content = {**yaml.safe_load(PHOTONS_YAML), "images": {}}
    path.write_text(yaml.safe_dump(content))
    config = with_overlay({"data": {"layout": str(path)}})
    prepare_config(config)
    assert list(config["train"]["features"]) == ["shape"]
    assert config["search"]["searches"] == {}


@pytest.mark.parametrize("source", ["simulation", "delphes"])
def test_only_some_layouts_are_simulated_and_read_from_delphes(photons, source):
    expected = f"data.source: {source} makes no events in the layout photons, only in: electrons"
    with pytest.raises(InputError, match=re.escape(expected)):
        prepare_config(with_overlay({"data": {"layout": str(photons), "source": source}}))


def test_settings_of_another_simulation_are_refused():
    data = {"source": "simulation", "simulation": {"forced_decays": True}}
    with pytest.raises(
        InputError, match=r"data\.simulation\.forced_decays: of no use to the simulation of el"
    ):
        prepare_config(with_overlay({"data": data}))


def test_published_coordinates_must_be_in_the_layout(photons):
    with pytest.raises(InputError, match=r"efp\.coordinates: published: images\.tower of the layout has no"):
        prepare_config(with_overlay({"data": {"layout": str(photons)}, "efp": {"coordinates": "published"}}))


@pytest.mark.parametrize("path", sorted((ROOT / "config/layouts").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_layouts_can_be_read(path):
    assert read_layout(path).name == path.stem
