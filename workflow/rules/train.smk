"""Train stage: one classifier per feature set and seed, with its history, scores and metrics."""


rule train:
    """All trained classifiers."""
    input:
        trained("model.keras"),
        trained("metrics.json"),
    localrule: True


rule train_classifier:
    """Train one classifier on one feature set and score all events with it."""
    input:
        program="workflow/scripts/train_classifier.py",
        library=library_of("train_classifier.py"),
        events=expand("<results>/data/{split}.feather", split=SPLITS),
        cells=cells_of,
        efps=efps_of,
        unique=unique_of,
    output:
        model="<results>/train/{features}/seed{seed}/model.keras",
        history="<results>/train/{features}/seed{seed}/history.csv",
        scores="<results>/train/{features}/seed{seed}/scores.feather",
        metrics="<results>/train/{features}/seed{seed}/metrics.json",
    log:
        "<logs>/train/{features}/seed{seed}.log",
    benchmark:
        "<benchmarks>/train/{features}/seed{seed}.tsv"
    # The longest jobs go first, so that short ones fill the end of a run.
    priority: 1
    conda:
        "../../envs/train.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scaled(6000),
        runtime=scaled(480),
    params:
        settings=train_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --seed {wildcards.seed:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --model {output.model:q} \
            --history {output.history:q} \
            --scores {output.scores:q} \
            --metrics {output.metrics:q} \
            &>{log:q}
        """
