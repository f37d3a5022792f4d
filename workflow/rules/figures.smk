"""Figures stage: drawings and printed tables of what the other stages computed, the gallery, and the report."""

from leptonid.internals.snakemake import report_entries
from leptonid.study.classifiers import differences_of_base, feature_set_of, search_name
from leptonid.study.features import EFPS, GROUP, SCALAR_GROUP, parse_inputs
from leptonid.study.published import published_table
from leptonid.study.scalars import SCALARS
from leptonid.study.titles import base_text, change_title, inputs_title, scalar_title

CURVES = curves_drawn()
FLAT_CLASSIFIERS = [name for name in TRAINED_CLASSIFIERS if not has_images(ALL_CLASSIFIERS[name], LAYOUT)]
NETWORK_RUNS = split_runs(ALL_CLASSIFIERS, NETWORKS)


def published_tables():
    """Return the published table of each search that has one, by search, if the config wants them shown."""
    tables = {
        search: published_table(
            ALL_CLASSIFIERS[search_name(search)],
            ALL_CLASSIFIERS[settings["black_box"]],
            config["efp"],
            LAYOUT,
        )
        for search, settings in SEARCHES.items()
        if config["figures"]["published"]
    }
    return {search: name for search, name in tables.items() if name}


PUBLISHED_SEARCHES = published_tables()
# What published results were measured on.
PUBLISHED_EVENTS = LAYOUT.published_events or "their publication"


def has_several_inputs(name):
    """Return whether a network has more than one image or variable."""
    first, *others = parse_inputs(ALL_CLASSIFIERS[name].inputs, LAYOUT.contents)
    several = (
        first.kind in (EFPS, SCALAR_GROUP)
        or first.kind == GROUP
        and len(LAYOUT.groups[first.name].variables) > 1
    )
    return bool(others) or several


# The figures that figures.plots of the config can name, and their files.
PLOTS = {
    "roc": ["roc", "rejection", "precision_recall"],
    "images": [f"{name}_{kind}" for name in LAYOUT.calorimeters for kind in ("mean", "single")],
    "variables": ["variables"] if LAYOUT.variables else [],
    "learning_curves": ["learning_curves"],
    "calibration": ["calibration"],
    "confusion": ["confusion"],
    "auc_bins": ["auc_bins"],
    "working_points": ["working_points"],
    "overtraining": ["overtraining"],
    "comparisons": ["comparisons", "ado"],
    "search": [
        f"{figure}_{search}"
        for figure in ("search", "search_table", "search_observables", "search_correlations")
        for search in SEARCHES
    ],
    "baselines": ["baselines"] if BASELINE_CLASSIFIERS else [],
    "saliency": [
        f"saliency_{name}" for name in sorted(NETWORKS) if has_images(ALL_CLASSIFIERS[name], LAYOUT)
    ],
    "filters": [
        f"filters_{name}" for name in sorted(NETWORKS) if ALL_CLASSIFIERS[name].settings["kind"] == "efn"
    ],
    "importance": [f"importance_{name}" for name in sorted(NETWORKS) if has_several_inputs(name)],
    "explorer": [],  # a page, not a figure
}


def figure_files():
    """Return the figures and printed tables that the config asks for."""
    plots = config["figures"]["plots"]
    unknown = sorted(set(plots) - set(PLOTS))
    if unknown:
        raise WorkflowError(f"figures.plots: unknown plot {unknown[0]}; known are: {', '.join(PLOTS)}")
    return [
        *(paths.SUMMARY, paths.REPORT_TEXT),
        *(path for plot in plots for name in PLOTS[plot] for path in paths.figure(name)),
        *(path for name in ("auc", "metrics", "comparisons") for path in paths.table(name)),
        *(
            path
            for name in ("roc", "auc_bins", "working_points", "calibration", "confusion", "overtraining")
            for path in paths.table(name, ["csv"])
        ),
        *(paths.table("variations") if VARIED else []),
        *(
            [*paths.table("learning_curve", ["csv"]), *paths.figure("learning_curve")]
            if LEARNING_CURVE
            else []
        ),
        *(path for search in SEARCHES for path in paths.table(f"search_{search}", ["md", "tex"])),
        *(f"<results>/search/{search}/passes.csv" for search in SEARCHES),
        *(path for search in PUBLISHED_SEARCHES for path in paths.table(f"published_search_{search}")),
        *(
            [f"<results>/figures/{name}.html" for name in ("explorer", "explorer_small")]
            if IS_EXPLORED
            else []
        ),
    ]


rule figures:
    """All figures and printed tables."""
    input:
        figure_files(),
    localrule: True


def published_file(wildcards):
    """Return the file of published AUCs, if there is one and the config wants it shown."""
    shown = config["figures"]["published"] and LAYOUT.published_auc
    return [LAYOUT.published_auc] if shown else []


def published_settings(names, **others):
    """Return the settings of programs that show published AUCs beside those of some classifiers."""
    return as_settings(
        classifiers=entries(ALL_CLASSIFIERS, names, LAYOUT),
        published_events=PUBLISHED_EVENTS,
        **others,
    )


def roc_figure_settings(wildcards):
    """Return the settings of plot_roc."""
    return published_settings(CURVES, reference=config["figures"]["reference"])


rule plot_roc:
    """Draw ROC curves, background rejection and precision-recall curves, and print their points."""
    input:
        program="workflow/scripts/figures/plot_roc.py",
        library=library_of("figures/plot_roc.py"),
        curves="<results>/evaluate/roc.feather",
        auc="<results>/evaluate/auc.feather",
        published=published_file,
        sample=paths.SAMPLE,
    output:
        roc=report(
            "<results>/figures/roc.png",
            caption=caption("roc.rst"),
            category="Comparison",
            labels={"figure": "ROC curves"},
        ),
        roc_pdf="<results>/figures/roc.pdf",
        # For the documentation, like that of the passes of a search.
        roc_svg="<results>/figures/roc.svg",
        rejection=report(
            "<results>/figures/rejection.png",
            caption=caption("rejection.rst"),
            category="Comparison",
            labels={"figure": "Background rejection"},
        ),
        rejection_pdf="<results>/figures/rejection.pdf",
        precision=report(
            "<results>/figures/precision_recall.png",
            caption=caption("precision_recall.rst"),
            category="Comparison",
            labels={"figure": "Precision and recall"},
        ),
        precision_pdf="<results>/figures/precision_recall.pdf",
        csv="<results>/tables/roc.csv",
    log:
        "<logs>/figures/plot_roc.log",
    benchmark:
        "<benchmarks>/figures/plot_roc.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=roc_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --curves {input.curves:q} \
            --auc {input.auc:q} \
            --published {input.published:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --roc {output.roc:q} {output.roc_pdf:q} {output.roc_svg:q} \
            --rejection {output.rejection:q} {output.rejection_pdf:q} \
            --precision {output.precision:q} {output.precision_pdf:q} \
            --csv {output.csv:q} \
            &>{log:q}
        """


def auc_table_settings(wildcards):
    """Return the settings of tabulate_auc."""
    return published_settings(ALL_CLASSIFIERS)


rule tabulate_auc:
    """Print the AUC of every classifier with its uncertainties, beside published values."""
    input:
        program="workflow/scripts/figures/tabulate_auc.py",
        library=library_of("figures/tabulate_auc.py"),
        auc="<results>/evaluate/auc.feather",
        published=published_file,
        sample=paths.SAMPLE,
    output:
        csv=report(
            "<results>/tables/auc.csv",
            caption=caption("auc.rst"),
            category="Comparison",
            labels={"figure": "Table of AUCs"},
        ),
        markdown="<results>/tables/auc.md",
        latex="<results>/tables/auc.tex",
    log:
        "<logs>/figures/tabulate_auc.log",
    benchmark:
        "<benchmarks>/figures/tabulate_auc.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=auc_table_settings,
    shell:
        r"""
        python {input.program:q} \
            --auc {input.auc:q} \
            --published {input.published:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            &>{log:q}
        """


def classifier_settings(wildcards):
    """Return the titles and lines of all classifiers."""
    return as_settings(classifiers=entries(ALL_CLASSIFIERS, ALL_CLASSIFIERS, LAYOUT))


rule tabulate_metrics:
    """Print metrics, working points, AUCs in bins, calibration, confusion and over-training of every classifier."""
    input:
        program="workflow/scripts/figures/tabulate_metrics.py",
        library=library_of("figures/tabulate_metrics.py"),
        metrics="<results>/evaluate/metrics.feather",
        auc_bins="<results>/evaluate/auc_bins.feather",
        working_points="<results>/evaluate/working_points.feather",
        calibration="<results>/evaluate/calibration.feather",
        confusion="<results>/evaluate/confusion.feather",
        overtraining="<results>/evaluate/overtraining.feather",
        sample=paths.SAMPLE,
    output:
        csv=report(
            "<results>/tables/metrics.csv",
            caption=caption("metrics.rst"),
            category="Comparison",
            labels={"figure": "Table of metrics"},
        ),
        markdown="<results>/tables/metrics.md",
        latex="<results>/tables/metrics.tex",
        auc_bins="<results>/tables/auc_bins.csv",
        working_points=report(
            "<results>/tables/working_points.csv",
            caption=caption("working_points.rst"),
            category="Comparison",
            labels={"figure": "Table of working points"},
        ),
        calibration="<results>/tables/calibration.csv",
        confusion="<results>/tables/confusion.csv",
        overtraining="<results>/tables/overtraining.csv",
    log:
        "<logs>/figures/tabulate_metrics.log",
    benchmark:
        "<benchmarks>/figures/tabulate_metrics.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=classifier_settings,
    shell:
        r"""
        python {input.program:q} \
            --metrics-table {input.metrics:q} \
            --auc-bins-table {input.auc_bins:q} \
            --working-points-table {input.working_points:q} \
            --calibration-table {input.calibration:q} \
            --confusion-table {input.confusion:q} \
            --overtraining-table {input.overtraining:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            --auc-bins {output.auc_bins:q} \
            --working-points {output.working_points:q} \
            --calibration {output.calibration:q} \
            --confusion {output.confusion:q} \
            --overtraining {output.overtraining:q} \
            &>{log:q}
        """


def metrics_figure_settings(wildcards):
    """Return the settings of plot_metrics: titles of classifiers and classes, and which are drawn in bins."""
    return as_settings(
        classifiers=entries(ALL_CLASSIFIERS, ALL_CLASSIFIERS, LAYOUT), classes=class_settings(), curves=CURVES
    )


rule plot_metrics:
    """Draw calibration, confusion, AUCs and efficiencies in bins, and training against test scores."""
    input:
        program="workflow/scripts/figures/plot_metrics.py",
        library=library_of("figures/plot_metrics.py"),
        metrics="<results>/evaluate/metrics.feather",
        auc_bins="<results>/evaluate/auc_bins.feather",
        working_points="<results>/evaluate/working_points.feather",
        calibration="<results>/evaluate/calibration.feather",
        confusion="<results>/evaluate/confusion.feather",
        overtraining="<results>/evaluate/overtraining.feather",
        score_histograms="<results>/evaluate/score_histograms.feather",
        sample=paths.SAMPLE,
    output:
        calibration=report(
            "<results>/figures/calibration.png",
            caption=caption("calibration.rst"),
            category="Comparison",
            labels={"figure": "Calibration"},
        ),
        calibration_pdf="<results>/figures/calibration.pdf",
        confusion=report(
            "<results>/figures/confusion.png",
            caption=caption("confusion.rst"),
            category="Comparison",
            labels={"figure": "Confusion matrices"},
        ),
        confusion_pdf="<results>/figures/confusion.pdf",
        auc_bins=report(
            "<results>/figures/auc_bins.png",
            caption=caption("auc_bins.rst"),
            category="Comparison",
            labels={"figure": "AUC in bins"},
        ),
        auc_bins_pdf="<results>/figures/auc_bins.pdf",
        working_points=report(
            "<results>/figures/working_points.png",
            caption=caption("working_points.rst"),
            category="Comparison",
            labels={"figure": "Efficiency and rejection in bins"},
        ),
        working_points_pdf="<results>/figures/working_points.pdf",
        overtraining=report(
            "<results>/figures/overtraining.png",
            caption=caption("overtraining.rst"),
            category="Training",
            labels={"figure": "Training and test scores"},
        ),
        overtraining_pdf="<results>/figures/overtraining.pdf",
    log:
        "<logs>/figures/plot_metrics.log",
    benchmark:
        "<benchmarks>/figures/plot_metrics.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=metrics_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --metrics-table {input.metrics:q} \
            --auc-bins-table {input.auc_bins:q} \
            --working-points-table {input.working_points:q} \
            --calibration-table {input.calibration:q} \
            --confusion-table {input.confusion:q} \
            --overtraining-table {input.overtraining:q} \
            --score-histograms-table {input.score_histograms:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --calibration {output.calibration:q} {output.calibration_pdf:q} \
            --confusion {output.confusion:q} {output.confusion_pdf:q} \
            --auc-bins {output.auc_bins:q} {output.auc_bins_pdf:q} \
            --working-points {output.working_points:q} {output.working_points_pdf:q} \
            --overtraining {output.overtraining:q} {output.overtraining_pdf:q} \
            &>{log:q}
        """


rule tabulate_comparisons:
    """Print and draw the comparisons of all pairs of classifiers."""
    input:
        program="workflow/scripts/figures/tabulate_comparisons.py",
        library=library_of("figures/tabulate_comparisons.py"),
        comparisons="<results>/evaluate/comparisons.feather",
        sample=paths.SAMPLE,
    output:
        csv=report(
            "<results>/tables/comparisons.csv",
            caption=caption("comparisons.rst"),
            category="Comparison",
            labels={"figure": "Table of pairs"},
        ),
        markdown="<results>/tables/comparisons.md",
        latex="<results>/tables/comparisons.tex",
        figure=report(
            "<results>/figures/comparisons.png",
            caption=caption("comparisons.rst"),
            category="Comparison",
            labels={"figure": "Pairs"},
        ),
        figure_pdf="<results>/figures/comparisons.pdf",
        ado=report(
            "<results>/figures/ado.png",
            caption=caption("ado.rst"),
            category="Comparison",
            labels={"figure": "ADO of pairs"},
        ),
        ado_pdf="<results>/figures/ado.pdf",
    log:
        "<logs>/figures/tabulate_comparisons.log",
    benchmark:
        "<benchmarks>/figures/tabulate_comparisons.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=classifier_settings,
    shell:
        r"""
        python {input.program:q} \
            --comparisons {input.comparisons:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            --figure {output.figure:q} {output.figure_pdf:q} \
            --ado {output.ado:q} {output.ado_pdf:q} \
            &>{log:q}
        """


def variations_settings(wildcards):
    """Return the settings of tabulate_variations: the changes in words."""
    return as_settings(changes=[[name, change_title(change)] for name, change in CHANGES.items()])


rule tabulate_variations:
    """Print how AUC and efficiencies of classifiers move when the cells of the test events change."""
    input:
        program="workflow/scripts/figures/tabulate_variations.py",
        library=library_of("figures/tabulate_variations.py"),
        variations="<results>/evaluate/variations.feather",
        sample=paths.SAMPLE,
    output:
        csv=report(
            "<results>/tables/variations.csv",
            caption=caption("variations.rst"),
            category="Comparison",
            labels={"figure": "Table of changed cells"},
        ),
        markdown="<results>/tables/variations.md",
        latex="<results>/tables/variations.tex",
    log:
        "<logs>/figures/tabulate_variations.log",
    benchmark:
        "<benchmarks>/figures/tabulate_variations.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=variations_settings,
    shell:
        r"""
        python {input.program:q} \
            --variations {input.variations:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            &>{log:q}
        """


def learning_curve_figure_settings(wildcards):
    """Return the settings of plot_learning_curve: titles and lines of its classifiers."""
    names = list(dict.fromkeys(name for name, _, _ in LEARNING_CURVE))
    return as_settings(classifiers=entries(ALL_CLASSIFIERS, names, LAYOUT))


rule plot_learning_curve:
    """Draw and print AUCs against the number of training events, and where they end."""
    input:
        program="workflow/scripts/figures/plot_learning_curve.py",
        library=library_of("figures/plot_learning_curve.py"),
        points="<results>/evaluate/learning_curve.feather",
        sample=paths.SAMPLE,
    output:
        figure=report(
            "<results>/figures/learning_curve.png",
            caption=caption("learning_curve.rst"),
            category="Training",
            labels={"figure": "AUC and training events"},
        ),
        figure_pdf="<results>/figures/learning_curve.pdf",
        csv="<results>/tables/learning_curve.csv",
    log:
        "<logs>/figures/plot_learning_curve.log",
    benchmark:
        "<benchmarks>/figures/plot_learning_curve.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=learning_curve_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --points {input.points:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.figure:q} {output.figure_pdf:q} \
            --csv {output.csv:q} \
            &>{log:q}
        """


def search_titles(search):
    """Return what figures call base and black box of a search, its calorimeters and tables, and what is no EFP.

    Also what they say of the network of pass 0.
    """
    settings = SEARCHES[search]
    features = feature_set_of(config["train"]["features"], settings["base"])
    differences = differences_of_base(settings, config["train"], LAYOUT) if features else {}
    variables = {name: (variable.title, variable.unit) for name, variable in LAYOUT.variables.items()}
    scalars = {f"{name}/{scalar}": SCALARS[scalar] for name in LAYOUT.calorimeters for scalar in SCALARS}
    own = own_tables(settings["candidates"])
    return {
        "base": inputs_title(settings["base"], LAYOUT),
        "pass_0": base_text(features, differences),
        "black_box": ALL_CLASSIFIERS[settings["black_box"]].title,
        "calorimeters": {
            **{name: LAYOUT.image_of(name).title for name in LAYOUT.calorimeters},
            **{name: name for name in own},
        },
        "observables": {
            name: {"title": title, "unit": unit} for name, (title, unit) in {**variables, **scalars}.items()
        },
    }


def search_table_settings(wildcards):
    """Return the settings of tabulate_search."""
    return as_settings(titles=search_titles(wildcards.search))


rule tabulate_search:
    """Print and draw the passes of a search in the form of the tables of the papers."""
    input:
        program="workflow/scripts/figures/tabulate_search.py",
        library=library_of("figures/tabulate_search.py"),
        passes="<results>/search/{search}/passes.feather",
        graphs=where_efps_are_candidates(paths.GRAPHS),
        drawings=where_efps_are_candidates("<results>/efp/drawings/drawings.txt"),
        sample=paths.SAMPLE,
    output:
        csv="<results>/search/{search}/passes.csv",
        markdown="<results>/tables/search_{search}.md",
        latex="<results>/tables/search_{search}.tex",
        figure=report(
            "<results>/figures/search_table_{search}.png",
            caption=caption("search_table.rst"),
            category="Search",
            labels={"figure": "Chosen observables, {search}"},
        ),
        figure_pdf="<results>/figures/search_table_{search}.pdf",
    log:
        "<logs>/figures/tabulate_search/{search}.log",
    benchmark:
        "<benchmarks>/figures/tabulate_search/{search}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=search_table_settings,
    shell:
        r"""
        python {input.program:q} \
            --passes {input.passes:q} \
            --graphs {input.graphs:q} \
            --drawings {input.drawings:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            --figure {output.figure:q} {output.figure_pdf:q} \
            &>{log:q}
        """


def published_search_settings(wildcards):
    """Return the settings of tabulate_published_search."""
    return as_settings(
        titles=search_titles(wildcards.search),
        table=PUBLISHED_SEARCHES[wildcards.search],
        published_events=PUBLISHED_EVENTS,
    )


rule tabulate_published_search:
    """Print the passes of a search beside those of a published one with the same base and candidates."""
    input:
        program="workflow/scripts/figures/tabulate_published_search.py",
        library=library_of("figures/tabulate_published_search.py"),
        passes="<results>/search/{search}/passes.feather",
        published=lambda wildcards: LAYOUT.published_searches.path,
        sample=paths.SAMPLE,
    output:
        csv=report(
            "<results>/tables/published_search_{search}.csv",
            caption=caption("published_search.rst"),
            category="Search",
            labels={"figure": "Published passes, {search}"},
        ),
        markdown="<results>/tables/published_search_{search}.md",
        latex="<results>/tables/published_search_{search}.tex",
    log:
        "<logs>/figures/tabulate_published_search/{search}.log",
    benchmark:
        "<benchmarks>/figures/tabulate_published_search/{search}.jsonl"
    wildcard_constraints:
        search=any_of(PUBLISHED_SEARCHES),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=published_search_settings,
    shell:
        r"""
        python {input.program:q} \
            --passes {input.passes:q} \
            --published {input.published:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            &>{log:q}
        """


def search_figure_settings(wildcards):
    """Return the settings of plot_search: titles of the search, of the variables, and of the classes."""
    return as_settings(
        titles=search_titles(wildcards.search),
        variables=[{"name": name, "title": variable.title} for name, variable in LAYOUT.variables.items()],
        classes=class_settings(),
    )


rule plot_search:
    """Draw AUC and ADO of a search by pass, and distributions and correlations of its observables."""
    input:
        program="workflow/scripts/figures/plot_search.py",
        library=library_of("figures/plot_search.py"),
        passes="<results>/search/{search}/passes.feather",
        histograms="<results>/search/{search}/histograms.feather",
        correlations="<results>/search/{search}/correlations.feather",
        graphs=where_efps_are_candidates(paths.GRAPHS),
        sample=paths.SAMPLE,
    output:
        passes=report(
            "<results>/figures/search_{search}.png",
            caption=caption("search_passes.rst"),
            category="Search",
            labels={"figure": "AUC and ADO against pass, {search}"},
        ),
        passes_pdf="<results>/figures/search_{search}.pdf",
        passes_svg="<results>/figures/search_{search}.svg",
        observables=report(
            "<results>/figures/search_observables_{search}.png",
            caption=caption("search_observables.rst"),
            category="Search",
            labels={"figure": "Distributions of the chosen observables, {search}"},
        ),
        observables_pdf="<results>/figures/search_observables_{search}.pdf",
        correlations=report(
            "<results>/figures/search_correlations_{search}.png",
            caption=caption("search_correlations.rst"),
            category="Search",
            labels={"figure": "Correlations of the chosen observables, {search}"},
        ),
        correlations_pdf="<results>/figures/search_correlations_{search}.pdf",
    log:
        "<logs>/figures/plot_search/{search}.log",
    benchmark:
        "<benchmarks>/figures/plot_search/{search}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=search_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --passes {input.passes:q} \
            --histograms {input.histograms:q} \
            --correlation-table {input.correlations:q} \
            --graphs {input.graphs:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --passes-figure {output.passes:q} {output.passes_pdf:q} {output.passes_svg:q} \
            --distributions {output.observables:q} {output.observables_pdf:q} \
            --correlations {output.correlations:q} {output.correlations_pdf:q} \
            &>{log:q}
        """


def baseline_figure_settings(wildcards):
    """Return the settings of plot_baselines: the baselines, and the networks without images."""
    return as_settings(classifiers=entries(ALL_CLASSIFIERS, FLAT_CLASSIFIERS, LAYOUT))


rule plot_baselines:
    """Draw the AUCs of networks beside those of the baselines with the same inputs."""
    input:
        program="workflow/scripts/figures/plot_baselines.py",
        library=library_of("figures/plot_baselines.py"),
        auc="<results>/evaluate/auc.feather",
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/figures/baselines.png",
            caption=caption("baselines.rst"),
            category="Comparison",
            labels={"figure": "Networks and baselines"},
        ),
        pdf="<results>/figures/baselines.pdf",
    log:
        "<logs>/figures/plot_baselines.log",
    benchmark:
        "<benchmarks>/figures/plot_baselines.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=baseline_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --auc {input.auc:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


def image_words(image):
    """Return the grid, the title and the energy unit (null: that of the sample) of an image."""
    return {"grid": vars(image.grid), "title": image.title, "energy_unit": image.energy_unit}


def image_figure_settings(wildcards):
    """Return the settings of plot_images."""
    return as_settings(
        **image_words(LAYOUT.image_of(wildcards.calorimeter)),
        classes=class_settings(),
        single_events=config["figures"]["single_events"],
    )


rule plot_images:
    """Draw images of one calorimeter: the mean of each class, and single events."""
    input:
        program="workflow/scripts/figures/plot_images.py",
        library=library_of("figures/plot_images.py"),
        means="<results>/evaluate/images/{calorimeter}.feather",
        events="<results>/data/train.feather",
        cells="<results>/data/cells/{calorimeter}/train.feather",
        sample=paths.SAMPLE,
    output:
        mean=report(
            "<results>/figures/{calorimeter}_mean.png",
            caption=caption("images_mean.rst"),
            category="Data",
            labels={"figure": "Mean images, {calorimeter}"},
        ),
        mean_pdf="<results>/figures/{calorimeter}_mean.pdf",
        single=report(
            "<results>/figures/{calorimeter}_single.png",
            caption=caption("images_single.rst"),
            category="Data",
            labels={"figure": "Single events, {calorimeter}"},
        ),
        single_pdf="<results>/figures/{calorimeter}_single.pdf",
    log:
        "<logs>/figures/plot_images/{calorimeter}.log",
    benchmark:
        "<benchmarks>/figures/plot_images/{calorimeter}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, events=1),
        runtime=scale_with_inputs(10),
    params:
        settings=image_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --means {input.means:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --mean {output.mean:q} {output.mean_pdf:q} \
            --single {output.single:q} {output.single_pdf:q} \
            &>{log:q}
        """


def variable_figure_settings(wildcards):
    """Return the settings of plot_variables: title, unit and scale of every variable, titles of the classes."""
    words = ("name", "title", "unit", "log")
    variables = [{key: getattr(variable, key) for key in words} for variable in LAYOUT.variables.values()]
    return as_settings(variables=variables, classes=class_settings())


rule plot_variables:
    """Draw the distributions of the variables in signal and background."""
    input:
        program="workflow/scripts/figures/plot_variables.py",
        library=library_of("figures/plot_variables.py"),
        histograms="<results>/evaluate/variables.feather",
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/figures/variables.png",
            caption=caption("variables.rst"),
            category="Data",
            labels={"figure": "Variables"},
        ),
        pdf="<results>/figures/variables.pdf",
    log:
        "<logs>/figures/plot_variables.log",
    benchmark:
        "<benchmarks>/figures/plot_variables.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=variable_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --histograms {input.histograms:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


def history_settings(wildcards):
    """Return the settings of plot_history: titles of the networks, and the network of each history."""
    return as_settings(
        classifiers=entries(ALL_CLASSIFIERS, NETWORKS, LAYOUT), trainings=[name for name, _ in NETWORK_RUNS]
    )


rule plot_history:
    """Draw loss and AUC against epoch for every training of a network."""
    input:
        program="workflow/scripts/figures/plot_history.py",
        library=library_of("figures/plot_history.py"),
        histories=training_files(ALL_CLASSIFIERS, NETWORK_RUNS, "history.csv"),
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/figures/learning_curves.png",
            caption=caption("learning_curves.rst"),
            category="Training",
            labels={"figure": "Learning curves"},
        ),
        pdf="<results>/figures/learning_curves.pdf",
    log:
        "<logs>/figures/plot_history.log",
    benchmark:
        "<benchmarks>/figures/plot_history.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=history_settings,
    shell:
        r"""
        python {input.program:q} \
            --histories {input.histories:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


def title_settings(wildcards):
    """Return the title of a classifier."""
    return as_settings(title=ALL_CLASSIFIERS[wildcards.classifier].title)


rule plot_tuning:
    """Draw the tuning of a network: its trials in order, and against every hyperparameter."""
    input:
        program="workflow/scripts/figures/plot_tuning.py",
        library=library_of("figures/plot_tuning.py"),
        trials="<results>/train/tuning/{classifier}/trials.csv",
        parameters="<results>/train/tuning/{classifier}/parameters.csv",
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/figures/tuning_{classifier}.png",
            caption=caption("tuning.rst"),
            category="Tuning",
            labels={"figure": "Tuning, {classifier}"},
        ),
        pdf="<results>/figures/tuning_{classifier}.pdf",
    log:
        "<logs>/figures/plot_tuning/{classifier}.log",
    benchmark:
        "<benchmarks>/figures/plot_tuning/{classifier}.jsonl"
    wildcard_constraints:
        classifier=any_of(NETWORKS),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=title_settings,
    shell:
        r"""
        python {input.program:q} \
            --trials {input.trials:q} \
            --parameters {input.parameters:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


def file_of_first_run(name):
    """Return an input function: this file of the first run of a classifier."""

    def path(wildcards):
        classifier = ALL_CLASSIFIERS[wildcards.classifier]
        return classifier.file(classifier.runs[0], name)

    return path


def map_settings(wildcards):
    """Return the settings of plot_maps: titles of the network and of the classes, and its images."""
    classifier = ALL_CLASSIFIERS[wildcards.classifier]
    names = images_of(classifier.inputs, LAYOUT.contents)
    return as_settings(
        title=classifier.title,
        images={name: image_words(LAYOUT.images[name]) for name in names},
        classes=class_settings(),
    )


rule plot_maps:
    """Draw saliency and occlusion maps of one image network, for signal and background."""
    input:
        program="workflow/scripts/figures/plot_maps.py",
        library=library_of("figures/plot_maps.py"),
        maps=file_of_first_run("maps.feather"),
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/figures/saliency_{classifier}.png",
            caption=caption("saliency.rst"),
            category="Explanation",
            labels={"figure": "Saliency and occlusion, {classifier}"},
        ),
        pdf="<results>/figures/saliency_{classifier}.pdf",
    log:
        "<logs>/figures/plot_maps/{classifier}.log",
    benchmark:
        "<benchmarks>/figures/plot_maps/{classifier}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=map_settings,
    shell:
        r"""
        python {input.program:q} \
            --maps {input.maps:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


def filter_figure_settings(wildcards):
    """Return the settings of plot_filters: the title of the network, grids and titles of its images."""
    classifier = ALL_CLASSIFIERS[wildcards.classifier]
    images = {}
    for name in images_of(classifier.inputs, LAYOUT.contents):
        words = image_words(LAYOUT.images[name])
        images[name] = {key: words[key] for key in ("grid", "title")}
    return as_settings(title=classifier.title, images=images)


rule plot_filters:
    """Draw the filters of an Energy Flow Network over the plane of each image."""
    input:
        program="workflow/scripts/figures/plot_filters.py",
        library=library_of("figures/plot_filters.py"),
        filters=file_of_first_run("filters.feather"),
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/figures/filters_{classifier}.png",
            caption=caption("filters.rst"),
            category="Explanation",
            labels={"figure": "Filters, {classifier}"},
        ),
        pdf="<results>/figures/filters_{classifier}.pdf",
    log:
        "<logs>/figures/plot_filters/{classifier}.log",
    benchmark:
        "<benchmarks>/figures/plot_filters/{classifier}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=filter_figure_settings,
    shell:
        r"""
        python {input.program:q} \
            --filters {input.filters:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


def importance_settings(wildcards):
    """Return the settings of plot_importance: titles of the network and of its inputs."""
    classifier = ALL_CLASSIFIERS[wildcards.classifier]
    images = images_of(classifier.inputs, LAYOUT.contents)
    variables = contents_of(classifier.inputs, LAYOUT.contents).variable_names
    calorimeters = calorimeters_of_efps(classifier.inputs, LAYOUT.contents)
    return as_settings(
        title=classifier.title,
        titles={
            **{name: f"{LAYOUT.images[name].title} image" for name in images},
            **{name: LAYOUT.variables[name].title for name in variables},
            **{
                f"{name}/{scalar}": scalar_title(LAYOUT.image_of(name).title, scalar)
                for name in LAYOUT.calorimeters
                for scalar in SCALARS
            },
        },
        calorimeters={name: LAYOUT.image_of(name).title for name in calorimeters},
    )


rule plot_importance:
    """Draw the permutation importance of the inputs of one network."""
    input:
        program="workflow/scripts/figures/plot_importance.py",
        library=library_of("figures/plot_importance.py"),
        importance=file_of_first_run("importance.csv"),
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/figures/importance_{classifier}.png",
            caption=caption("importance.rst"),
            category="Explanation",
            labels={"figure": "Permutation importance, {classifier}"},
        ),
        pdf="<results>/figures/importance_{classifier}.pdf",
    log:
        "<logs>/figures/plot_importance/{classifier}.log",
    benchmark:
        "<benchmarks>/figures/plot_importance/{classifier}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=importance_settings,
    shell:
        r"""
        python {input.program:q} \
            --importance {input.importance:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


def summary_settings(wildcards):
    """Return the settings of write_summary."""
    return as_settings(
        classifiers=entries(ALL_CLASSIFIERS, ALL_CLASSIFIERS, LAYOUT),
        reference=config["figures"]["reference"],
        classes=class_settings(),
        searches=[search_titles(search) for search in SEARCHES],
    )


rule write_summary:
    """Write the result of the study in a few sentences, for people and for the first page of the report."""
    input:
        program="workflow/scripts/figures/write_summary.py",
        library=library_of("figures/write_summary.py"),
        auc="<results>/evaluate/auc.feather",
        comparisons="<results>/evaluate/comparisons.feather",
        passes=[f"<results>/search/{search}/passes.feather" for search in SEARCHES],
        drawings=of_all_searches(where_efps_are_candidates("<results>/efp/drawings/drawings.txt")),
        description=caption("workflow.rst", "workflow/report"),
        sample=paths.SAMPLE,
    output:
        markdown=paths.SUMMARY,
        report=paths.REPORT_TEXT,
    log:
        "<logs>/figures/write_summary.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    params:
        settings=summary_settings,
    shell:
        r"""
        python {input.program:q} \
            --auc {input.auc:q} \
            --comparisons {input.comparisons:q} \
            --passes {input.passes:q} \
            --drawings {input.drawings:q} \
            --description {input.description:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --markdown {output.markdown:q} \
            --report {output.report:q} \
            &>{log:q}
        """


def auc_where_explored(wildcards):
    """Return the table of AUCs, where there are classifiers to explore."""
    return ["<results>/evaluate/auc.feather"] if explored_classifiers() else []


def explorer_settings(wildcards):
    """Return the settings of build_explorer: titles of searches, classifiers, images and classes."""
    classifiers = {
        name: {
            "title": ALL_CLASSIFIERS[name].title,
            "only_images": set(ALL_CLASSIFIERS[name].inputs) <= set(LAYOUT.images),
        }
        for name in explored_classifiers()
    }
    return as_settings(
        searches=[*map(search_titles, SEARCHES)],
        classifiers=classifiers,
        images=[*map(image_words, map(LAYOUT.image_of, LAYOUT.calorimeters))],
        classes=class_settings(),
        reference=config["figures"]["reference"],
        threshold=config["figures"]["threshold"],
    )


rule build_explorer:
    """Build the explorer, a page to look at candidates of searches and at test events."""
    input:
        program="workflow/scripts/figures/build_explorer.py",
        library=library_of("figures/build_explorer.py"),
        template="workflow/report/explorer.html",
        script="workflow/report/explorer.js",
        candidates=explored_candidates(),
        graphs=of_all_searches(where_efps_are_candidates(paths.GRAPHS)),
        events=explored_events(),
        auc=auc_where_explored,
        sample=paths.SAMPLE,
    output:
        page="<results>/figures/explorer.html",
        small=report(
            "<results>/figures/explorer_small.html",
            caption=caption("explorer.rst"),
            category="Explorer",
            labels={"figure": "Candidates and events"},
        ),
    log:
        "<logs>/figures/build_explorer.log",
    benchmark:
        "<benchmarks>/figures/build_explorer.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700, candidates=100, events=100),
        runtime=scale_with_inputs(10),
    params:
        settings=explorer_settings,
    shell:
        r"""
        python {input.program:q} \
            --candidates {input.candidates:q} \
            --graphs {input.graphs:q} \
            --events {input.events:q} \
            --auc {input.auc:q} \
            --sample {input.sample:q} \
            --template {input.template:q} \
            --script {input.script:q} \
            --settings {params.settings:q} \
            --output {output.page:q} \
            --small {output.small:q} \
            &>{log:q}
        """


def captions():
    """Return the captions of the report, those of the layout where it has its own."""
    names = sorted(path.name for path in Path("workflow/report").glob("*.rst"))
    return [caption(name, "workflow/report") for name in names]


def gallery_entries():
    """Return the path of every figure of the gallery, and its category, title and caption in the report."""
    marks = report_entries(workflow)
    shown = {}
    for file in [*figure_files(), *efp_files(None), *record_files()]:
        path = file.replace("<results>", config["results"])
        for pattern, category, labels, caption_name in marks:
            match = pattern.match(path)
            if match and path.endswith(".png"):
                wildcards = match.groupdict()
                shown[path] = {
                    "category": category,
                    "title": ", ".join(labels.values()).format(**wildcards),
                    "caption": caption_name,
                    "wildcards": wildcards,
                }
    return shown


def gallery_figures(wildcards):
    """Return the figures of the gallery."""
    return list(gallery_entries())


def gallery_settings(wildcards):
    """Return the settings of build_gallery: what the report says about each of its figures."""
    return as_settings(figures=list(gallery_entries().values()))


rule build_gallery:
    """Build one page of all figures, with the titles and captions of the report."""
    input:
        program="workflow/scripts/figures/build_gallery.py",
        library=library_of("figures/build_gallery.py"),
        figures=gallery_figures,
        captions=captions(),
        sample=paths.SAMPLE,
    output:
        page="<results>/figures/gallery.html",
        small=report(
            "<results>/figures/gallery_small.html",
            caption=caption("gallery.rst"),
            category="Gallery",
            labels={"figure": "All figures"},
        ),
    log:
        "<logs>/figures/build_gallery.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(1000),
        runtime=scale_with_inputs(10),
    params:
        settings=gallery_settings,
    shell:
        r"""
        python {input.program:q} \
            --figures {input.figures:q} \
            --captions {input.captions:q} \
            --sample {input.sample:q} \
            --settings {params.settings:q} \
            --output {output.page:q} \
            --small {output.small:q} \
            &>{log:q}
        """


def report_text():
    """Return the first page of the report: the summary of the study, the description of the workflow before that."""
    summary = Path(paths.REPORT_TEXT.replace("<results>", config["results"])).absolute()
    return str(summary) if summary.exists() else caption("workflow.rst", "workflow/report")


def files_of_record(wildcards):
    """Return the tables and the figure of resources."""
    return record_files()


def whole_config(wildcards):
    """Return the whole config as JSON, which is YAML too."""
    return as_settings(**config)


rule build_report:
    """Build the report of Snakemake from all figures, tables and drawings, and write the config down."""
    input:
        rules.figures.input,
        rules.efp.input,
        files_of_record,
        rules.build_gallery.output,
        captions=captions(),
        style="workflow/report/style.css",
    output:
        config="<results>/config.yaml",
        report="<results>/report.html",
    log:
        "<logs>/figures/build_report.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(1000),
        runtime=scale_with_inputs(10),
    params:
        settings=whole_config,
    shell:
        r"""
        printf '%s\n' {params.settings:q} >{output.config:q}
        python -m snakemake figures efp plot_resources build_gallery \
            --cores 1 \
            --configfile {output.config:q} \
            --replace-workflow-config \
            --report {output.report:q} \
            --report-stylesheet {input.style:q} \
            &>{log:q}
        """
