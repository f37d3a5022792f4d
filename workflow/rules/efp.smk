"""EFP stage: graphs, tables of Energy Flow Polynomials by chunk, duplicates, drawings."""

CHUNKS = number_of_chunks(EVENTS, config["efp"]["chunk"])
ALL_EFP_TABLES = paths.efp_tables(CHUNKS, EFP_CALORIMETERS)


def of_calorimeters(*keys):
    """Return these settings, among graphs, kappas and betas, of all calorimeters with EFPs."""
    return {
        calorimeter: {key: efp_settings(config["efp"], calorimeter)[key] for key in keys}
        for calorimeter in EFP_CALORIMETERS
    }


def efp_files(wildcards):
    """Return the files of the stage; none without calorimeters."""
    if not EFP_CALORIMETERS:
        return []
    return [
        *ALL_EFP_TABLES,
        paths.UNIQUE,
        paths.DUPLICATES,
        "<results>/efp/drawings/drawings.txt",
        *expand("<results>/efp/catalogue.{suffix}", suffix=["pdf", "png", "svg"]),
    ]


rule efp:
    """The EFP tables, the lists of unique and duplicate observables, and the drawings."""
    input:
        efp_files,
    localrule: True


def graph_settings(wildcards):
    """Return the settings of list_graphs: the selections of one calorimeter, or of all calorimeters."""
    calorimeters = [wildcards.calorimeter] if "calorimeter" in wildcards.keys() else EFP_CALORIMETERS
    return as_settings(graphs={name: efp_settings(config["efp"], name)["graphs"] for name in calorimeters})


rule list_graphs:
    """List the graphs of one calorimeter, selected from EnergyFlow's catalogue."""
    input:
        program="workflow/scripts/efp/list_graphs.py",
        library=library_of("efp/list_graphs.py"),
        # The stage starts after the data have been accepted. Not `ancient()`: Snakemake 9.27 would then miss
        # an edit of the library here when check_events runs too.
        accepted=paths.RECEIPT,
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
        mem_mb=scale_with_inputs(600),
        runtime=scale_with_inputs(10),
    params:
        settings=graph_settings,
    shell:
        r"""
        python {input.program:q} \
            --settings {params.settings:q} \
            --output {output.graphs:q} \
            &>{log:q}
        """


# The table of all graphs is for users and for later stages. EFP tables depend on the table of their own
# calorimeter, so that an override for one calorimeter reruns nothing of the others.
use rule list_graphs as list_all_graphs with:
    output:
        graphs=paths.GRAPHS,
    log:
        "<logs>/efp/list_all_graphs.log",
    benchmark:
        "<benchmarks>/efp/list_all_graphs.jsonl"


rule compile_kernels:
    """Compile the EFP engine once for all jobs that load it."""
    input:
        program="workflow/scripts/efp/compile_kernels.py",
        library=library_of("efp/compile_kernels.py"),
        # See list_graphs.
        accepted=paths.RECEIPT,
    output:
        # A file rather than the folder, as Snakemake compares the content of files only.
        compiled="<results>/efp/kernels/compiled.txt",
    log:
        "<logs>/efp/compile_kernels.log",
    benchmark:
        "<benchmarks>/efp/compile_kernels.jsonl"
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(900),
        runtime=scale_with_inputs(10),
    params:
        settings=config_settings(),
    shell:
        r"""
        NUMBA_CACHE_DIR="$(dirname {output.compiled:q})" python {input.program:q} \
            --output {output.compiled:q} \
            &>{log:q}
        """


def compute_settings(wildcards):
    """Return the settings of compute_efps: image and exponents of the calorimeter, chunks of the split."""
    exponents = efp_settings(config["efp"], wildcards.calorimeter)
    return as_settings(
        image=grid_settings(wildcards.calorimeter),
        kappas=exponents["kappas"],
        betas=exponents["betas"],
        coordinates=config["efp"]["coordinates"],
        chunks=CHUNKS[wildcards.split],
    )


def per_chunk(factor):
    """Return a factor of `scale_with_inputs`: divided by the number of chunks of the split."""

    def share(wildcards):
        return factor / CHUNKS[wildcards.split]

    return share


def per_chunk_event(amount, factor):
    """Return an amount of `scale_with_inputs`: this one, plus a factor for every event of a chunk."""

    def count(wildcards):
        events = EVENTS[wildcards.split] or config["efp"]["chunk"]
        return amount + factor * events / CHUNKS[wildcards.split]

    return count


rule compute_efps:
    """Compute all observables of one chunk of a split, from the cells of one calorimeter."""
    input:
        program="workflow/scripts/efp/compute_efps.py",
        library=library_of("efp/compute_efps.py"),
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
    # Chunks fill the cores of a study; more threads would wait for cores to be free at the same time.
    threads: 1
    resources:
        # 60 kB an event with the 7,545 observables of the papers.
        mem_mb=scale_with_inputs(per_chunk_event(900, 0.08)),
        runtime=scale_with_inputs(15, cells=per_chunk(150)),
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


def duplicate_settings(wildcards):
    """Return the settings of find_duplicates."""
    return as_settings(
        images={name: grid_settings(name) for name in EFP_CALORIMETERS},
        exponents=of_calorimeters("kappas", "betas"),
        coordinates=config["efp"]["coordinates"],
        tolerance=config["efp"]["tolerance"],
    )


rule find_duplicates:
    """List the unique observables and the duplicates, from the graphs and the first chunk of the training split."""
    input:
        program="workflow/scripts/efp/find_duplicates.py",
        library=library_of("efp/find_duplicates.py"),
        graphs=paths.GRAPHS,
        tables=[f"<results>/efp/{name}/train/0.feather" for name in EFP_CALORIMETERS],
        cells=paths.cell_tables(EFP_CALORIMETERS, ["train"]),
    output:
        unique=paths.UNIQUE,
        duplicates=paths.DUPLICATES,
    log:
        "<logs>/efp/find_duplicates.log",
    benchmark:
        "<benchmarks>/efp/find_duplicates.jsonl"
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(600, tables=1.5),
        runtime=scale_with_inputs(10),
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


def check_efps_settings(wildcards):
    """Return the settings of check_efps."""
    return as_settings(exponents=of_calorimeters("kappas", "betas"), chunks=CHUNKS)


rule check_efps:
    """Check all EFP tables for damage; runs whenever it is requested, as it has no output."""
    input:
        program="workflow/scripts/efp/check_efps.py",
        library=library_of("efp/check_efps.py"),
        graphs=paths.GRAPHS,
        tables=ALL_EFP_TABLES,
        cells=paths.cell_tables(EFP_CALORIMETERS),
    log:
        "<logs>/efp/check_efps.log",
    conda:
        "../../envs/efp.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(600),
        runtime=scale_with_inputs(10, tables=0.01),
    params:
        settings=check_efps_settings,
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
    """Draw every graph, and all graphs on one page."""
    input:
        program="workflow/scripts/efp/draw_graphs.py",
        library=library_of("efp/draw_graphs.py"),
        graphs=paths.GRAPHS,
    output:
        # The list in the folder rather than the folder, as Snakemake compares the content of files only.
        drawings="<results>/efp/drawings/drawings.txt",
        catalogue=report(
            "<results>/efp/catalogue.png",
            caption=caption("catalogue.rst"),
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
        mem_mb=scale_with_inputs(600),
        runtime=scale_with_inputs(10),
    params:
        settings=config_settings(),
    shell:
        r"""
        python {input.program:q} \
            --graphs {input.graphs:q} \
            --drawings "$(dirname {output.drawings:q})" \
            --catalogue {output.catalogue:q} {output.catalogue_pdf:q} {output.catalogue_svg:q} \
            &>{log:q}
        """
