"""Data stage: a checked HDF5 file in the published layout, and its splits as tables."""


rule data:
    """The events and cells of all splits."""
    input:
        expand("<results>/data/{split}.feather", split=SPLITS),
        expand(
            "<results>/data/cells/{calorimeter}/{split}.feather",
            calorimeter=CALORIMETERS,
            split=SPLITS,
        ),
    localrule: True


rule simulate_pool:
    """Make the pool of minimum-bias events that the simulation overlays."""
    input:
        program="workflow/scripts/simulate_pool.py",
        library=library_of("simulate_pool.py"),
    output:
        pool="<results>/data/simulation/pool.h5",
    log:
        "<logs>/data/simulate_pool.log",
    benchmark:
        "<benchmarks>/data/simulate_pool.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scaled(800),
        runtime=scaled(60),
    params:
        settings=settings("data.simulation.seed", "data.simulation.pool"),
    shell:
        r"""
        python {input.program:q} \
            --settings {params.settings:q} \
            --output {output.pool:q} \
            &>{log:q}
        """


rule simulate_events:
    """Simulate one chunk of electron candidates, half signal, half background, matched in ET and eta."""
    input:
        program="workflow/scripts/simulate_events.py",
        library=library_of("simulate_events.py"),
        pool="<results>/data/simulation/pool.h5",
    output:
        events="<results>/data/simulation/{chunk}.h5",
    log:
        "<logs>/data/simulate_events/{chunk}.log",
    benchmark:
        "<benchmarks>/data/simulate_events/{chunk}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scaled(800),
        runtime=scaled(60),
    params:
        settings=settings(
            "data.simulation.events",
            "data.simulation.seed",
            "data.simulation.chunk",
            "data.simulation.overlay",
        ),
    shell:
        r"""
        python {input.program:q} \
            --pool {input.pool:q} \
            --chunk {wildcards.chunk:q} \
            --settings {params.settings:q} \
            --output {output.events:q} \
            &>{log:q}
        """


rule merge_events:
    """Merge the simulated chunks into one shuffled file in the published layout."""
    input:
        program="workflow/scripts/merge_events.py",
        library=library_of("merge_events.py"),
        chunks=simulated_chunks(),
    output:
        events="<results>/data/simulation/events.h5",
    log:
        "<logs>/data/merge_events.log",
    benchmark:
        "<benchmarks>/data/merge_events.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scaled(800, chunks=100),
        runtime=scaled(20),
    params:
        settings=settings(
            "data.simulation.events",
            "data.simulation.seed",
            "data.simulation.chunk",
            "data.simulation.overlay",
            "data.simulation.pool",
        ),
    shell:
        r"""
        python {input.program:q} \
            --chunks {input.chunks:q} \
            --settings {params.settings:q} \
            --output {output.events:q} \
            &>{log:q}
        """


rule check_events:
    """Check the events, simulated or from a file; keep a copy of what the workflow uses of them."""
    input:
        program="workflow/scripts/check_events.py",
        library=library_of("check_events.py"),
        source=source_file,
    output:
        events="<results>/data/events.h5",
    log:
        "<logs>/data/check_events.log",
    benchmark:
        "<benchmarks>/data/check_events.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10, source=0.05),
    params:
        path=source_path,
        settings=check_settings,
    shell:
        r"""
        python {input.program:q} \
            --source {params.path:q} \
            --settings {params.settings:q} \
            --output {output.events:q} \
            &>{log:q}
        """


rule split_events:
    """Write the table of events of one split: labels, weights, high-level variables, mass."""
    input:
        program="workflow/scripts/split_events.py",
        library=library_of("split_events.py"),
        events="<results>/data/events.h5",
    output:
        table="<results>/data/{split}.feather",
    log:
        "<logs>/data/split_events/{split}.log",
    benchmark:
        "<benchmarks>/data/split_events/{split}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500, events=2),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --split {wildcards.split:q} \
            --output {output.table:q} \
            &>{log:q}
        """


rule extract_cells:
    """Write the non-empty cells of one calorimeter and split."""
    input:
        program="workflow/scripts/extract_cells.py",
        library=library_of("extract_cells.py"),
        events="<results>/data/events.h5",
    output:
        cells="<results>/data/cells/{calorimeter}/{split}.feather",
    log:
        "<logs>/data/extract_cells/{calorimeter}/{split}.log",
    benchmark:
        "<benchmarks>/data/extract_cells/{calorimeter}/{split}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500, events=5),
        runtime=scaled(10, events=0.05),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --calorimeter {wildcards.calorimeter:q} \
            --split {wildcards.split:q} \
            --output {output.cells:q} \
            &>{log:q}
        """
