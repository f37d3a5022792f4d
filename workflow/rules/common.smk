"""What the rules of all stages share: the checked config, tracked settings, resources, lists of files."""

import fcntl
import json
import math
from functools import reduce
from pathlib import Path

from configuration import check_config, efp_calorimeter, efp_settings
from dependencies import library_of

check_config(config)

SPLITS = ["train", "valid", "test"]
CALORIMETERS = ["ecal", "hcal"]
IMAGES = {"et": "ecal", "ht": "hcal"}


wildcard_constraints:
    split="|".join(SPLITS),
    calorimeter="|".join(CALORIMETERS),
    chunk=r"\d+",
    features=r"[A-Za-z][A-Za-z0-9_]*",
    seed=r"\d+",


def configured(key):
    """Return the value of a dotted key of the config."""
    return reduce(lambda section, name: section[name], key.split("."), config)


def as_settings(values):
    """Return the tracked parameter of a rule: a JSON text of named values.

    Snakemake compares parameters as a set of values without names, so that separate ones could swap
    or toggle unseen.
    """
    return json.dumps(values, sort_keys=True)


def settings(*keys):
    """Return a params function: the settings made of these keys of the config, by their last names."""

    def collect(wildcards):
        return as_settings({key.split(".")[-1]: configured(key) for key in keys})

    return collect


def scaled(amount):
    """Return a resources function: the amount, more with every attempt."""

    def at_attempt(wildcards, attempt):
        return amount * attempt

    return at_attempt


def hold_run_lock():
    """Keep a second run out of this folder for as long as this one lives.

    Snakemake's own lock is a file that stays behind when a run is killed; this one is the kernel's and
    goes with the process.
    """
    global run_lock
    run_lock = open(Path(".snakemake") / "lepton-id.lock", "w")
    try:
        fcntl.flock(run_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError("Another run is using this folder; wait for it, or end it.")


# data


def simulated_chunks():
    """Return the files of the simulation, one per chunk."""
    simulation = config["data"]["simulation"]
    chunks = range(math.ceil(simulation["events"] / simulation["chunk"]))
    return [f"<results>/data/simulation/{chunk}.h5" for chunk in chunks]


def source_path(wildcards):
    """Return the path of the file that holds the events."""
    if config["data"]["source"] == "simulation":
        return f"{config['results']}/data/simulation/events.h5"
    return config["data"]["path"]


def source_file(wildcards):
    """Return that file as an input; where a user's is missing, check_events says so, clearer than the DAG."""
    path = source_path(wildcards)
    return [path] if config["data"]["source"] == "simulation" or Path(path).exists() else []


def check_settings(wildcards):
    """Return the settings of check_events: the label, and whose EFPs are asked for."""
    return as_settings(
        {
            "label": config["data"]["label"],
            "efp_calorimeters": sorted(config["efp"]["calorimeters"]),
        }
    )


def cell_tables(calorimeters, splits):
    """Return the tables of cells of these calorimeters and splits."""
    return expand(
        "<results>/data/cells/{calorimeter}/{split}.feather",
        calorimeter=calorimeters,
        split=splits,
    )


# efp


def efp_tables(calorimeter, split):
    """Return the EFP tables of a calorimeter and split, one per chunk."""
    chunks = range(config["efp"]["chunks"][split])
    return [f"<results>/efp/{calorimeter}/{split}/{chunk}.feather" for chunk in chunks]


def efp_files(wildcards):
    """Return the files of the stage; none where no calorimeter is asked for."""
    if not config["efp"]["calorimeters"]:
        return []
    return [
        *all_efp_tables(),
        "<results>/efp/unique.feather",
        "<results>/efp/duplicates.feather",
        "<results>/efp/drawings",
        *expand("<results>/efp/catalogue.{suffix}", suffix=["pdf", "png", "svg"]),
    ]


def of_calorimeters(*keys):
    """Return these settings, among graphs, kappas and betas, of every calorimeter asked for."""
    return {
        calorimeter: {key: efp_settings(config["efp"], calorimeter)[key] for key in keys}
        for calorimeter in sorted(config["efp"]["calorimeters"])
    }


def graph_settings(wildcards):
    """Return the settings of list_graphs: the selections of one calorimeter, or of all of them."""
    asked = of_calorimeters("graphs")
    if "calorimeter" in wildcards.keys():
        asked = {wildcards.calorimeter: asked[wildcards.calorimeter]}
    return as_settings({"calorimeters": asked})


def compute_settings(wildcards):
    """Return the settings of compute_efps: this calorimeter's exponents, the chunks of this split."""
    exponents = efp_settings(config["efp"], wildcards.calorimeter)
    return as_settings(
        {
            "kappas": exponents["kappas"],
            "betas": exponents["betas"],
            "coordinates": config["efp"]["coordinates"],
            "chunks": config["efp"]["chunks"][wildcards.split],
        }
    )


def duplicate_settings(wildcards):
    """Return the settings of find_duplicates."""
    return as_settings(
        {
            "calorimeters": of_calorimeters("kappas", "betas"),
            "coordinates": config["efp"]["coordinates"],
            "tolerance": config["efp"]["tolerance"],
        }
    )


def integrity_settings(wildcards):
    """Return the settings of check_efps."""
    return as_settings(
        {
            "calorimeters": of_calorimeters("kappas", "betas"),
            "chunks": config["efp"]["chunks"],
        }
    )


def all_efp_tables():
    """Return the EFP tables of all calorimeters asked for and all splits."""
    return [
        path
        for calorimeter in config["efp"]["calorimeters"]
        for split in SPLITS
        for path in efp_tables(calorimeter, split)
    ]


def efp_cells(splits):
    """Return the tables of cells of all calorimeters asked for and these splits."""
    return cell_tables(config["efp"]["calorimeters"], splits)


def first_chunks(wildcards):
    """Return the first EFP table of the training split of every calorimeter."""
    return [efp_tables(calorimeter, "train")[0] for calorimeter in config["efp"]["calorimeters"]]


# train


def trained(file, features=None):
    """Return one file of every training: all feature sets, or these, and all seeds."""
    return expand(
        f"<results>/train/{{features}}/seed{{seed}}/{file}",
        features=features or sorted(config["train"]["features"]),
        seed=config["train"]["seeds"],
    )


def inputs_of(wildcards):
    """Return the inputs of a feature set."""
    return config["train"]["features"][wildcards.features]["inputs"]


def cells_of(wildcards):
    """Return the tables of cells that a feature set needs: those of its images."""
    return cell_tables([IMAGES[name] for name in inputs_of(wildcards) if name in IMAGES], SPLITS)


def efps_of(wildcards):
    """Return the EFP tables that a feature set needs."""
    calorimeters = {efp_calorimeter(name) for name in inputs_of(wildcards)} - {None}
    return [
        path
        for calorimeter in sorted(calorimeters)
        for split in SPLITS
        for path in efp_tables(calorimeter, split)
    ]


def unique_of(wildcards):
    """Return the list of unique observables where a feature set needs it."""
    return ["<results>/efp/unique.feather"] if efps_of(wildcards) else []


def train_settings(wildcards):
    """Return the settings of a training: its network, and the keys of `train` but seeds and features."""
    shared = {key: value for key, value in config["train"].items() if key not in ("seeds", "features")}
    return as_settings({**shared, **config["train"]["features"][wildcards.features]})


# figures


def figure_files():
    """Return the figures and tables that the config asks for."""
    plots = config["figures"]["plots"]
    unknown = sorted(set(plots) - set(PLOTS))
    if unknown:
        raise WorkflowError(f"figures.plots: unknown plot {unknown[0]}; known are: {', '.join(PLOTS)}")
    return [
        *expand(
            "<results>/figures/{name}.{suffix}",
            name=[name for plot in plots for name in PLOTS[plot]],
            suffix=["pdf", "png"],
        ),
        *expand("<results>/tables/auc.{suffix}", suffix=["csv", "md", "tex"]),
    ]


def names_of_trainings(wildcards):
    """Return the feature set of every training, in the order of `trained`."""
    return [features for features in sorted(config["train"]["features"]) for _ in config["train"]["seeds"]]


def whole_config(wildcards):
    """Return the whole config as a JSON text, which is YAML too."""
    return as_settings(config)


def captions():
    """Return the captions of the report."""
    return sorted(map(str, Path("workflow/report").glob("*.rst")))
