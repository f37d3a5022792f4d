"""EFP stage: graphs, tables of Energy Flow Polynomials by chunk, duplicates, drawings."""


rule efp:
    """The EFP tables, the lists of unique and duplicate observables, and the drawings."""
    input:
        efp_files,
    localrule: True


rule list_graphs:
    """List the graphs of one calorimeter, selected from EnergyFlow's catalogue."""
    input:
        program="workflow/scripts/list_graphs.py",
        library=library_of("list_graphs.py"),
        # Nothing starts before the data have been accepted. Not `ancient()`: with it, Snakemake 9.27 does
        # not see an edit of the library here once check_events is to run too.
        accepted="<results>/data/events.h5",
    output:
        graphs="<results>/efp/{calorimeter}/graphs.feather",
    log:
        "<logs>/efp/list_graphs/{calorimeter}.log",
    benchmark:
        "<benchmarks>/efp/list_graphs/{calorimeter}.jsonl"
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(600),
        runtime=scaled(10),
    params:
        settings=graph_settings,
    shell:
        r"""
        python {input.program:q} \
            --settings {params.settings:q} \
            --output {output.graphs:q} \
            &>{log:q}
        """


# One table of all graphs is what people look at; the tables of EFPs depend on their own calorimeter's, so
# that an override of the HCal's reruns nothing of the ECal.
use rule list_graphs as list_all_graphs with:
    output:
        graphs="<results>/efp/graphs.feather",
    log:
        "<logs>/efp/list_all_graphs.log",
    benchmark:
        "<benchmarks>/efp/list_all_graphs.jsonl"


rule compile_kernels:
    """Compile the EFP engine once, before many jobs load it at the same time."""
    input:
        program="workflow/scripts/compile_kernels.py",
        library=library_of("compile_kernels.py"),
        # See list_graphs.
        accepted="<results>/data/events.h5",
    output:
        # Not the folder: Snakemake compares the content of files only.
        compiled="<results>/efp/kernels/compiled.txt",
    log:
        "<logs>/efp/compile_kernels.log",
    benchmark:
        "<benchmarks>/efp/compile_kernels.jsonl"
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(900),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        NUMBA_CACHE_DIR="$(dirname {output.compiled:q})" python {input.program:q} \
            --output {output.compiled:q} \
            &>{log:q}
        """


rule compute_efps:
    """Compute all observables of one chunk of the events of one calorimeter and split."""
    input:
        program="workflow/scripts/compute_efps.py",
        library=library_of("compute_efps.py"),
        compiled="<results>/efp/kernels/compiled.txt",
        graphs="<results>/efp/{calorimeter}/graphs.feather",
        cells="<results>/data/cells/{calorimeter}/{split}.feather",
    output:
        table="<results>/efp/{calorimeter}/{split}/{chunk}.feather",
    log:
        "<logs>/efp/compute_efps/{calorimeter}/{split}/{chunk}.log",
    benchmark:
        "<benchmarks>/efp/compute_efps/{calorimeter}/{split}/{chunk}.jsonl"
    conda:
        "../../envs/efp.yaml"
    threads: 4
    resources:
        mem_mb=scaled(700, cells=per_chunk(5000)),
        runtime=scaled(15, cells=per_chunk(150)),
    params:
        settings=compute_settings,
    shell:
        r"""
        NUMBA_CACHE_DIR="$(dirname {input.compiled:q})" python {input.program:q} \
            --graphs {input.graphs:q} \
            --cells {input.cells:q} \
            --chunk {wildcards.chunk:q} \
            --settings {params.settings:q} \
            --threads {threads} \
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
        cells=efp_cells(["train"]),
    output:
        unique="<results>/efp/unique.feather",
        duplicates="<results>/efp/duplicates.feather",
    log:
        "<logs>/efp/find_duplicates.log",
    benchmark:
        "<benchmarks>/efp/find_duplicates.jsonl"
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(600, tables=1.5),
        runtime=scaled(10),
    params:
        settings=duplicate_settings,
    shell:
        r"""
        python {input.program:q} \
            --graphs {input.graphs:q} \
            --tables {input.tables:q} \
            --cells {input.cells:q} \
            --settings {params.settings:q} \
            --unique {output.unique:q} \
            --duplicates {output.duplicates:q} \
            &>{log:q}
        """


rule check_efps:
    """Check that every EFP table is whole, and name each that is not; runs whenever it is asked for."""
    input:
        program="workflow/scripts/check_efps.py",
        library=library_of("check_efps.py"),
        graphs="<results>/efp/graphs.feather",
        tables=all_efp_tables(),
        cells=efp_cells(SPLITS),
    log:
        "<logs>/efp/check_efps.log",
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(600),
        runtime=scaled(10, tables=0.01),
    params:
        settings=integrity_settings,
    shell:
        r"""
        python {input.program:q} \
            --graphs {input.graphs:q} \
            --tables {input.tables:q} \
            --cells {input.cells:q} \
            --settings {params.settings:q} \
            &>{log:q}
        """


rule draw_graphs:
    """Draw every graph, and all of them on one page."""
    input:
        program="workflow/scripts/draw_graphs.py",
        library=library_of("draw_graphs.py"),
        graphs="<results>/efp/graphs.feather",
    output:
        # The list in their folder, not the folder: Snakemake compares the content of files only.
        drawings="<results>/efp/drawings/drawings.txt",
        catalogue=report(
            "<results>/efp/catalogue.png",
            caption="../report/catalogue.rst",
            category="Energy Flow Polynomials",
            labels={"figure": "Catalogue of graphs"},
        ),
        catalogue_pdf="<results>/efp/catalogue.pdf",
        catalogue_svg="<results>/efp/catalogue.svg",
    log:
        "<logs>/efp/draw_graphs.log",
    benchmark:
        "<benchmarks>/efp/draw_graphs.jsonl"
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scaled(600),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --graphs {input.graphs:q} \
            --drawings "$(dirname {output.drawings:q})" \
            --catalogue {output.catalogue:q} {output.catalogue_pdf:q} {output.catalogue_svg:q} \
            &>{log:q}
        """
