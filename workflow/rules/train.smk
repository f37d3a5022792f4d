"""Train stage: classifiers of every feature set, with their histories, scores and metrics.

A training is a classifier and a run: seed0, ... on the splits of the file; shuffle0, ... and fold0, ... on other
splits of all events, part0.1seed0, ... on a share of the training events.
"""

from leptonid.study.classifiers import (
    NETWORK_KINDS,
    points_of_learning_curve,
    search_name,
    shared_training_settings,
    training_runs,
)
from leptonid.study.features import EFPS, has_scalars, parse_inputs

RUNS = training_runs(config["train"], SEARCHES)
# Classifier, run and share of the training events of each point of the learning curve.
LEARNING_CURVE = points_of_learning_curve(ALL_CLASSIFIERS, config["train"])
RUNS_ON_FILE_SPLITS = [name for name, run in RUNS.items() if run["repetition"] is None]


def files_of_runs(names, file):
    """Return one file of every run of some classifiers on the splits of the file."""
    return training_files(ALL_CLASSIFIERS, split_runs(ALL_CLASSIFIERS, names), file)


rule train:
    """All trained classifiers."""
    input:
        files_of_runs(TRAINED_CLASSIFIERS, "metrics.json"),
        training_files(ALL_CLASSIFIERS, repetitions(config["train"]), "metrics.json"),
        training_files(ALL_CLASSIFIERS, [point[:2] for point in LEARNING_CURVE], "metrics.json"),
        files_of_runs(NETWORKS, "model.keras"),
        files_of_runs(BASELINE_CLASSIFIERS, "model.skops"),
    localrule: True


def cell_tables_of(inputs, splits=SPLITS):
    """Return the tables of cells that inputs need: those of their images."""
    images = images_of(inputs, LAYOUT.contents)
    return paths.cell_tables([LAYOUT.images[image].grid.calorimeter for image in images], splits)


def event_tables_of(inputs, splits=SPLITS):
    """Return the tables of events, and those of scalars where inputs need them."""
    scalars = paths.scalar_tables(splits) if has_scalars(inputs, LAYOUT.contents) else []
    return [*paths.event_tables(splits), *scalars]


def efp_tables_of(inputs, splits=SPLITS):
    """Return the EFP tables that inputs need."""
    calorimeters = calorimeters_of_efps(inputs, LAYOUT.contents)
    return paths.efp_tables(CHUNKS, calorimeters, splits)


def unique_table_of(inputs):
    """Return the table of unique observables where inputs need it."""
    return [paths.UNIQUE] if calorimeters_of_efps(inputs, LAYOUT.contents) else []


def for_classifier(tables, *splits):
    """Return an input function: one of the four above for the inputs of the classifier of a job."""

    def collect(wildcards):
        return tables(ALL_CLASSIFIERS[wildcards.classifier].inputs, *splits)

    return collect


def network_of(wildcards):
    """Return the network of a job, of a classifier or a search: its inputs, epochs and other settings."""
    name = search_name(wildcards.search) if "search" in wildcards.keys() else wildcards.classifier
    classifier = ALL_CLASSIFIERS[name]
    settings = classifier.settings.get("network", classifier.settings)
    return {"epochs": config["train"]["epochs"], **settings, "inputs": classifier.inputs}


def for_all_efps(factor):
    """Return a factor of `scale_with_inputs`: 0 where a job reads few columns of the EFP tables.

    EFPs with up to five edges are a tenth of those with up to seven.
    """

    def count(wildcards):
        inputs = parse_inputs(network_of(wildcards)["inputs"], LAYOUT.contents)
        limits = [entry.limit for entry in inputs if entry.kind == EFPS]
        return factor if any(limit is None or limit > ("d", 5) for limit in limits) else 0

    return count


def per_epoch(minutes):
    """Return a factor of `scale_with_inputs`: minutes for every epoch."""

    def count(wildcards):
        return minutes * network_of(wildcards)["epochs"]

    return count


def convolution_minutes(wildcards):
    """Return the minutes that all epochs of a network take per MB of cells, on one thread."""
    network = network_of(wildcards)
    of_cell = 2e-6 * network.get("phi_dense", 0) * network.get("phi_units", 0) ** 2
    return network["epochs"] * (0.06 + 0.00036 * network.get("filters", 0) ** 2 + of_cell)


# Minutes that the training of a network requests.
TRAINING_MINUTES = scale_with_inputs(
    20, events=per_epoch(0.03), cells=convolution_minutes, efps=for_all_efps(0.01)
)


def training_mb(amount):
    """Return an amount of memory: this one, plus that of the convolutions of a network for one batch of events.

    They take up to 8 numbers of 4 bytes per pixel, filter and event: measured with the published networks.
    """

    def count(wildcards):
        network = network_of(wildcards)
        images = images_of(network["inputs"], LAYOUT.contents)
        pixels = sum(LAYOUT.images[name].grid.pixels for name in images)
        batch = network.get("batch", config["train"]["batch"])
        return amount + 1.25 * 8 * 4e-6 * pixels * network.get("filters", 0) * batch

    return count


def input_settings(name):
    """Return the inputs of a classifier, and the part of the layout that they need."""
    inputs = list(ALL_CLASSIFIERS[name].inputs)
    return {"inputs": inputs, "layout": layout_settings(inputs)}


def training_settings(wildcards):
    """Return the settings of a training: its inputs, its classifier's, and seed and repetition of its run."""
    classifier = ALL_CLASSIFIERS[wildcards.classifier]
    weights = {key: config["train"][key] for key in ("weights", "negative_weights")}
    is_network = classifier.kind == NETWORK
    shared = shared_training_settings(config["train"]) if is_network else weights
    return as_settings(
        **{**shared, **classifier.settings, **RUNS[wildcards.run]}, **input_settings(classifier.name)
    )


rule train_classifier:
    """Train the network of one feature set, and score all events with it."""
    input:
        program="workflow/scripts/train/train_classifier.py",
        library=library_of("train/train_classifier.py"),
        events=for_classifier(event_tables_of),
        cells=for_classifier(cell_tables_of),
        efps=for_classifier(efp_tables_of),
        unique=for_classifier(unique_table_of),
    output:
        model="<results>/train/{classifier}/{run}/model.keras",
        onnx="<results>/train/{classifier}/{run}/model.onnx",
        history="<results>/train/{classifier}/{run}/history.csv",
        scores="<results>/train/{classifier}/{run}/scores.feather",
        metrics="<results>/train/{classifier}/{run}/metrics.json",
    log:
        "<logs>/train/{classifier}/{run}.log",
    benchmark:
        "<benchmarks>/train/{classifier}/{run}.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
        run=any_of(RUNS),
    # The longest jobs go first, so that short ones fill the end of a run.
    priority: 1
    # A killed job, for its memory or with its machine, resumes after its last epoch with more memory.
    retries: RETRIES
    conda:
        "../../envs/train.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scale_with_inputs(training_mb(1600), cells=1, events=4, efps=for_all_efps(2.8)),
        runtime=TRAINING_MINUTES,
        gpu=config["train"]["gpus"],
    params:
        settings=training_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --model {output.model:q} \
            --onnx {output.onnx:q} \
            --history {output.history:q} \
            --scores {output.scores:q} \
            --metrics {output.metrics:q} \
            &>{log:q}
        """


rule train_baseline:
    """Fit one baseline, trees or logistic regression, to flat variables, and score all events with it."""
    input:
        program="workflow/scripts/train/train_baseline.py",
        library=library_of("train/train_baseline.py"),
        events=for_classifier(event_tables_of),
        efps=for_classifier(efp_tables_of),
        unique=for_classifier(unique_table_of),
    output:
        model="<results>/train/{classifier}/{run}/model.skops",
        scores="<results>/train/{classifier}/{run}/scores.feather",
        metrics="<results>/train/{classifier}/{run}/metrics.json",
    log:
        "<logs>/train/{classifier}/{run}.log",
    benchmark:
        "<benchmarks>/train/{classifier}/{run}.jsonl"
    wildcard_constraints:
        classifier=any_of(BASELINE_CLASSIFIERS),
        run=any_of(RUNS),
    conda:
        "../../envs/train.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scale_with_inputs(600, events=10, efps=for_all_efps(4.4)),
        runtime=scale_with_inputs(10, efps=for_all_efps(0.02)),
    params:
        settings=training_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --model {output.model:q} \
            --scores {output.scores:q} \
            --metrics {output.metrics:q} \
            &>{log:q}
        """


def tuning_files(wildcards):
    """Return the files of the target `tune`."""
    names = config["train"]["tuning"]["features"]
    if not names:
        raise WorkflowError(
            "train.tuning.features of the config is empty; name the feature sets to tune, for example "
            "--config 'train={tuning: {features: [hl]}}'"
        )
    return [
        *(f"<results>/train/tuning/{name}/best.yaml" for name in names),
        *(path for name in names for path in paths.figure(f"tuning_{name}")),
    ]


rule tune:
    """The best networks for the feature sets of train.tuning, and the figures of their tuning."""
    input:
        tuning_files,
    localrule: True


def tuning_ranges(name):
    """Return the ranges that the hyperparameters of a network are drawn from."""
    classifier = ALL_CLASSIFIERS[name]
    if NETWORK_KINDS[classifier.settings["kind"]]["sets"]:
        return config["train"]["tuning"]["cells"]
    return config["train"]["tuning"]["images" if has_images(classifier, LAYOUT) else "flat"]


def tuning_settings(wildcards):
    """Return the settings of tune_network: inputs, ranges and trials, and what the network does not draw."""
    name = wildcards.classifier
    shared = shared_training_settings(config["train"])
    del shared["restarts"]
    ranges = tuning_ranges(name)
    fixed = {key: value for key, value in ALL_CLASSIFIERS[name].settings.items() if key not in ranges}
    own = {key: config["train"]["tuning"][key] for key in ("trials", "jobs", "epochs", "seed")}
    return as_settings(**{**shared, **fixed, **own}, **input_settings(name), ranges=ranges)


rule tune_network:
    """Run one job's trials of the search for the best network of a feature set."""
    input:
        program="workflow/scripts/train/tune_network.py",
        library=library_of("train/tune_network.py"),
        # Without the test events, which decide nothing.
        events=for_classifier(event_tables_of, paths.TUNING_SPLITS),
        cells=for_classifier(cell_tables_of, paths.TUNING_SPLITS),
        efps=for_classifier(efp_tables_of, paths.TUNING_SPLITS),
        unique=for_classifier(unique_table_of),
    output:
        # The journal beside it is no output: all jobs share it, and it survives a killed job.
        trials="<results>/train/tuning/{classifier}/{job}.csv",
    log:
        "<logs>/train/tuning/{classifier}/{job}.log",
    benchmark:
        "<benchmarks>/train/tuning/{classifier}/{job}.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
    # A killed job runs the trials that it lacks, with more memory and time.
    retries: RETRIES
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(training_mb(1600), cells=1, events=4, efps=for_all_efps(2.8)),
        runtime=scale_with_inputs(1440),
        gpu=config["train"]["gpus"],
    params:
        settings=tuning_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --threads {threads} \
            --job {wildcards.job:q} \
            --settings {params.settings:q} \
            --trials {output.trials:q} \
            &>{log:q}
        """


def tuning_trials(wildcards):
    """Return the tables of trials of a search, one per job; every job has a trial."""
    tuning = config["train"]["tuning"]
    jobs = range(min(tuning["jobs"], tuning["trials"]))
    return [f"<results>/train/tuning/{wildcards.classifier}/{job}.csv" for job in jobs]


def conclusion_settings(wildcards):
    """Return the settings of conclude_tuning: the ranges."""
    return as_settings(ranges=tuning_ranges(wildcards.classifier))


rule conclude_tuning:
    """Collect the trials of a search, and write the best network as a config overlay."""
    input:
        program="workflow/scripts/train/conclude_tuning.py",
        library=library_of("train/conclude_tuning.py"),
        trials=tuning_trials,
    output:
        best="<results>/train/tuning/{classifier}/best.yaml",
        trials="<results>/train/tuning/{classifier}/trials.csv",
        parameters="<results>/train/tuning/{classifier}/parameters.csv",
    log:
        "<logs>/train/tuning/{classifier}/conclude_tuning.log",
    benchmark:
        "<benchmarks>/train/tuning/{classifier}/conclude_tuning.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(500),
        runtime=scale_with_inputs(10),
    params:
        settings=conclusion_settings,
    shell:
        r"""
        python {input.program:q} \
            --classifier {wildcards.classifier:q} \
            --trials {input.trials:q} \
            --settings {params.settings:q} \
            --best {output.best:q} \
            --all-trials {output.trials:q} \
            --parameters {output.parameters:q} \
            &>{log:q}
        """


def explanation_settings(wildcards):
    """Return the settings of map_images and permute_inputs: the inputs, and the seed of the run."""
    return as_settings(**input_settings(wildcards.classifier), seed=RUNS[wildcards.run]["seed"])


rule map_images:
    """Map how the logit of a network depends on the cells of its images, on average over each class."""
    input:
        program="workflow/scripts/train/map_images.py",
        library=library_of("train/map_images.py"),
        model="<results>/train/{classifier}/{run}/model.keras",
        events=for_classifier(event_tables_of, ["test"]),
        cells=for_classifier(cell_tables_of, ["test"]),
        efps=for_classifier(efp_tables_of, ["test"]),
        unique=for_classifier(unique_table_of),
    output:
        maps="<results>/train/{classifier}/{run}/maps.feather",
    log:
        "<logs>/train/map_images/{classifier}/{run}.log",
    benchmark:
        "<benchmarks>/train/map_images/{classifier}/{run}.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
        run=any_of(RUNS_ON_FILE_SPLITS),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(1600, cells=1, events=1, efps=for_all_efps(2)),
        # 1,000 events are explained, after all have been read.
        runtime=scale_with_inputs(20, cells=0.1),
    params:
        settings=explanation_settings,
    shell:
        r"""
        python {input.program:q} \
            --model {input.model:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --maps {output.maps:q} \
            &>{log:q}
        """


def filter_settings(wildcards):
    """Return the settings of map_filters: the inputs."""
    return as_settings(**input_settings(wildcards.classifier))


rule map_filters:
    """Map the filters of an Energy Flow Network over the plane of each image."""
    input:
        program="workflow/scripts/train/map_filters.py",
        library=library_of("train/map_filters.py"),
        model="<results>/train/{classifier}/{run}/model.keras",
    output:
        filters="<results>/train/{classifier}/{run}/filters.feather",
    log:
        "<logs>/train/map_filters/{classifier}/{run}.log",
    benchmark:
        "<benchmarks>/train/map_filters/{classifier}/{run}.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
        run=any_of(RUNS_ON_FILE_SPLITS),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(1600),
        runtime=scale_with_inputs(10),
    params:
        settings=filter_settings,
    shell:
        r"""
        python {input.program:q} \
            --model {input.model:q} \
            --settings {params.settings:q} \
            --filters {output.filters:q} \
            &>{log:q}
        """


rule permute_inputs:
    """Measure how much a network relies on each input: the drop of its test AUC when that is permuted."""
    input:
        program="workflow/scripts/train/permute_inputs.py",
        library=library_of("train/permute_inputs.py"),
        model="<results>/train/{classifier}/{run}/model.keras",
        events=for_classifier(event_tables_of, ["test"]),
        cells=for_classifier(cell_tables_of, ["test"]),
        efps=for_classifier(efp_tables_of, ["test"]),
        unique=for_classifier(unique_table_of),
    output:
        importance="<results>/train/{classifier}/{run}/importance.csv",
    log:
        "<logs>/train/permute_inputs/{classifier}/{run}.log",
    benchmark:
        "<benchmarks>/train/permute_inputs/{classifier}/{run}.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
        run=any_of(RUNS_ON_FILE_SPLITS),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(1700, cells=1, events=2, efps=for_all_efps(4)),
        # As many test events are permuted, at most.
        runtime=scale_with_inputs(per_event(15, 0.003, "test", 50_000), efps=for_all_efps(0.1)),
    params:
        settings=explanation_settings,
    shell:
        r"""
        python {input.program:q} \
            --model {input.model:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --importance {output.importance:q} \
            &>{log:q}
        """


def variation_settings(wildcards):
    """Return the settings of vary_events: the inputs, the changes as pairs, as a text has its keys sorted, and the seed."""
    variations = config["evaluate"]["variations"]
    changes = list(variations["changes"].items())
    return as_settings(**input_settings(wildcards.classifier), changes=changes, seed=variations["seed"])


rule vary_events:
    """Score the test events with a network after changes of their calorimeter cells."""
    input:
        program="workflow/scripts/train/vary_events.py",
        library=library_of("train/vary_events.py"),
        model="<results>/train/{classifier}/{run}/model.keras",
        events=for_classifier(event_tables_of, ["test"]),
        cells=for_classifier(cell_tables_of, ["test"]),
        efps=for_classifier(efp_tables_of, ["test"]),
        unique=for_classifier(unique_table_of),
    output:
        scores="<results>/train/{classifier}/{run}/variations.feather",
    log:
        "<logs>/train/vary_events/{classifier}/{run}.log",
    benchmark:
        "<benchmarks>/train/vary_events/{classifier}/{run}.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
        run=any_of(RUNS_ON_FILE_SPLITS),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        # The changed cells stand beside the others.
        mem_mb=scale_with_inputs(1600, cells=2, events=2, efps=for_all_efps(2)),
        runtime=scale_with_inputs(20, cells=0.5),
    params:
        settings=variation_settings,
    shell:
        r"""
        python {input.program:q} \
            --model {input.model:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --output {output.scores:q} \
            &>{log:q}
        """
