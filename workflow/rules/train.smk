"""Train stage: classifiers of every feature set, with their histories, scores and metrics.

A training is a classifier and a run: seed0, ... on the splits of the file; shuffle0, ... and fold0, ... on other
splits of all events.
"""


rule train:
    """All trained classifiers."""
    input:
        trained("metrics.json"),
        repeated("metrics.json"),
        networks_trained("model.keras"),
        baselines_trained("model.skops"),
    localrule: True


rule train_classifier:
    """Train the network of one feature set, and score all events with it."""
    input:
        program="workflow/scripts/train_classifier.py",
        library=library_of("train_classifier.py"),
        events=expand("<results>/data/{split}.feather", split=SPLITS),
        cells=cells_of,
        efps=efps_of,
        unique=unique_of,
    output:
        model="<results>/train/{features}/{run}/model.keras",
        onnx="<results>/train/{features}/{run}/model.onnx",
        history="<results>/train/{features}/{run}/history.csv",
        scores="<results>/train/{features}/{run}/scores.feather",
        metrics="<results>/train/{features}/{run}/metrics.json",
    log:
        "<logs>/train/{features}/{run}.log",
    benchmark:
        "<benchmarks>/train/{features}/{run}.jsonl"
    wildcard_constraints:
        features="|".join(NETWORKS),
    # The longest jobs go first, so that short ones fill the end of a run.
    priority: 1
    # A job that was killed, for its memory or with its machine, goes on from its last epoch with more memory.
    retries: RETRIES
    conda:
        "../../envs/train.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scaled(1800, cells=240, efps=of_all_efps(2.8)),
        runtime=scaled(20, events=per_epoch(0.03), cells=epochs_of_towers, efps=of_all_efps(0.01)),
        gpu=config["train"]["gpus"],
    params:
        settings=network_settings,
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
    """Fit one baseline, trees or logistic regression, to a flat feature set, and score all events with it."""
    input:
        program="workflow/scripts/train_baseline.py",
        library=library_of("train_baseline.py"),
        events=expand("<results>/data/{split}.feather", split=SPLITS),
        efps=efps_of,
        unique=unique_of,
    output:
        model="<results>/train/{features}/{run}/model.skops",
        scores="<results>/train/{features}/{run}/scores.feather",
        metrics="<results>/train/{features}/{run}/metrics.json",
    log:
        "<logs>/train/{features}/{run}.log",
    benchmark:
        "<benchmarks>/train/{features}/{run}.jsonl"
    wildcard_constraints:
        # Where there is none, nothing must match; an empty constraint would match everything.
        features="|".join(BASELINES) or "(?!)",
    conda:
        "../../envs/train.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scaled(600, events=10, efps=of_all_efps(4.4)),
        runtime=scaled(10, efps=of_all_efps(0.02)),
    params:
        settings=baseline_settings,
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


rule tune:
    """The best networks found for the feature sets of train.tuning, and how the searches went."""
    input:
        tuned,
    localrule: True


rule tune_network:
    """Do one job's trials of the search for the best network of a feature set."""
    input:
        program="workflow/scripts/tune_network.py",
        library=library_of("tune_network.py"),
        # Without the test events, which decide nothing.
        events=expand("<results>/data/{split}.feather", split=TUNING_SPLITS),
        cells=tuning_cells,
        efps=tuning_efps,
        unique=unique_of,
    output:
        # The journal beside it is no output: it is shared by all jobs, and outlives a job that is killed.
        trials="<results>/train/tuning/{features}/{job}.csv",
    log:
        "<logs>/train/tuning/{features}/{job}.log",
    benchmark:
        "<benchmarks>/train/tuning/{features}/{job}.jsonl"
    wildcard_constraints:
        features="|".join(NETWORKS),
        job=r"\d+",
    # A job that was killed does the trials it lacks, with more memory and time.
    retries: RETRIES
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1800, cells=240, efps=of_all_efps(2.8)),
        runtime=scaled(1440),
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


rule conclude_tuning:
    """Collect the trials of a search, and write the best network as a config overlay."""
    input:
        program="workflow/scripts/conclude_tuning.py",
        library=library_of("conclude_tuning.py"),
        trials=tuning_trials,
    output:
        best="<results>/train/tuning/{features}/best.yaml",
        trials="<results>/train/tuning/{features}/trials.csv",
        parameters="<results>/train/tuning/{features}/parameters.csv",
    log:
        "<logs>/train/tuning/{features}/conclude_tuning.log",
    benchmark:
        "<benchmarks>/train/tuning/{features}/conclude_tuning.jsonl"
    wildcard_constraints:
        features="|".join(NETWORKS),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        settings=conclusion_settings,
    shell:
        r"""
        python {input.program:q} \
            --features {wildcards.features:q} \
            --trials {input.trials:q} \
            --settings {params.settings:q} \
            --best {output.best:q} \
            --all-trials {output.trials:q} \
            --parameters {output.parameters:q} \
            &>{log:q}
        """


rule map_images:
    """Map how the logit of a network depends on the cells of its images, on average over each class."""
    input:
        program="workflow/scripts/map_images.py",
        library=library_of("map_images.py"),
        model="<results>/train/{features}/{run}/model.keras",
        events="<results>/data/test.feather",
        cells=cells_of,
        efps=efps_of,
        unique=unique_of,
    output:
        maps="<results>/train/{features}/{run}/maps.feather",
    log:
        "<logs>/train/map_images/{features}/{run}.log",
    benchmark:
        "<benchmarks>/train/map_images/{features}/{run}.jsonl"
    wildcard_constraints:
        features="|".join(NETWORKS),
        run=r"seed\d+",
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1550, cells=50),
        runtime=scaled(20, cells=10),
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


rule permute_inputs:
    """Measure how much a network relies on each input: the drop of its test AUC when that is permuted."""
    input:
        program="workflow/scripts/permute_inputs.py",
        library=library_of("permute_inputs.py"),
        model="<results>/train/{features}/{run}/model.keras",
        events="<results>/data/test.feather",
        cells=cells_of,
        efps=efps_of,
        unique=unique_of,
    output:
        importance="<results>/train/{features}/{run}/importance.csv",
    log:
        "<logs>/train/permute_inputs/{features}/{run}.log",
    benchmark:
        "<benchmarks>/train/permute_inputs/{features}/{run}.jsonl"
    wildcard_constraints:
        features="|".join(NETWORKS),
        run=r"seed\d+",
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1700, cells=120, efps=of_all_efps(2)),
        runtime=scaled(15, cells=10, efps=of_all_efps(0.02)),
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
