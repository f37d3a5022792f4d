"""Search stage: the observables that explain a classifier, chosen pass by pass.

A pass compares all candidates, chooses one, and trains a network on the base and all that has been chosen; pass 0
trains the network of the base. A search that has stopped copies its last network, so that all its passes exist.
"""


rule search:
    """What all searches have found."""
    input:
        search_files,
    localrule: True


rule score_candidates:
    """Compare every candidate of a pass with the guide, where guide and network order pairs differently."""
    input:
        program="workflow/scripts/score_candidates.py",
        library=library_of("score_candidates.py"),
        unique="<results>/efp/unique.feather",
        duplicates="<results>/efp/duplicates.feather",
        graphs="<results>/efp/graphs.feather",
        efps=choosing_efps,
        black_box=black_box_scores,
        network=network_before("scores.feather"),
        choice=choice_before,
        metrics=metrics_before,
    output:
        candidates="<results>/search/{search}/pass{number}/candidates/{part}.feather",
    log:
        "<logs>/search/{search}/pass{number}/score_candidates_{part}.log",
    benchmark:
        "<benchmarks>/search/{search}/pass{number}/score_candidates_{part}.jsonl"
    wildcard_constraints:
        search=searches_by("black_box", "truth"),
    # One pass waits for the other: the longest chain of a run.
    priority: 1
    conda:
        "../../envs/search.yaml"
    threads: 1
    resources:
        mem_mb=scaled(800, efps=0.4),
        runtime=scaled(15, efps=0.01),
    params:
        settings=choosing_settings,
    shell:
        r"""
        python {input.program:q} \
            --unique {input.unique:q} \
            --duplicates {input.duplicates:q} \
            --graphs {input.graphs:q} \
            --efps {input.efps:q} \
            --black-box {input.black_box:q} \
            --network {input.network:q} \
            --choice {input.choice:q} \
            --metrics {input.metrics:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --output {output.candidates:q} \
            &>{log:q}
        """


rule train_candidates:
    """Train a network with each candidate of one job of a pass, and compare it with the black box."""
    input:
        program="workflow/scripts/train_candidates.py",
        library=library_of("train_candidates.py"),
        unique="<results>/efp/unique.feather",
        duplicates="<results>/efp/duplicates.feather",
        graphs="<results>/efp/graphs.feather",
        # Without the test events, which decide nothing.
        events=expand("<results>/data/{split}.feather", split=TUNING_SPLITS),
        cells=search_cells,
        efps=search_efps(TUNING_SPLITS),
        black_box=black_box_scores,
        choice=choice_before,
        metrics=metrics_before,
    output:
        # The journal beside it is no output, and outlives a job that is killed.
        candidates="<results>/search/{search}/pass{number}/candidates/{part}.feather",
    log:
        "<logs>/search/{search}/pass{number}/train_candidates_{part}.log",
    benchmark:
        "<benchmarks>/search/{search}/pass{number}/train_candidates_{part}.jsonl"
    wildcard_constraints:
        search=searches_by("greedy"),
    priority: 1
    # A job that was killed does the candidates it lacks, with more memory and time.
    retries: RETRIES
    conda:
        "../../envs/search.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scaled(1800, cells=240, efps=0.4),
        runtime=scaled(1440),
        gpu=config["train"]["gpus"],
    params:
        settings=greedy_settings,
    shell:
        r"""
        python {input.program:q} \
            --part {wildcards.part:q} \
            --unique {input.unique:q} \
            --duplicates {input.duplicates:q} \
            --graphs {input.graphs:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --black-box {input.black_box:q} \
            --choice {input.choice:q} \
            --metrics {input.metrics:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --output {output.candidates:q} \
            &>{log:q}
        """


rule choose_observable:
    """Choose the candidate with the largest ADO."""
    input:
        program="workflow/scripts/choose_observable.py",
        library=library_of("choose_observable.py"),
        candidates=parts_of_candidates,
        before=choice_before,
    output:
        choice="<results>/search/{search}/pass{number}/choice.json",
    log:
        "<logs>/search/{search}/pass{number}/choose_observable.log",
    benchmark:
        "<benchmarks>/search/{search}/pass{number}/choose_observable.jsonl"
    priority: 1
    conda:
        "../../envs/search.yaml"
    threads: 1
    resources:
        mem_mb=scaled(600),
        runtime=scaled(10),
    params:
        settings=base_settings,
    shell:
        r"""
        python {input.program:q} \
            --number {wildcards.number:q} \
            --candidates {input.candidates:q} \
            --before {input.before:q} \
            --settings {params.settings:q} \
            --output {output.choice:q} \
            &>{log:q}
        """


rule train_pass:
    """Train the network of a pass on the base and all that has been chosen, and score all events with it."""
    input:
        program="workflow/scripts/train_pass.py",
        library=library_of("train_pass.py"),
        events=expand("<results>/data/{split}.feather", split=SPLITS),
        cells=search_cells,
        efps=search_efps(SPLITS),
        unique="<results>/efp/unique.feather",
        choice=choice_of_pass,
        before=network_before(*NETWORK_FILES),
    output:
        model="<results>/search/{search}/pass{number}/model.keras",
        onnx="<results>/search/{search}/pass{number}/model.onnx",
        history="<results>/search/{search}/pass{number}/history.csv",
        scores="<results>/search/{search}/pass{number}/scores.feather",
        metrics="<results>/search/{search}/pass{number}/metrics.json",
    log:
        "<logs>/search/{search}/pass{number}/train_pass.log",
    benchmark:
        "<benchmarks>/search/{search}/pass{number}/train_pass.jsonl"
    priority: 1
    # A job that was killed, for its memory or with its machine, goes on from its last epoch with more memory.
    retries: RETRIES
    conda:
        "../../envs/search.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scaled(1500, cells=240, efps=of_all_efps(2.8)),
        runtime=scaled(20, events=per_epoch(0.03), cells=epochs_of_towers, efps=of_all_efps(0.01)),
        gpu=config["train"]["gpus"],
    params:
        settings=pass_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --cells {input.cells:q} \
            --efps {input.efps:q} \
            --unique {input.unique:q} \
            --choice {input.choice:q} \
            --before {input.before:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --model {output.model:q} \
            --onnx {output.onnx:q} \
            --history {output.history:q} \
            --scores {output.scores:q} \
            --metrics {output.metrics:q} \
            &>{log:q}
        """


rule evaluate_search:
    """Evaluate the passes of a search on the test events, which have chosen nothing."""
    input:
        program="workflow/scripts/evaluate_search.py",
        library=library_of("evaluate_search.py"),
        black_box=black_box_scores,
        choices=choices,
        scores=scores_of_passes,
        events="<results>/data/test.feather",
        efps=search_efps(["test"]),
    output:
        passes="<results>/search/{search}/passes.feather",
        csv=report(
            "<results>/search/{search}/passes.csv",
            caption="../report/search_table.rst",
            category="Search",
            labels={"figure": "Passes, {search}"},
        ),
        events="<results>/search/{search}/events.feather",
    log:
        "<logs>/search/{search}/evaluate_search.log",
    benchmark:
        "<benchmarks>/search/{search}/evaluate_search.jsonl"
    conda:
        "../../envs/search.yaml"
    threads: 1
    resources:
        mem_mb=scaled(700, scores=10),
        runtime=scaled(10),
    params:
        settings=evaluation_settings,
    shell:
        r"""
        python {input.program:q} \
            --name {wildcards.search:q} \
            --black-box {input.black_box:q} \
            --choices {input.choices:q} \
            --scores {input.scores:q} \
            --events {input.events:q} \
            --efps {input.efps:q} \
            --settings {params.settings:q} \
            --passes {output.passes:q} \
            --csv {output.csv:q} \
            --test-events {output.events:q} \
            &>{log:q}
        """
