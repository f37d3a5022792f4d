"""What the rules of all stages share: the checked config, tracked settings, resources, lists of files."""

import fcntl
import json
import math
import re
from functools import reduce
from pathlib import Path

from configuration import baselines, check_config, efp_calorimeter, efp_settings
from dependencies import library_of

check_config(config)

SPLITS = ["train", "valid", "test"]
TUNING_SPLITS = ["train", "valid"]
CALORIMETERS = ["ecal", "hcal"]
IMAGES = {"et": "ecal", "ht": "hcal"}

# Settings of the classifiers by name.
NETWORKS = config["train"]["features"]
BASELINES = baselines(config["train"])
CLASSIFIERS = {**NETWORKS, **BASELINES}


wildcard_constraints:
    split="|".join(SPLITS),
    calorimeter="|".join(CALORIMETERS),
    chunk=r"\d+",
    features="|".join(CLASSIFIERS),
    run=r"(seed|shuffle|fold)\d+",


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


def seed_runs(features):
    """Return the runs of a classifier on the published splits: one per seed, of a baseline the first."""
    seeds = config["train"]["seeds"]
    return [f"seed{seed}" for seed in (seeds if features in NETWORKS else seeds[:1])]


def trainings(classifiers):
    """Return (features, run) of the trainings of these classifiers on the published splits."""
    return [(features, run) for features in sorted(classifiers) for run in seed_runs(features)]


def repetitions():
    """Return (features, run) of the trainings on other splits."""
    settings = config["train"]["repetitions"]
    runs = [
        *(f"shuffle{number}" for number in range(settings["shuffles"])),
        *(f"fold{number}" for number in range(settings["folds"])),
    ]
    return [(features, run) for features in sorted(settings["features"]) for run in runs]


def files_of(pairs, file):
    """Return one file of each of these trainings."""
    return [f"<results>/train/{features}/{run}/{file}" for features, run in pairs]


def trained(file):
    """Return one file of every training on the published splits."""
    return files_of(trainings(CLASSIFIERS), file)


def networks_trained(file):
    """Return one file of every training of a network on the published splits."""
    return files_of(trainings(NETWORKS), file)


def baselines_trained(file):
    """Return one file of every training of a baseline on the published splits."""
    return files_of(trainings(BASELINES), file)


def repeated(file):
    """Return one file of every training on other splits."""
    return files_of(repetitions(), file)


def names_of_trainings(wildcards):
    """Return the classifier of each file of `trained`."""
    return [features for features, _ in trainings(CLASSIFIERS)]


def names_of_networks(wildcards):
    """Return the classifier of each file of `networks_trained`."""
    return [features for features, _ in trainings(NETWORKS)]


def names_of_repetitions(wildcards):
    """Return the classifier of each file of `repeated`."""
    return [features for features, _ in repetitions()]


def inputs_of(wildcards):
    """Return the inputs of a classifier."""
    return CLASSIFIERS[wildcards.features]["inputs"]


def cells_of(wildcards, splits=SPLITS):
    """Return the tables of cells that a feature set needs: those of its images."""
    return cell_tables([IMAGES[name] for name in inputs_of(wildcards) if name in IMAGES], splits)


def efps_of(wildcards, splits=SPLITS):
    """Return the EFP tables that a feature set needs."""
    calorimeters = {efp_calorimeter(name) for name in inputs_of(wildcards)} - {None}
    return [
        path
        for calorimeter in sorted(calorimeters)
        for split in splits
        for path in efp_tables(calorimeter, split)
    ]


def unique_of(wildcards):
    """Return the list of unique observables where a feature set needs it."""
    return ["<results>/efp/unique.feather"] if efps_of(wildcards) else []


def run_settings(run):
    """Return the seed of a run, and how it splits the events: null is as in the file."""
    kind, number = re.fullmatch(r"([a-z]+)(\d+)", run).groups()
    repetitions = config["train"]["repetitions"]
    repetition = {"seed": repetitions["seed"], kind: int(number)}
    if kind == "seed":
        repetition = None
    elif kind == "shuffle":
        repetition["held_out"] = repetitions["held_out"]
    else:
        repetition["folds"] = repetitions["folds"]
    return {"seed": int(number), "repetition": repetition}


def network_settings(wildcards):
    """Return the settings of a training of a network: its own, its run's, and those of all networks."""
    others = ("seeds", "repetitions", "features", "baselines", "tuning")
    shared = {key: value for key, value in config["train"].items() if key not in others}
    return as_settings({**shared, **NETWORKS[wildcards.features], **run_settings(wildcards.run)})


def baseline_settings(wildcards):
    """Return the settings of a training of a baseline: its own, its run's, and whether weights count."""
    return as_settings(
        {
            "weights": config["train"]["weights"],
            **BASELINES[wildcards.features],
            **run_settings(wildcards.run),
        }
    )


def tuned(wildcards):
    """Return the files of the target `tune`."""
    features = config["train"]["tuning"]["features"]
    if not features:
        raise WorkflowError(
            "train.tuning.features of the config is empty; name the feature sets to tune, for example "
            "--config 'train={tuning: {features: [hl]}}'"
        )
    return [
        *expand("<results>/train/tuning/{features}/best.yaml", features=features),
        *expand("<results>/figures/tuning_{features}.{suffix}", features=features, suffix=["pdf", "png"]),
    ]


def tuning_cells(wildcards):
    """Return the tables of cells that a search needs: those of `cells_of` but the test events'."""
    return cells_of(wildcards, TUNING_SPLITS)


def tuning_efps(wildcards):
    """Return the EFP tables that a search needs: those of `efps_of` but the test events'."""
    return efps_of(wildcards, TUNING_SPLITS)


def tuning_ranges(wildcards):
    """Return the ranges that a search for a network draws from."""
    kind = "images" if set(inputs_of(wildcards)) & set(IMAGES) else "flat"
    return config["train"]["tuning"][kind]


def tuning_settings(wildcards):
    """Return the settings of a search: inputs, ranges and trials, and those of all networks."""
    others = ("seeds", "repetitions", "restarts", "features", "baselines", "tuning")
    shared = {key: value for key, value in config["train"].items() if key not in others}
    own = {key: config["train"]["tuning"][key] for key in ("trials", "jobs", "epochs", "seed")}
    return as_settings({**shared, **own, "inputs": inputs_of(wildcards), "ranges": tuning_ranges(wildcards)})


def conclusion_settings(wildcards):
    """Return the settings of conclude_tuning."""
    return as_settings({"ranges": tuning_ranges(wildcards)})


def tuning_trials(wildcards):
    """Return the tables of trials of a search, one per job; no job is without a trial."""
    tuning = config["train"]["tuning"]
    jobs = range(min(tuning["jobs"], tuning["trials"]))
    return [f"<results>/train/tuning/{wildcards.features}/{job}.csv" for job in jobs]


def with_images():
    """Return the networks with images among their inputs."""
    return sorted(name for name, network in NETWORKS.items() if set(IMAGES) & set(network["inputs"]))


def with_several_inputs():
    """Return the networks with more than one image or variable."""
    groups = {"hl", "efp_ecal", "efp_hcal"}
    return sorted(
        name
        for name, network in NETWORKS.items()
        if len(network["inputs"]) > 1 or groups & set(network["inputs"])
    )


def of_first_seed(file):
    """Return an input function: this file of a network's training with the first seed."""

    def path(wildcards):
        return f"<results>/train/{wildcards.features}/{seed_runs(wildcards.features)[0]}/{file}"

    return path


def explanation_settings(wildcards):
    """Return the settings of map_images and permute_inputs."""
    return as_settings({"inputs": inputs_of(wildcards), "seed": run_settings(wildcards.run)["seed"]})


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
        *expand(
            "<results>/tables/{name}.{suffix}",
            name=["auc", "metrics", "comparisons"],
            suffix=["csv", "md", "tex"],
        ),
        *expand(
            "<results>/tables/{name}.csv",
            name=["auc_bins", "calibration", "confusion", "overtraining"],
        ),
    ]


def curves_drawn():
    """Return the classifiers in the ROC figures, among them the reference."""
    names, reference = config["figures"]["curves"], config["figures"]["reference"]
    if names is None:
        names = [*NETWORKS, *(f"{reference}_{kind}" for kind in config["train"]["baselines"])]
    return {name for name in [*names, reference] if name in CLASSIFIERS}


def curve_scores(wildcards):
    """Return the scores of every training in the ROC figures."""
    return files_of(trainings(curves_drawn()), "scores.feather")


def names_of_curves(wildcards):
    """Return the classifier of each file of `curve_scores`."""
    return [features for features, _ in trainings(curves_drawn())]


def flat_classifiers():
    """Return the baselines, and the networks that see the same."""
    return {name for name, settings in CLASSIFIERS.items() if not set(IMAGES) & set(settings["inputs"])}


def flat_scores(wildcards):
    """Return the scores of every training in the figure of baselines."""
    return files_of(trainings(flat_classifiers()), "scores.feather")


def names_of_flat_classifiers(wildcards):
    """Return the classifier of each file of `flat_scores`."""
    return [features for features, _ in trainings(flat_classifiers())]


def names_of_all_runs(wildcards):
    """Return classifier/run of every training, those on the published splits first."""
    return [f"{features}/{run}" for features, run in [*trainings(CLASSIFIERS), *repetitions()]]


def gallery_entries():
    """Return path and entry of every figure of the gallery: what its rule's `report()` says of it."""
    marked = [
        (pattern, pattern.flags["report"])
        for rule in workflow.rules
        for pattern in rule.output
        if "report" in pattern.flags
    ]
    entries = {}
    for file in [*figure_files(), *efp_files(None)]:
        path = file.replace("<results>", config["results"])
        for pattern, shown in marked:
            match = pattern.match(path)
            if match and path.endswith(".png"):
                wildcards = match.groupdict()
                entries[path] = {
                    "category": shown.category,
                    "title": ", ".join(shown.labels.values()).format(**wildcards),
                    "caption": Path(str(shown.caption)).name,
                    "wildcards": wildcards,
                }
    return entries


def gallery_figures(wildcards):
    """Return the figures of the gallery."""
    return list(gallery_entries())


def gallery_settings(wildcards):
    """Return the settings of build_gallery: the entry of each of its figures."""
    return as_settings({"figures": list(gallery_entries().values())})


def whole_config(wildcards):
    """Return the whole config as a JSON text, which is YAML too."""
    return as_settings(config)


def captions():
    """Return the captions of the report."""
    return sorted(map(str, Path("workflow/report").glob("*.rst")))
