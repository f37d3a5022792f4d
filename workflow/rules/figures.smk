"""Figures stage: all classifiers compared, the data looked at, and the report."""

# The figures that figures.plots of the config can name, and their files.
PLOTS = {
    "roc": ["roc", "rejection"],
    "images": ["ecal_mean", "ecal_single", "hcal_mean", "hcal_single"],
    "variables": ["variables"],
    "learning_curves": ["learning_curves"],
}


rule figures:
    """All figures and tables."""
    input:
        figure_files(),
    localrule: True


rule plot_roc:
    """Draw the ROC curves of all feature sets, linear and as background rejection."""
    input:
        program="workflow/scripts/plot_roc.py",
        library=library_of("plot_roc.py"),
        scores=trained("scores.feather"),
        events="<results>/data/test.feather",
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
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(10),
    params:
        settings=settings(),
        features=names_of_trainings,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --roc {output.roc:q} {output.roc_pdf:q} \
            --rejection {output.rejection:q} {output.rejection_pdf:q} \
            &>{log:q}
        """


rule tabulate_auc:
    """Tabulate the AUC of every feature set, beside the published values."""
    input:
        program="workflow/scripts/tabulate_auc.py",
        library=library_of("tabulate_auc.py"),
        scores=trained("scores.feather"),
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
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(10),
    params:
        settings=settings("figures.published"),
        features=names_of_trainings,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --published {input.published:q} \
            --settings {params.settings:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
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
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(2000),
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
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
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
        histories=trained("history.csv"),
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
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(10),
    params:
        settings=settings(),
        features=names_of_trainings,
    shell:
        r"""
        python {input.program:q} \
            --features {params.features:q} \
            --histories {input.histories:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule build_report:
    """Build the report, Snakemake's own, of all figures, tables and drawings; write down the config."""
    input:
        rules.figures.input,
        rules.efp.input,
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
        python -m snakemake figures efp \
            --cores 1 \
            --configfile {output.config:q} \
            --replace-workflow-config \
            --report {output.report:q} \
            &>{log:q}
        """
