"""Figures stage: all classifiers compared, the data looked at, and the report."""

# The figures that figures.plots of the config can name, and their files.
PLOTS = {
    "roc": ["roc", "rejection"],
    "images": ["ecal_mean", "ecal_single", "hcal_mean", "hcal_single"],
    "variables": ["variables"],
    "learning_curves": ["learning_curves"],
    "calibration": ["calibration"],
    "confusion": ["confusion"],
    "auc_bins": ["auc_bins"],
    "overtraining": ["overtraining"],
    "comparisons": ["comparisons"],
    "search": [
        f"{figure}_{search}"
        for figure in ("search", "search_table", "search_observables", "search_correlations")
        for search in SEARCHES
    ],
    "baselines": ["baselines"] if BASELINES else [],
    "saliency": [f"saliency_{features}" for features in with_images()],
    "importance": [f"importance_{features}" for features in with_several_inputs()],
}


rule figures:
    """All figures and tables."""
    input:
        figure_files(),
    localrule: True


rule plot_roc:
    """Draw the ROC curves of classifiers, linear and as background rejection relative to the reference's."""
    input:
        program="workflow/scripts/plot_roc.py",
        library=library_of("plot_roc.py"),
        scores=curve_scores,
        events="<results>/data/test.feather",
        published="resources/published_auc.csv",
    output:
        roc=report(
            "<results>/figures/roc.png",
            caption="../report/roc.rst",
            category="Comparison",
            labels={"figure": "ROC curves"},
        ),
        roc_pdf="<results>/figures/roc.pdf",
        rejection=report(
            "<results>/figures/rejection.png",
            caption="../report/rejection.rst",
            category="Comparison",
            labels={"figure": "Background rejection"},
        ),
        rejection_pdf="<results>/figures/rejection.pdf",
    log:
        "<logs>/figures/plot_roc.log",
    benchmark:
        "<benchmarks>/figures/plot_roc.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(700, scores=4),
        runtime=scaled(10),
    params:
        settings=settings("figures.bootstraps", "figures.published", "figures.reference"),
        features=names_of_curves,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --published {input.published:q} \
            --settings {params.settings:q} \
            --roc {output.roc:q} {output.roc_pdf:q} \
            --rejection {output.rejection:q} {output.rejection_pdf:q} \
            &>{log:q}
        """


rule tabulate_auc:
    """Tabulate the AUC of every classifier with its uncertainties, beside the published values."""
    input:
        program="workflow/scripts/tabulate_auc.py",
        library=library_of("tabulate_auc.py"),
        scores=compared("scores.feather"),
        metrics=[*compared("metrics.json"), *repeated("metrics.json")],
        events="<results>/data/test.feather",
        published="resources/published_auc.csv",
    output:
        csv=report(
            "<results>/tables/auc.csv",
            caption="../report/auc.rst",
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
        mem_mb=scaled(700, scores=4),
        runtime=scaled(10),
    params:
        settings=settings("figures.published"),
        features=names_of_compared,
        trainings=names_of_all_runs,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --trainings {params.trainings:q} \
            --metrics {input.metrics:q} \
            --events {input.events:q} \
            --published {input.published:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            &>{log:q}
        """


rule tabulate_metrics:
    """Tabulate metrics, calibration, confusion, over-training and AUC in bins of every classifier."""
    input:
        program="workflow/scripts/tabulate_metrics.py",
        library=library_of("tabulate_metrics.py"),
        scores=compared("scores.feather"),
        events="<results>/data/test.feather",
    output:
        csv=report(
            "<results>/tables/metrics.csv",
            caption="../report/metrics.rst",
            category="Comparison",
            labels={"figure": "Table of metrics"},
        ),
        markdown="<results>/tables/metrics.md",
        latex="<results>/tables/metrics.tex",
        auc_bins="<results>/tables/auc_bins.csv",
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
        mem_mb=scaled(700, scores=4),
        runtime=scaled(10, scores=0.05),
    params:
        settings=settings("figures.threshold", "figures.bootstraps"),
        features=names_of_compared,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            --auc-bins {output.auc_bins:q} \
            --calibration {output.calibration:q} \
            --confusion {output.confusion:q} \
            --overtraining {output.overtraining:q} \
            &>{log:q}
        """


rule plot_metrics:
    """Draw calibration, confusion, AUC in bins, and training against test scores of classifiers."""
    input:
        program="workflow/scripts/plot_metrics.py",
        library=library_of("plot_metrics.py"),
        scores=compared("scores.feather"),
        events="<results>/data/test.feather",
        metrics="<results>/tables/metrics.csv",
        auc_bins="<results>/tables/auc_bins.csv",
        calibration="<results>/tables/calibration.csv",
        confusion="<results>/tables/confusion.csv",
        overtraining="<results>/tables/overtraining.csv",
    output:
        calibration=report(
            "<results>/figures/calibration.png",
            caption="../report/calibration.rst",
            category="Comparison",
            labels={"figure": "Calibration"},
        ),
        calibration_pdf="<results>/figures/calibration.pdf",
        confusion=report(
            "<results>/figures/confusion.png",
            caption="../report/confusion.rst",
            category="Comparison",
            labels={"figure": "Confusion matrices"},
        ),
        confusion_pdf="<results>/figures/confusion.pdf",
        auc_bins=report(
            "<results>/figures/auc_bins.png",
            caption="../report/auc_bins.rst",
            category="Comparison",
            labels={"figure": "AUC in bins of pT and eta"},
        ),
        auc_bins_pdf="<results>/figures/auc_bins.pdf",
        overtraining=report(
            "<results>/figures/overtraining.png",
            caption="../report/overtraining.rst",
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
        mem_mb=scaled(700, scores=4),
        runtime=scaled(10),
    params:
        settings=settings(),
        features=names_of_compared,
        curves=names_of_curves,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --curves {params.curves:q} \
            --events {input.events:q} \
            --metrics-table {input.metrics:q} \
            --auc-bins-table {input.auc_bins:q} \
            --calibration-table {input.calibration:q} \
            --confusion-table {input.confusion:q} \
            --overtraining-table {input.overtraining:q} \
            --calibration {output.calibration:q} {output.calibration_pdf:q} \
            --confusion {output.confusion:q} {output.confusion_pdf:q} \
            --auc-bins {output.auc_bins:q} {output.auc_bins_pdf:q} \
            --overtraining {output.overtraining:q} {output.overtraining_pdf:q} \
            &>{log:q}
        """


rule tabulate_comparisons:
    """Compare all pairs of classifiers on the same test events."""
    input:
        program="workflow/scripts/tabulate_comparisons.py",
        library=library_of("tabulate_comparisons.py"),
        scores=compared("scores.feather"),
        events="<results>/data/test.feather",
    output:
        csv=report(
            "<results>/tables/comparisons.csv",
            caption="../report/comparisons.rst",
            category="Comparison",
            labels={"figure": "Table of pairs"},
        ),
        markdown="<results>/tables/comparisons.md",
        latex="<results>/tables/comparisons.tex",
        figure=report(
            "<results>/figures/comparisons.png",
            caption="../report/comparisons.rst",
            category="Comparison",
            labels={"figure": "Pairs"},
        ),
        figure_pdf="<results>/figures/comparisons.pdf",
    log:
        "<logs>/figures/tabulate_comparisons.log",
    benchmark:
        "<benchmarks>/figures/tabulate_comparisons.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(700, scores=4),
        runtime=scaled(10),
    params:
        settings=settings(),
        features=names_of_compared,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            --figure {output.figure:q} {output.figure_pdf:q} \
            &>{log:q}
        """


rule tabulate_search:
    """Tabulate the passes of a search in the form of the papers' tables, with drawings of the graphs."""
    input:
        program="workflow/scripts/tabulate_search.py",
        library=library_of("tabulate_search.py"),
        passes="<results>/search/{search}/passes.feather",
        graphs="<results>/efp/graphs.feather",
        drawings="<results>/efp/drawings/drawings.txt",
    output:
        markdown="<results>/tables/search_{search}.md",
        latex="<results>/tables/search_{search}.tex",
        figure=report(
            "<results>/figures/search_table_{search}.png",
            caption="../report/search_table.rst",
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
        mem_mb=scaled(700),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --passes {input.passes:q} \
            --graphs {input.graphs:q} \
            --drawings "$(dirname {input.drawings:q})" \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            --figure {output.figure:q} {output.figure_pdf:q} \
            &>{log:q}
        """


rule plot_search:
    """Draw how a search went, and the observables that it chose."""
    input:
        program="workflow/scripts/plot_search.py",
        library=library_of("plot_search.py"),
        passes="<results>/search/{search}/passes.feather",
        events="<results>/search/{search}/events.feather",
        graphs="<results>/efp/graphs.feather",
        test="<results>/data/test.feather",
    output:
        passes=report(
            "<results>/figures/search_{search}.png",
            caption="../report/search_passes.rst",
            category="Search",
            labels={"figure": "AUC and ADO against pass, {search}"},
        ),
        passes_pdf="<results>/figures/search_{search}.pdf",
        observables=report(
            "<results>/figures/search_observables_{search}.png",
            caption="../report/search_observables.rst",
            category="Search",
            labels={"figure": "Distributions of the chosen observables, {search}"},
        ),
        observables_pdf="<results>/figures/search_observables_{search}.pdf",
        correlations=report(
            "<results>/figures/search_correlations_{search}.png",
            caption="../report/search_correlations.rst",
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
        mem_mb=scaled(700, events=10),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --passes {input.passes:q} \
            --events {input.events:q} \
            --graphs {input.graphs:q} \
            --test {input.test:q} \
            --passes-figure {output.passes:q} {output.passes_pdf:q} \
            --distributions {output.observables:q} {output.observables_pdf:q} \
            --correlations {output.correlations:q} {output.correlations_pdf:q} \
            &>{log:q}
        """


rule plot_baselines:
    """Draw the AUCs of networks beside those of the baselines that see the same."""
    input:
        program="workflow/scripts/plot_baselines.py",
        library=library_of("plot_baselines.py"),
        scores=flat_scores,
        events="<results>/data/test.feather",
    output:
        png=report(
            "<results>/figures/baselines.png",
            caption="../report/baselines.rst",
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
        mem_mb=scaled(700, scores=4),
        runtime=scaled(10),
    params:
        settings=settings(),
        features=names_of_flat_classifiers,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule plot_images:
    """Draw one calorimeter's images: the mean per class, and single events."""
    input:
        program="workflow/scripts/plot_images.py",
        library=library_of("plot_images.py"),
        events="<results>/data/train.feather",
        cells="<results>/data/cells/{calorimeter}/train.feather",
    output:
        mean=report(
            "<results>/figures/{calorimeter}_mean.png",
            caption="../report/images_mean.rst",
            category="Data",
            labels={"figure": "Mean images, {calorimeter}"},
        ),
        mean_pdf="<results>/figures/{calorimeter}_mean.pdf",
        single=report(
            "<results>/figures/{calorimeter}_single.png",
            caption="../report/images_single.rst",
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
        mem_mb=scaled(700, cells=50),
        runtime=scaled(10),
    params:
        settings=settings("figures.single_events"),
    shell:
        r"""
        python {input.program:q} \
            --calorimeter {wildcards.calorimeter:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --settings {params.settings:q} \
            --mean {output.mean:q} {output.mean_pdf:q} \
            --single {output.single:q} {output.single_pdf:q} \
            &>{log:q}
        """


rule plot_variables:
    """Draw the high-level variables and the mass of signal and background."""
    input:
        program="workflow/scripts/plot_variables.py",
        library=library_of("plot_variables.py"),
        events="<results>/data/train.feather",
    output:
        png=report(
            "<results>/figures/variables.png",
            caption="../report/variables.rst",
            category="Data",
            labels={"figure": "High-level variables"},
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
        mem_mb=scaled(700, events=20),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule plot_history:
    """Draw loss and AUC against epoch for every training."""
    input:
        program="workflow/scripts/plot_history.py",
        library=library_of("plot_history.py"),
        histories=networks_trained("history.csv"),
        events="<results>/data/train.feather",
    output:
        png=report(
            "<results>/figures/learning_curves.png",
            caption="../report/learning_curves.rst",
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
        mem_mb=scaled(700),
        runtime=scaled(10),
    params:
        settings=settings(),
        features=names_of_networks,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --histories {input.histories:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule plot_tuning:
    """Draw how the search for a network went, and its trials against every hyperparameter."""
    input:
        program="workflow/scripts/plot_tuning.py",
        library=library_of("plot_tuning.py"),
        trials="<results>/train/tuning/{features}/trials.csv",
        parameters="<results>/train/tuning/{features}/parameters.csv",
        events="<results>/data/train.feather",
    output:
        png=report(
            "<results>/figures/tuning_{features}.png",
            caption="../report/tuning.rst",
            category="Tuning",
            labels={"figure": "Search for a network, {features}"},
        ),
        pdf="<results>/figures/tuning_{features}.pdf",
    log:
        "<logs>/figures/plot_tuning/{features}.log",
    benchmark:
        "<benchmarks>/figures/plot_tuning/{features}.jsonl"
    wildcard_constraints:
        features="|".join(NETWORKS),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(700),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --features {wildcards.features:q} \
            --trials {input.trials:q} \
            --parameters {input.parameters:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule plot_maps:
    """Draw saliency and occlusion maps of one image network, for signal and background."""
    input:
        program="workflow/scripts/plot_maps.py",
        library=library_of("plot_maps.py"),
        maps=of_first_seed("maps.feather"),
        events="<results>/data/test.feather",
    output:
        png=report(
            "<results>/figures/saliency_{features}.png",
            caption="../report/saliency.rst",
            category="Explanation",
            labels={"figure": "Saliency and occlusion, {features}"},
        ),
        pdf="<results>/figures/saliency_{features}.pdf",
    log:
        "<logs>/figures/plot_maps/{features}.log",
    benchmark:
        "<benchmarks>/figures/plot_maps/{features}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(700),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --features {wildcards.features:q} \
            --maps {input.maps:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule plot_importance:
    """Draw how much one network relies on each of its inputs."""
    input:
        program="workflow/scripts/plot_importance.py",
        library=library_of("plot_importance.py"),
        importance=of_first_seed("importance.csv"),
        events="<results>/data/test.feather",
    output:
        png=report(
            "<results>/figures/importance_{features}.png",
            caption="../report/importance.rst",
            category="Explanation",
            labels={"figure": "Permutation importance, {features}"},
        ),
        pdf="<results>/figures/importance_{features}.pdf",
    log:
        "<logs>/figures/plot_importance/{features}.log",
    benchmark:
        "<benchmarks>/figures/plot_importance/{features}.jsonl"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(700),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --features {wildcards.features:q} \
            --importance {input.importance:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule build_gallery:
    """Build one page of all figures, with the titles and captions that the report has."""
    input:
        program="workflow/scripts/build_gallery.py",
        library=library_of("build_gallery.py"),
        figures=gallery_figures,
        captions=captions(),
        events="<results>/data/test.feather",
    output:
        page="<results>/figures/gallery.html",
        small=report(
            "<results>/figures/gallery_small.html",
            caption="../report/gallery.rst",
            category="Gallery",
            labels={"figure": "All figures"},
        ),
    log:
        "<logs>/figures/build_gallery.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(10),
    params:
        settings=gallery_settings,
    shell:
        r"""
        python {input.program:q} \
            --figures {input.figures:q} \
            --captions {input.captions:q} \
            --events {input.events:q} \
            --settings {params.settings:q} \
            --output {output.page:q} \
            --small {output.small:q} \
            &>{log:q}
        """


rule build_report:
    """Build the report, Snakemake's own, of all figures, tables and drawings; write down the config."""
    input:
        rules.figures.input,
        rules.efp.input,
        record_files(),
        rules.build_gallery.output,
        captions=captions(),
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
        mem_mb=scaled(1000),
        runtime=scaled(10),
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
            &>{log:q}
        """
