"""EFP stage: graphs, tables of Energy Flow Polynomials by chunk, duplicates, drawings."""


rule efp:
    """The EFP tables, the lists of unique and duplicate observables, and the drawings."""
    input:
        efp_files,
    localrule: True


rule list_graphs:
    """List the graphs, selected from EnergyFlow's catalogue."""
    input:
        program="workflow/scripts/list_graphs.py",
        library=library_of("list_graphs.py"),
        # Nothing starts before the data have been accepted. Not `ancient()`: with it, Snakemake 9.27 does
        # not see an edit of the library here once check_events is to run too.
        accepted="<results>/data/events.h5",
    output:
        graphs="<results>/efp/graphs.feather",
    log:
        "<logs>/efp/list_graphs.log",
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(10),
    params:
        settings=settings("efp.graphs"),
    shell:
        r"""
        python {input.program:q} \
            --settings {params.settings:q} \
            --output {output.graphs:q} \
            &>{log:q}
        """


rule compute_efps:
    """Compute all observables of one chunk of the events of one calorimeter and split."""
    input:
        program="workflow/scripts/compute_efps.py",
        library=library_of("compute_efps.py"),
        graphs="<results>/efp/graphs.feather",
        cells="<results>/data/cells/{calorimeter}/{split}.feather",
    output:
        table="<results>/efp/{calorimeter}/{split}/{chunk}.feather",
    log:
        "<logs>/efp/compute_efps/{calorimeter}/{split}/{chunk}.log",
    benchmark:
        "<benchmarks>/efp/compute_efps/{calorimeter}/{split}/{chunk}.tsv"
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(240),
    params:
        settings=compute_settings,
    shell:
        r"""
        python {input.program:q} \
            --graphs {input.graphs:q} \
            --cells {input.cells:q} \
            --chunk {wildcards.chunk:q} \
            --settings {params.settings:q} \
            --output {output.table:q} \
            &>{log:q}
        """


rule find_duplicates:
    """List the unique observables and the duplicates, from the graphs and from the first training chunk."""
    input:
        program="workflow/scripts/find_duplicates.py",
        library=library_of("find_duplicates.py"),
        graphs="<results>/efp/graphs.feather",
        tables=first_chunks,
    output:
        unique="<results>/efp/unique.feather",
        duplicates="<results>/efp/duplicates.feather",
    log:
        "<logs>/efp/find_duplicates.log",
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(4000),
        runtime=scaled(20),
    params:
        settings=settings("efp.kappas", "efp.betas", "efp.tolerance"),
    shell:
        r"""
        python {input.program:q} \
            --graphs {input.graphs:q} \
            --tables {input.tables:q} \
            --settings {params.settings:q} \
            --unique {output.unique:q} \
            --duplicates {output.duplicates:q} \
            &>{log:q}
        """


rule draw_graphs:
    """Draw every graph."""
    input:
        program="workflow/scripts/draw_graphs.py",
        library=library_of("draw_graphs.py"),
        graphs="<results>/efp/graphs.feather",
    output:
        drawings=report(
            directory("<results>/efp/drawings"),
            patterns=["{n_d_k}.png"],
            caption="../report/graph.rst",
            category="Energy Flow Polynomials",
            labels={"graph": "{n_d_k}"},
        ),
    log:
        "<logs>/efp/draw_graphs.log",
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(20),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --graphs {input.graphs:q} \
            --output {output.drawings:q} \
            &>{log:q}
        """
