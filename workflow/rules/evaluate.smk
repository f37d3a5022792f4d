"""Evaluate stage: every number that figures and printed tables show, as tables."""

from itertools import chain
from types import SimpleNamespace

# Runs on the splits of the file, whose test events are the same for all classifiers.
EVALUATED_RUNS = split_runs(ALL_CLASSIFIERS, ALL_CLASSIFIERS)

TABLES = [
    *("auc", "roc", "metrics", "working_points", "auc_bins", "calibration", "confusion", "overtraining"),
    *("score_histograms", "comparisons", "variables"),
]

# The classifiers whose test events are changed, and how.
VARIED = sorted(config["evaluate"]["variations"]["classifiers"])
CHANGES = config["evaluate"]["variations"]["changes"]

# Whether the explorer is made.
IS_EXPLORED = "explorer" in config["figures"]["plots"]


def evaluation_files(wildcards):
    """Return the tables of the stage."""
    return [
        *(f"<results>/evaluate/{name}.feather" for name in TABLES),
        *(["<results>/evaluate/variations.feather"] if VARIED else []),
        *(["<results>/evaluate/learning_curve.feather"] if LEARNING_CURVE else []),
        *(f"<results>/evaluate/images/{calorimeter}.feather" for calorimeter in LAYOUT.calorimeters),
        *expand(
            "<results>/search/{search}/{name}.feather",
            search=SEARCHES,
            name=["passes", "events", "histograms", "correlations"],
        ),
        *(explored_candidates() + explored_events() if IS_EXPLORED else []),
    ]


rule evaluate:
    """All tables of metrics, comparisons, histograms and mean images."""
    input:
        evaluation_files,
    localrule: True


def scores_settings(*keys, **others):
    """Return a params function: the classifier of each file of scores, keys of `figures`, the weights, and others."""

    def collect(wildcards):
        return as_settings(
            scores=[name for name, _ in EVALUATED_RUNS],
            **{key: config["figures"][key] for key in keys},
            negative_weights=config["train"]["negative_weights"],
            **others,
        )

    return collect


def auc_settings(wildcards):
    """Return the settings of evaluate_auc: classifier and kind of run of each file."""
    repeated = config["train"]["repetitions"]
    kinds = [kind for kind, key in REPETITIONS.items() for _ in range(repeated[key])]
    return as_settings(
        scores=[name for name, _ in EVALUATED_RUNS],
        trainings=[
            *([name, "seed"] for name, _ in EVALUATED_RUNS),
            *([name, kind] for name in sorted(repeated["features"]) for kind in kinds),
        ],
        negative_weights=config["train"]["negative_weights"],
    )


rule evaluate_auc:
    """Compute the AUC of every classifier, with its uncertainty and its scatter between trainings."""
    input:
        program="workflow/scripts/evaluate/evaluate_auc.py",
        library=library_of("evaluate/evaluate_auc.py"),
        scores=files_of_runs(ALL_CLASSIFIERS, "scores.feather"),
        metrics=training_files(
            ALL_CLASSIFIERS, [*EVALUATED_RUNS, *repetitions(config["train"])], "metrics.json"
        ),
    output:
        auc="<results>/evaluate/auc.feather",
    log:
        "<logs>/evaluate/evaluate_auc.log",
    benchmark:
        "<benchmarks>/evaluate/evaluate_auc.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, scores=4),
        runtime=scale_with_inputs(10),
    params:
        settings=auc_settings,
    shell:
        r"""
        python {input.program:q} \
            --scores {input.scores:q} \
            --metrics {input.metrics:q} \
            --settings {params.settings:q} \
            --output {output.auc:q} \
            &>{log:q}
        """


rule evaluate_metrics:
    """Compute metrics, working points, AUCs in bins, calibration, confusion matrices and overtraining of every classifier."""
    input:
        program="workflow/scripts/evaluate/evaluate_metrics.py",
        library=library_of("evaluate/evaluate_metrics.py"),
        scores=files_of_runs(ALL_CLASSIFIERS, "scores.feather"),
        events="<results>/data/test.feather",
        valid_events="<results>/data/valid.feather",
        cells=paths.cell_tables(LAYOUT.calorimeters, ["test"]),
    output:
        metrics="<results>/evaluate/metrics.feather",
        working_points="<results>/evaluate/working_points.feather",
        auc_bins="<results>/evaluate/auc_bins.feather",
        calibration="<results>/evaluate/calibration.feather",
        confusion="<results>/evaluate/confusion.feather",
        overtraining="<results>/evaluate/overtraining.feather",
        score_histograms="<results>/evaluate/score_histograms.feather",
    log:
        "<logs>/evaluate/evaluate_metrics.log",
    benchmark:
        "<benchmarks>/evaluate/evaluate_metrics.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, scores=4, cells=1),
        runtime=scale_with_inputs(10, scores=0.05),
    params:
        settings=scores_settings(
            "threshold",
            "bootstraps",
            recalibration=config["evaluate"]["recalibration"],
            grids=[*map(grid_settings, LAYOUT.calorimeters)],
        ),
    shell:
        r"""
        python {input.program:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --valid-events {input.valid_events:q} \
            --cells {input.cells:q} \
            --settings {params.settings:q} \
            --metrics {output.metrics:q} \
            --working-points {output.working_points:q} \
            --auc-bins {output.auc_bins:q} \
            --calibration {output.calibration:q} \
            --confusion {output.confusion:q} \
            --overtraining {output.overtraining:q} \
            --score-histograms {output.score_histograms:q} \
            &>{log:q}
        """


def curves_drawn():
    """Return the classifiers of the ROC figures, sorted: those of the config, and the reference."""
    names, reference = config["figures"]["curves"], config["figures"]["reference"]
    if names is None:
        baselines = [name for name in BASELINE_CLASSIFIERS if ALL_CLASSIFIERS[name].features == reference]
        names = [*NETWORKS, *baselines, *SEARCH_CLASSIFIERS]
    return sorted({name for name in [*names, reference] if name in ALL_CLASSIFIERS})


def roc_settings(wildcards):
    """Return the settings of evaluate_roc: the classifier of each file, bootstraps and reference."""
    return as_settings(
        scores=[name for name, _ in split_runs(ALL_CLASSIFIERS, curves_drawn())],
        bootstraps=config["figures"]["bootstraps"],
        reference=config["figures"]["reference"],
        negative_weights=config["train"]["negative_weights"],
    )


rule evaluate_roc:
    """Compute ROC curves, and background rejections relative to that of the reference."""
    input:
        program="workflow/scripts/evaluate/evaluate_roc.py",
        library=library_of("evaluate/evaluate_roc.py"),
        scores=files_of_runs(curves_drawn(), "scores.feather"),
    output:
        roc="<results>/evaluate/roc.feather",
    log:
        "<logs>/evaluate/evaluate_roc.log",
    benchmark:
        "<benchmarks>/evaluate/evaluate_roc.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, scores=4),
        runtime=scale_with_inputs(10),
    params:
        settings=roc_settings,
    shell:
        r"""
        python {input.program:q} \
            --scores {input.scores:q} \
            --settings {params.settings:q} \
            --output {output.roc:q} \
            &>{log:q}
        """


rule compare_classifiers:
    """Compare the AUCs of all pairs of classifiers on the same test events."""
    input:
        program="workflow/scripts/evaluate/compare_classifiers.py",
        library=library_of("evaluate/compare_classifiers.py"),
        scores=files_of_runs(ALL_CLASSIFIERS, "scores.feather"),
    output:
        comparisons="<results>/evaluate/comparisons.feather",
    log:
        "<logs>/evaluate/compare_classifiers.log",
    benchmark:
        "<benchmarks>/evaluate/compare_classifiers.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, scores=4),
        runtime=scale_with_inputs(10),
    params:
        settings=scores_settings(),
    shell:
        r"""
        python {input.program:q} \
            --scores {input.scores:q} \
            --settings {params.settings:q} \
            --output {output.comparisons:q} \
            &>{log:q}
        """


def varied_files(name):
    """Return one file of the first run of every classifier of evaluate.variations."""
    return [
        ALL_CLASSIFIERS[classifier].file(ALL_CLASSIFIERS[classifier].runs[0], name) for classifier in VARIED
    ]


def evaluate_variations_settings(wildcards):
    """Return the settings of evaluate_variations: the unchanged inputs of each classifier, changes and weights."""
    classifiers = [
        [name, [source for source in ALL_CLASSIFIERS[name].inputs if source not in LAYOUT.images]]
        for name in VARIED
    ]
    negative = config["train"]["negative_weights"]
    return as_settings(classifiers=classifiers, changes=list(CHANGES), negative_weights=negative)


rule evaluate_variations:
    """Compute how AUC and efficiencies of classifiers move when the cells of the test events change."""
    input:
        program="workflow/scripts/evaluate/evaluate_variations.py",
        library=library_of("evaluate/evaluate_variations.py"),
        variations=varied_files("variations.feather"),
        scores=varied_files("scores.feather"),
    output:
        variations="<results>/evaluate/variations.feather",
    log:
        "<logs>/evaluate/evaluate_variations.log",
    benchmark:
        "<benchmarks>/evaluate/evaluate_variations.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, scores=4),
        runtime=scale_with_inputs(10),
    params:
        settings=evaluate_variations_settings,
    shell:
        r"""
        python {input.program:q} \
            --variations {input.variations:q} \
            --scores {input.scores:q} \
            --settings {params.settings:q} \
            --output {output.variations:q} \
            &>{log:q}
        """


def learning_curve_settings(wildcards):
    """Return the settings of evaluate_learning_curve: classifier and fraction of each training, and the weights."""
    trainings = [[name, fraction] for name, _, fraction in LEARNING_CURVE]
    return as_settings(trainings=trainings, negative_weights=config["train"]["negative_weights"])


rule evaluate_learning_curve:
    """Compute AUCs of trainings on shares of the training events, and fit where they end."""
    input:
        program="workflow/scripts/evaluate/evaluate_learning_curve.py",
        library=library_of("evaluate/evaluate_learning_curve.py"),
        scores=training_files(ALL_CLASSIFIERS, [point[:2] for point in LEARNING_CURVE], "scores.feather"),
    output:
        points="<results>/evaluate/learning_curve.feather",
    log:
        "<logs>/evaluate/evaluate_learning_curve.log",
    benchmark:
        "<benchmarks>/evaluate/evaluate_learning_curve.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, scores=4),
        runtime=scale_with_inputs(10),
    params:
        settings=learning_curve_settings,
    shell:
        r"""
        python {input.program:q} \
            --scores {input.scores:q} \
            --settings {params.settings:q} \
            --output {output.points:q} \
            &>{log:q}
        """


def variables_settings(wildcards):
    """Return the settings of histogram_variables: range and bins of every variable's axis."""
    variables = {
        name: {"range": variable.range, "bins": variable.bins} for name, variable in LAYOUT.variables.items()
    }
    # As pairs, since the settings' text has its keys sorted.
    return as_settings(variables=list(variables.items()), optional=LAYOUT.optional_variables)


rule histogram_variables:
    """Histogram the variables of both classes."""
    input:
        program="workflow/scripts/evaluate/histogram_variables.py",
        library=library_of("evaluate/histogram_variables.py"),
        events="<results>/data/train.feather",
    output:
        variables="<results>/evaluate/variables.feather",
    log:
        "<logs>/evaluate/histogram_variables.log",
    benchmark:
        "<benchmarks>/evaluate/histogram_variables.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, events=20),
        runtime=scale_with_inputs(10),
    params:
        settings=variables_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --settings {params.settings:q} \
            --output {output.variables:q} \
            &>{log:q}
        """


def image_settings(wildcards):
    """Return the settings of average_images: the grid of one calorimeter."""
    return as_settings(grid=grid_settings(wildcards.calorimeter))


rule average_images:
    """Average the images of one calorimeter over each class."""
    input:
        program="workflow/scripts/evaluate/average_images.py",
        library=library_of("evaluate/average_images.py"),
        events="<results>/data/train.feather",
        cells="<results>/data/cells/{calorimeter}/train.feather",
    output:
        images="<results>/evaluate/images/{calorimeter}.feather",
    log:
        "<logs>/evaluate/average_images/{calorimeter}.log",
    benchmark:
        "<benchmarks>/evaluate/average_images/{calorimeter}.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, cells=1, events=5),
        runtime=scale_with_inputs(10),
    params:
        settings=image_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --settings {params.settings:q} \
            --output {output.images:q} \
            &>{log:q}
        """


def choices_of_passes(wildcards):
    """Return the choices of all passes of a search."""
    numbers = range(1, SEARCHES[wildcards.search]["passes"] + 1)
    return [paths.pass_file(wildcards.search, number, "choice.json") for number in numbers]


def scores_of_passes(wildcards):
    """Return the scores of the networks of all passes of a search, pass by pass, each with all seeds."""
    return scores_before(wildcards.search, SEARCHES[wildcards.search]["passes"] + 1)


def search_evaluation_settings(wildcards):
    """Return the settings of evaluate_search: those of the search that it needs, and the sample's variables."""
    search = wildcards.search
    own = {key: SEARCHES[search][key] for key in ("method", "black_box", "split", "seeds", "bootstraps")}
    own["negative_weights"] = config["train"]["negative_weights"]
    variables = {"variables": list(LAYOUT.variables), "optional": LAYOUT.optional_variables}
    return as_settings(search=search, base=search_base(search), **variables, **own)


def further_test_tables(wildcards):
    """Return the tables of scalars and the user that a search needs, of the test events."""
    return [path for path in search_tables(["test"])(wildcards) if path not in paths.event_tables()]


rule evaluate_search:
    """Evaluate the passes of a search on the test events, which took no part in choosing."""
    input:
        program="workflow/scripts/evaluate/evaluate_search.py",
        library=library_of("evaluate/evaluate_search.py"),
        black_box=black_box_scores,
        choices=choices_of_passes,
        networks=scores_of_passes,
        events="<results>/data/test.feather",
        tables=further_test_tables,
        efps=search_efps(["test"]),
    output:
        passes="<results>/search/{search}/passes.feather",
        events="<results>/search/{search}/events.feather",
        histograms="<results>/search/{search}/histograms.feather",
        correlations="<results>/search/{search}/correlations.feather",
    log:
        "<logs>/evaluate/evaluate_search/{search}.log",
    benchmark:
        "<benchmarks>/evaluate/evaluate_search/{search}.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, black_box=2, networks=10),
        runtime=scale_with_inputs(10),
    params:
        settings=search_evaluation_settings,
    shell:
        r"""
        python {input.program:q} \
            --black-box {input.black_box:q} \
            --choices {input.choices:q} \
            --networks {input.networks:q} \
            --events {input.events:q} \
            --tables {input.tables:q} \
            --efps {input.efps:q} \
            --settings {params.settings:q} \
            --passes {output.passes:q} \
            --test-events {output.events:q} \
            --histograms {output.histograms:q} \
            --correlations {output.correlations:q} \
            &>{log:q}
        """


def explored_candidates():
    """Return the tables of candidates of all searches."""
    return expand("<results>/search/{search}/candidates.feather", search=SEARCHES)


def of_all_searches(collect):
    """Return an input function: all that another one returns for the searches."""

    def collect_all(wildcards):
        files = [collect(SimpleNamespace(search=search)) for search in SEARCHES]
        return list(dict.fromkeys(chain(*files)))

    return collect_all


def candidates_of_passes(wildcards):
    """Return the tables of candidates of all passes of a search."""
    passes = range(1, SEARCHES[wildcards.search]["passes"] + 1)
    return [path for number in passes for path in candidates_of(wildcards.search, number)]


def tabulated_searches_settings(wildcards):
    """Return the settings of tabulate_candidates: of each search what chose, and how many tables there are."""
    keys = ("method", "black_box", "split", "events", "passes")
    return as_settings(
        searches=[
            {"search": name, **{key: settings[key] for key in keys}, "parts": number_of_parts_of(name)}
            for name, settings in SEARCHES.items()
        ]
    )


def most_choosing_events(amount, factor):
    """Return an amount of `scale_with_inputs`: the largest `per_choosing_event` of the searches."""
    count = per_choosing_event(amount, factor)
    return lambda wildcards: max(count(SimpleNamespace(search=search)) for search in SEARCHES)


rule tabulate_candidates:
    """Compute AUC and rank correlation with what was chosen of every candidate of the searches."""
    input:
        program="workflow/scripts/evaluate/tabulate_candidates.py",
        library=library_of("evaluate/tabulate_candidates.py"),
        candidates=of_all_searches(candidates_of_passes),
        choices=of_all_searches(choices_of_passes),
        graphs=of_all_searches(where_efps_are_candidates(paths.GRAPHS)),
        events=of_all_searches(choosing_tables),
        efps=of_all_searches(choosing_efps),
    output:
        candidates=explored_candidates(),
    log:
        "<logs>/evaluate/tabulate_candidates.log",
    benchmark:
        "<benchmarks>/evaluate/tabulate_candidates.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        # Up to 500 candidates are ranked at once.
        mem_mb=scale_with_inputs(most_choosing_events(900, 0.02)),
        runtime=scale_with_inputs(most_choosing_events(15, 0.0005)),
    params:
        settings=tabulated_searches_settings,
    shell:
        r"""
        python {input.program:q} \
            --candidates {input.candidates:q} \
            --choices {input.choices:q} \
            --graphs {input.graphs:q} \
            --events {input.events:q} \
            --efps {input.efps:q} \
            --settings {params.settings:q} \
            --output {output.candidates:q} \
            &>{log:q}
        """


def explored_classifiers():
    """Return the classifiers whose scores the explorer has, sorted."""
    return sorted(config["figures"]["explorer"]["classifiers"] or curves_drawn())


def explored_events():
    """Return the table of sampled events, none where there are no classifiers."""
    return ["<results>/evaluate/sampled_events.feather"] if explored_classifiers() else []


def first_scores(wildcards):
    """Return the scores of the first run of every classifier of the explorer."""
    classifiers = [ALL_CLASSIFIERS[name] for name in explored_classifiers()]
    return [classifier.file(classifier.runs[0], "scores.feather") for classifier in classifiers]


def sample_settings(wildcards):
    """Return the settings of sample_events: classifiers, grids, and how many events."""
    return as_settings(
        scores=explored_classifiers(),
        grids=[*map(grid_settings, LAYOUT.calorimeters)],
        events=config["figures"]["explorer"]["events"],
    )


rule sample_events:
    """Sample test events with their scores and cells, for the explorer."""
    input:
        program="workflow/scripts/evaluate/sample_events.py",
        library=library_of("evaluate/sample_events.py"),
        scores=first_scores,
        cells=paths.cell_tables(LAYOUT.calorimeters, ["test"]),
    output:
        events="<results>/evaluate/sampled_events.feather",
    log:
        "<logs>/evaluate/sample_events.log",
    benchmark:
        "<benchmarks>/evaluate/sample_events.jsonl"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, scores=4, cells=1),
        runtime=scale_with_inputs(10),
    params:
        settings=sample_settings,
    shell:
        r"""
        python {input.program:q} \
            --scores {input.scores:q} \
            --cells {input.cells:q} \
            --settings {params.settings:q} \
            --output {output.events:q} \
            &>{log:q}
        """
