"""What the rules of all stages share: the checked config, tracked settings, resources, lists of files."""

import fcntl
import json
import math
import re
import shutil
from collections import Counter
from functools import cache, reduce
from pathlib import Path

from snakemake.output_index import OutputIndex

from cluster import keep_records_of_jobs, refuse_living_jobs, tell_ends_of_jobs
from configuration import baselines, check_config, check_paths, efp_calorimeter, efp_settings, searches
from dependencies import library_of
from provenance import code_files, shell_prefix, write_manifest
from resources import scaled

check_paths(Path.cwd(), workflow.configfiles, bool(workflow.deployment_settings.deployment_method))
check_config(config)
keep_records_of_jobs(workflow)

STAGES = ["data", "efp", "train", "search", "figures"]

# How often a training is tried again, by the process that submits it: one that tried itself again would stay in
# the memory and time that it had.
RETRIES = 2 if workflow.is_main_process else 0

SPLITS = ["train", "valid", "test"]
TUNING_SPLITS = ["train", "valid"]
CALORIMETERS = ["ecal", "hcal"]
IMAGES = {"et": "ecal", "ht": "hcal"}

# Settings of the classifiers by name.
NETWORKS = config["train"]["features"]
BASELINES = baselines(config["train"])
CLASSIFIERS = {**NETWORKS, **BASELINES}

# Settings of the searches by name, and by the name of the classifier that each ends with.
SEARCHES = searches(config["search"])
FOUND = {f"search_{name}": settings for name, settings in SEARCHES.items()}

# All that figures compare.
SCORED = {**CLASSIFIERS, **FOUND}


wildcard_constraints:
    split="|".join(SPLITS),
    calorimeter="|".join(CALORIMETERS),
    chunk=r"\d+",
    features="|".join(CLASSIFIERS),
    run=r"(seed|shuffle|fold)\d+",
    # Where there is none, nothing must match; an empty constraint would match everything.
    search="|".join(SEARCHES) or "(?!)",
    number=r"\d+",
    part=r"\d+",


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


def tell_if_disk_is_full():
    """Say it if the disk of the results is full: no log does, as logs are written there too."""
    free = shutil.disk_usage(config["results"]).free
    if free < 10_000_000:
        logger.error(
            f"The disk of {config['results']} is full, {free:,} bytes are left. Make room and start again: "
            "what has been done is kept."
        )


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
        "<results>/efp/drawings/drawings.txt",
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


def per_chunk(factor):
    """Return a factor of `scaled`: the share of a chunk in its split."""

    def count(wildcards):
        return factor / config["efp"]["chunks"][wildcards.split]

    return count


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
    """Return the runs of a classifier on the published splits: one per seed, of a baseline the first.

    A search's is its last pass.
    """
    if features in FOUND:
        return [f"pass{FOUND[features]['passes']}"]
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
    return [f"{folder_of(features)}/{run}/{file}" for features, run in pairs]


def folder_of(features):
    """Return the folder of the trainings of a classifier."""
    if features in FOUND:
        return f"<results>/search/{features.removeprefix('search_')}"
    return f"<results>/train/{features}"


def compared(file):
    """Return one file of every training on the published splits, and of the last pass of every search."""
    return files_of(trainings(SCORED), file)


def names_of_compared(wildcards):
    """Return the classifier of each file of `compared`."""
    return [features for features, _ in trainings(SCORED)]


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


def names_of_networks(wildcards):
    """Return the classifier of each file of `networks_trained`."""
    return [features for features, _ in trainings(NETWORKS)]


def names_of_repetitions(wildcards):
    """Return the classifier of each file of `repeated`."""
    return [features for features, _ in repetitions()]


def network_of(wildcards):
    """Return the inputs, epochs and other settings of the network of a job: a classifier's, or a search's."""
    epochs = {"epochs": config["train"]["epochs"]}
    if "search" in wildcards.keys():
        search = SEARCHES[wildcards.search]
        return {**epochs, **search["network"], "inputs": search["base"]}
    return {**epochs, **CLASSIFIERS[wildcards.features]}


def of_all_efps(factor):
    """Return a factor of `scaled`: nothing where a job reads but few columns of the EFP tables."""

    def count(wildcards):
        return factor if {"efp_ecal", "efp_hcal"} & set(network_of(wildcards)["inputs"]) else 0

    return count


def per_epoch(minutes):
    """Return a factor of `scaled`: so much for every epoch."""

    def count(wildcards):
        return minutes * network_of(wildcards)["epochs"]

    return count


def epochs_of_towers(wildcards):
    """Return the minutes that all epochs of a network take per MB of cells, on one thread."""
    network = network_of(wildcards)
    return network["epochs"] * (0.06 + 0.00036 * network.get("filters", 0) ** 2)


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
    return as_settings({**of_all_networks(), **NETWORKS[wildcards.features], **run_settings(wildcards.run)})


def of_all_networks():
    """Return the settings that all networks share."""
    others = ("seeds", "repetitions", "features", "baselines", "tuning", "gpus")
    return {key: value for key, value in config["train"].items() if key not in others}


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
    shared = {key: value for key, value in of_all_networks().items() if key != "restarts"}
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


# search

# The files of the network of a pass.
NETWORK_FILES = ["model.keras", "model.onnx", "history.csv", "scores.feather", "metrics.json"]


def searches_by(*methods):
    """Return a wildcard constraint: the searches with these methods."""
    names = [name for name, settings in SEARCHES.items() if settings["method"] in methods]
    return "|".join(names) or "(?!)"


def search_files(wildcards):
    """Return what all searches have found, and the network that each ends with."""
    found = expand(
        "<results>/search/{search}/{file}",
        search=SEARCHES,
        file=["passes.feather", "passes.csv", "events.feather"],
    )
    return [*found, *files_of(trainings(FOUND), "model.keras")]


def first_network(search):
    """Return the first pass with a network: 0, which has the base, or 1 where there is no base."""
    return 0 if SEARCHES[search]["base"] else 1


def networks_of_passes(search, before, file):
    """Return one file of the network of every pass of a search before this number."""
    numbers = range(first_network(search), before)
    return [f"<results>/search/{search}/pass{number}/{file}" for number in numbers]


def network_before(*files):
    """Return an input function: these files of the network before a pass; none where there was none."""

    def paths(wildcards):
        number = int(wildcards.number)
        return [path for file in files for path in networks_of_passes(wildcards.search, number, file)[-1:]]

    return paths


def metrics_before(wildcards):
    """Return the metrics of the networks of all passes before."""
    return networks_of_passes(wildcards.search, int(wildcards.number), "metrics.json")


def choice_before(wildcards):
    """Return the choice of the pass before; none for the first."""
    return choice_of(wildcards.search, int(wildcards.number) - 1)


def choice_of_pass(wildcards):
    """Return the choice of a pass; none for the base."""
    return choice_of(wildcards.search, int(wildcards.number))


def choice_of(search, number):
    """Return the choice of a pass with this number as a list, empty for pass 0, which chooses nothing."""
    return [f"<results>/search/{search}/pass{number}/choice.json"] if number else []


def choices(wildcards):
    """Return the choices of all passes of a search."""
    passes = range(1, SEARCHES[wildcards.search]["passes"] + 1)
    return [path for number in passes for path in choice_of(wildcards.search, number)]


def scores_of_passes(wildcards):
    """Return the scores of the networks of all passes of a search."""
    passes = SEARCHES[wildcards.search]["passes"]
    return networks_of_passes(wildcards.search, passes + 1, "scores.feather")


def black_box_scores(wildcards):
    """Return the scores of the classifier that a search explains, trained with the first seed."""
    name = SEARCHES[wildcards.search]["black_box"]
    return f"{folder_of(name)}/{seed_runs(name)[0]}/scores.feather"


def parts_of_candidates(wildcards):
    """Return the tables of candidates of a pass: one, or one per job of a greedy search."""
    settings = SEARCHES[wildcards.search]
    return expand(
        "<results>/search/{search}/pass{number}/candidates/{part}.feather",
        search=wildcards.search,
        number=wildcards.number,
        part=range(settings["jobs"] if settings["method"] == "greedy" else 1),
    )


def search_efps(splits):
    """Return an input function: the EFP tables of these splits that a search needs, those of its base too."""

    def paths(wildcards):
        settings = SEARCHES[wildcards.search]
        calorimeters = set(settings["calorimeters"] or config["efp"]["calorimeters"])
        calorimeters |= {efp_calorimeter(name) for name in settings["base"]} - {None}
        return [
            path
            for calorimeter in sorted(calorimeters)
            for split in splits
            for path in efp_tables(calorimeter, split)
        ]

    return paths


def choosing_efps(wildcards):
    """Return the EFP tables of the events that choose."""
    return search_efps([SEARCHES[wildcards.search]["split"]])(wildcards)


def search_cells(wildcards):
    """Return the tables of cells that the networks of a search need: those of the images of its base."""
    base = SEARCHES[wildcards.search]["base"]
    return cell_tables([IMAGES[name] for name in base if name in IMAGES], SPLITS)


def choosing_settings(wildcards):
    """Return the settings of score_candidates: the space, what chooses, and when the search ends."""
    others = ("passes", "jobs", "seed", "network")
    settings = SEARCHES[wildcards.search].items()
    return as_settings({key: value for key, value in settings if key not in others})


def pass_settings(wildcards):
    """Return the settings of train_pass: the base, the network, and those of all networks."""
    settings = SEARCHES[wildcards.search]
    own = {key: settings[key] for key in ("base", "seed")}
    return as_settings({**of_all_networks(), **settings["network"], **own})


def greedy_settings(wildcards):
    """Return the settings of train_candidates: those of a choice, of the networks, and the number of jobs."""
    settings = {key: value for key, value in SEARCHES[wildcards.search].items() if key != "passes"}
    return as_settings({**of_all_networks(), **settings.pop("network"), **settings})


def base_settings(wildcards):
    """Return the settings of choose_observable."""
    return as_settings({"base": SEARCHES[wildcards.search]["base"]})


def evaluation_settings(wildcards):
    """Return the settings of evaluate_search."""
    keys = ("method", "black_box", "base", "split")
    return as_settings({key: SEARCHES[wildcards.search][key] for key in keys})


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
        *expand("<results>/tables/search_{search}.{suffix}", search=SEARCHES, suffix=["md", "tex"]),
    ]


def curves_drawn():
    """Return the classifiers in the ROC figures, among them the reference."""
    names, reference = config["figures"]["curves"], config["figures"]["reference"]
    if names is None:
        names = [*NETWORKS, *(f"{reference}_{kind}" for kind in config["train"]["baselines"]), *FOUND]
    return {name for name in [*names, reference] if name in SCORED}


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
    """Return classifier/run of every training, those on the published splits first.

    That of the last pass of a search is by its seed.
    """
    pairs = [*trainings(SCORED), *repetitions()]
    seeds = {name: f"seed{settings['seed']}" for name, settings in FOUND.items()}
    return [f"{features}/{seeds.get(features, run)}" for features, run in pairs]


def gallery_entries():
    """Return path and entry of every figure of the gallery: what its rule's `report()` says of it."""
    marked = [
        (pattern, pattern.flags["report"])
        for rule in workflow.rules
        for pattern in rule.output
        if "report" in pattern.flags
    ]
    entries = {}
    for file in [*figure_files(), *efp_files(None), *record_files()]:
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


# record


@cache
def jobs_of_stages():
    """Return rule and benchmark file, None where it has none, of every job that the stages' targets need.

    They are found as Snakemake finds them: from a job's inputs to the rules that make those.
    """
    makers = OutputIndex(list(workflow.rules))
    jobs, seen = {}, set()
    pending = [(workflow.get_rule(stage), {}) for stage in STAGES]
    while pending:
        asking, wildcards = pending.pop()
        paths = set(asking.expand_input(wildcards)[0]) - seen
        seen |= paths
        for path in sorted(paths):
            for maker in makers.match_producers(path):
                wildcards = maker.get_wildcards(path)
                job = (maker.name, *sorted(wildcards.items()))
                if job not in jobs:
                    jobs[job] = (maker, maker.expand_benchmark(wildcards))
                    pending.append((maker, wildcards))
    return list(jobs.values())


def record_files():
    """Return the tables and the figure of what the run took."""
    return [
        "<results>/record/jobs.csv",
        *expand("<results>/record/resources.{suffix}", suffix=["csv", "md", "tex", "png", "pdf"]),
    ]


def benchmark_files(wildcards):
    """Return the benchmark files of all jobs of the stages; those that other configs have left do not count."""
    return [benchmark for _, benchmark in jobs_of_stages() if benchmark]


def names_of_benchmarks(wildcards):
    """Return stage/rule of each file of `benchmark_files`."""
    measured = [maker for maker, benchmark in jobs_of_stages() if benchmark]
    return [f"{Path(maker.snakefile).stem}/{maker.name}" for maker in measured]


def resources_settings(wildcards):
    """Return the settings of tabulate_resources: how many jobs of which rules are not measured."""
    unmeasured = Counter(maker.name for maker, benchmark in jobs_of_stages() if not benchmark)
    return as_settings({"unmeasured": unmeasured})


def crate_results():
    """Return what the crate has of the results, beside config and manifests."""
    return ["<results>/report.html", *figure_files(), *record_files()]


def crate_workflow(wildcards):
    """Return the files of the workflow that the crate has: with them, it can be run."""
    others = [path for folder in ("config", "profiles", "tools") for path in Path(folder).rglob("*")]
    root = ["CITATION.cff", "LICENSE", "Makefile", "README.md", "pyproject.toml", "uv.lock"]
    shown = (".md", ".py", ".yaml")
    return sorted({*code_files(), *root, *(str(path) for path in others if path.suffix in shown)})


def crate_settings(wildcards):
    """Return the settings of write_crate: the folder of results."""
    return as_settings({"folder": config["results"]})
