"""Data stage: checked HDF5 files of events, and their splits as tables."""

import os

SOURCES = files_by_split(
    f"{config['results']}/data/{config['data']['source']}/events.h5"
    if config["data"]["source"] in MADE
    else config["data"]["path"]
)
# A file that is to be downloaded, and is not there yet.
PENDING = config["data"]["source"] == "download" and not os.path.exists(config["data"]["path"])

EVENTS = count_events(config["data"], SOURCES, LAYOUT.events["label"])
if workflow.is_main_process and PENDING:
    logger.info(
        f"{config['data']['path']}: not there yet; a first run downloads it, and the next one does the study"
    )
elif workflow.is_main_process and None in EVENTS.values():
    missing = [path for path in all_files(SOURCES) if not os.path.exists(path)]
    found = "no such file (data.path)" if missing else "the number of events is not known"
    logger.info(f"{', '.join(missing or all_files(SOURCES))}: {found}; planning few jobs")


def per_event(amount, factor, split, most):
    """Return an amount, plus a factor for every event of a split; for `most` events, where there may be more."""
    return amount + factor * min(EVENTS[split] or most, most)


def existing(paths):
    """Return the files among these as inputs; not those of a user that are missing, which check_events reports."""
    is_made = PENDING or config["data"]["source"] in MADE
    return [path for path in paths if is_made or os.path.exists(path)]


def files_of_split(wildcards):
    """Return the HDF5 files that hold the events of the split of a job, as inputs."""
    return existing(SOURCES[wildcards.split])


rule data:
    """The events and cells of all splits, and the label of the sample."""
    input:
        paths.SAMPLE,
        paths.event_tables(),
        paths.cell_tables(LAYOUT.calorimeters),
    localrule: True


rule download:
    """The file of events that is downloaded; nothing for other sources."""
    input:
        config["data"]["path"] if config["data"]["source"] == "download" else [],
    localrule: True


# Only while the file is not there: nothing that Snakemake does to the outputs of its rules can then happen to a
# file of gigabytes, and with the file there no connection is made.
if PENDING:

    rule download_events:
        """Download the file of events. What a broken download leaves beside it is no output, and is resumed."""
        input:
            program="workflow/scripts/data/download_events.py",
            library=library_of("data/download_events.py"),
        output:
            events=config["data"]["path"],
        log:
            "<logs>/data/download_events.log",
        # The program tries again itself.
        retries: 0
        # Compute nodes of clusters have no network.
        localrule: True
        conda:
            "../../envs/data.yaml"
        threads: 1
        resources:
            mem_mb=scale_with_inputs(300),
            runtime=scale_with_inputs(600),
        params:
            settings=config_settings("data.download.urls", "data.download.sha256"),
        # Its progress is for the terminal, too.
        shell:
            r"""
            python {input.program:q} \
                --settings {params.settings:q} \
                --output {output.events:q} \
                2>&1 | tee {log:q}
            """

    rule plan_again:
        """End the run after the download: the other jobs are planned by the number of events, now known."""
        input:
            events=config["data"]["path"],
        output:
            never="<results>/data/never",
        log:
            "<logs>/data/plan_again.log",
        retries: 0
        localrule: True
        conda:
            "../../envs/data.yaml"
        threads: 1
        shell:
            r"""
            echo "The file is there now. Start again for the study: its jobs are planned by the number of events." \
                | tee {log:q}
            exit 1
            """


def simulation_settings(*keys):
    """Return a params function: the layout whose events are simulated, and these keys of data.simulation."""

    def collect(wildcards):
        simulation = config["data"]["simulation"]
        return as_settings(layout=LAYOUT.name, **{key: simulation[key] for key in keys})

    return collect


# What a simulation knows beside what all know, such as how particles decay.
OWN_SETTINGS = SIMULATIONS.get(LAYOUT.name, ())


rule simulate_pool:
    """Make the pool of minimum-bias events that the simulation overlays on the events of one split."""
    input:
        program="workflow/scripts/data/simulate_pool.py",
        library=library_of("data/simulate_pool.py"),
    output:
        pool="<results>/data/simulation/{split}/pool.h5",
    log:
        "<logs>/data/simulate_pool/{split}.log",
    benchmark:
        "<benchmarks>/data/simulate_pool/{split}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(800),
        runtime=scale_with_inputs(60),
    params:
        settings=simulation_settings("seed", "pool"),
    shell:
        r"""
        python {input.program:q} \
            --split {wildcards.split:q} \
            --settings {params.settings:q} \
            --output {output.pool:q} \
            &>{log:q}
        """


rule simulate_events:
    """Simulate one chunk of candidates of a split, half signal, half background."""
    input:
        program="workflow/scripts/data/simulate_events.py",
        library=library_of("data/simulate_events.py"),
        pool="<results>/data/simulation/{split}/pool.h5",
    output:
        events="<results>/data/simulation/{split}/{chunk}.h5",
    log:
        "<logs>/data/simulate_events/{split}/{chunk}.log",
    benchmark:
        "<benchmarks>/data/simulate_events/{split}/{chunk}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(800),
        runtime=scale_with_inputs(60),
    params:
        settings=simulation_settings("events", "seed", "chunk", "overlay", *OWN_SETTINGS),
    shell:
        r"""
        python {input.program:q} \
            --pool {input.pool:q} \
            --split {wildcards.split:q} \
            --chunk {wildcards.chunk:q} \
            --settings {params.settings:q} \
            --output {output.events:q} \
            &>{log:q}
        """


def simulated_chunks(wildcards):
    """Return the files of the simulation, one per chunk; a chunk belongs to one split."""
    chunks = number_of_chunks(EVENTS, config["data"]["simulation"]["chunk"])
    return [
        f"<results>/data/simulation/{split}/{chunk}.h5"
        for split, count in chunks.items()
        for chunk in range(count)
    ]


rule merge_events:
    """Merge the simulated chunks into one file, shuffled within the splits."""
    input:
        program="workflow/scripts/data/merge_events.py",
        library=library_of("data/merge_events.py"),
        chunks=simulated_chunks,
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
        mem_mb=scale_with_inputs(800, chunks=10),
        runtime=scale_with_inputs(20),
    params:
        settings=simulation_settings("events", "seed", "chunk", "overlay", "pool", *OWN_SETTINGS),
    shell:
        r"""
        python {input.program:q} \
            --chunks {input.chunks:q} \
            --settings {params.settings:q} \
            --output {output.events:q} \
            &>{log:q}
        """


def delphes_file(wildcards):
    """Return the ROOT file of a job."""
    return config["data"]["delphes"][wildcards.label][int(wildcards.file)]


def existing_delphes_file(wildcards):
    """Return the ROOT file of a job as an input; not if it is missing, which read_delphes reports."""
    return [path for path in [delphes_file(wildcards)] if os.path.exists(path)]


def part_settings(wildcards):
    """Return the file of a job, which part of it is read, and which electrons."""
    delphes = config["data"]["delphes"]
    return as_settings(
        path=delphes_file(wildcards),
        label=wildcards.label,
        file=int(wildcards.file),
        part=int(wildcards.part),
        parts=number_of_parts(delphes_file(wildcards), delphes["parts"]),
        min_pt=delphes["min_pt"],
        granularity=delphes["granularity"],
    )


rule read_delphes:
    """Image the electrons in one part of a Delphes file, which is numbered in the list of its class."""
    input:
        program="workflow/scripts/data/read_delphes.py",
        library=library_of("data/read_delphes.py"),
        source=existing_delphes_file,
    output:
        part="<results>/data/delphes/{label}/{file}/{part}.h5",
    log:
        "<logs>/data/read_delphes/{label}/{file}/{part}.log",
    benchmark:
        "<benchmarks>/data/read_delphes/{label}/{file}/{part}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(1000),
        runtime=scale_with_inputs(30),
    params:
        settings=part_settings,
    shell:
        r"""
        python {input.program:q} \
            --settings {params.settings:q} \
            --output {output.part:q} \
            &>{log:q}
        """


def delphes_parts(wildcards):
    """Return the files of all parts of all Delphes files; how many follows from their sizes, or the config."""
    delphes = config["data"]["delphes"]
    return [
        f"<results>/data/delphes/{label}/{number}/{part}.h5"
        for label in CLASSES.values()
        for number, path in enumerate(delphes[label])
        for part in range(number_of_parts(path, delphes["parts"]))
    ]


rule merge_delphes:
    """Make a sample of the candidates of all Delphes files: splits, matched spectra, weights."""
    input:
        program="workflow/scripts/data/merge_delphes.py",
        library=library_of("data/merge_delphes.py"),
        parts=delphes_parts,
    output:
        events="<results>/data/delphes/events.h5",
    log:
        "<logs>/data/merge_delphes.log",
    benchmark:
        "<benchmarks>/data/merge_delphes.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(800, parts=10),
        runtime=scale_with_inputs(20),
    params:
        settings=config_settings(
            *(
                f"data.delphes.{key}"
                for key in ("events", "min_pt", "granularity", "matching", "event_weights", "seed")
            )
        ),
    shell:
        r"""
        python {input.program:q} \
            --parts {input.parts:q} \
            --settings {params.settings:q} \
            --output {output.events:q} \
            &>{log:q}
        """


def check_settings(wildcards):
    """Return the files of every split, what must hold for their images, pt and eta, and the layout without weights.

    The files are in the one settings text, as Snakemake compares parameters as a set: split and file belong together.
    """
    scaled = config["train"]["image_scaling"] in NEEDS_POSITIVE
    inputs = [name for classifier in NETWORKS for name in ALL_CLASSIFIERS[classifier].inputs]
    positive = dict.fromkeys(images_of(inputs, LAYOUT.contents) if scaled else (), "train.image_scaling")
    positive |= {LAYOUT.image_of(name).grid.name: "efp.calorimeters" for name in EFP_CALORIMETERS}
    bases = {f"train.features.{name}.inputs": ALL_CLASSIFIERS[name].inputs for name in NETWORKS}
    bases |= {f"search.searches.{name}.base": settings["base"] for name, settings in SEARCHES.items()}
    kinematics = {key: contents_of(inputs, LAYOUT.contents).kinematics for key, inputs in bases.items()}
    needed = {
        role: ", ".join(keys)
        for role in LAYOUT.kinematics
        if (keys := [key for key, roles in kinematics.items() if role in roles])
    }
    return as_settings(
        sources=SOURCES,
        layout=LAYOUT.without_weights().contents.as_settings(),
        positive=positive,
        fewest=fewest_events(config["train"]["repetitions"]),
        fewest_chunks=fewest_chunks(config["train"]["repetitions"]),
        needed=needed,
    )


rule check_events:
    """Check the events, simulated or from a file, and write a receipt of the accepted files."""
    input:
        program="workflow/scripts/data/check_events.py",
        library=library_of("data/check_events.py"),
        source=existing(all_files(SOURCES)),
        planned="<results>/data/never" if PENDING else [],
    output:
        receipt=paths.RECEIPT,
    log:
        "<logs>/data/check_events.log",
    benchmark:
        "<benchmarks>/data/check_events.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(500),
        runtime=scale_with_inputs(10, source=0.05),
    params:
        settings=check_settings,
    shell:
        r"""
        python {input.program:q} \
            --settings {params.settings:q} \
            --output {output.receipt:q} \
            &>{log:q}
        """


def sample_settings(wildcards):
    """Return the file that describes the sample, the label of the config and the energy unit of the layout.

    Label and unit are null where they leave it to the file.
    """
    return as_settings(
        source=SOURCES["train"][0], label=config["data"]["label"], energy_unit=LAYOUT.energy_unit
    )


rule describe_sample:
    """Write the label of the sample, its energy unit and whether its splits are independent, for words only."""
    input:
        program="workflow/scripts/data/describe_sample.py",
        library=library_of("data/describe_sample.py"),
        # A file that is not accepted gets no label; what the check warned of becomes part of it.
        accepted=paths.RECEIPT,
        source=existing(SOURCES["train"][:1]),
        tables=paths.event_tables(),
    output:
        sample=paths.SAMPLE,
    log:
        "<logs>/data/describe_sample.log",
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(500, tables=3),
        runtime=scale_with_inputs(5, tables=0.01),
    params:
        settings=sample_settings,
    shell:
        r"""
        python {input.program:q} \
            --receipt {input.accepted:q} \
            --tables {input.tables:q} \
            --settings {params.settings:q} \
            --output {output.sample:q} \
            &>{log:q}
        """


def event_settings(wildcards):
    """Return the files of a split, the part of the layout that its table holds, and what negative weights are."""
    return as_settings(
        sources=SOURCES[wildcards.split],
        layout={**LAYOUT.contents.as_settings(), "images": {}},
        negative_weights=config["train"]["negative_weights"],
    )


rule split_events:
    """Write the table of events of one split: labels, weights, variables, kinematics."""
    input:
        program="workflow/scripts/data/split_events.py",
        library=library_of("data/split_events.py"),
        receipt=paths.RECEIPT,
        # Changes of the source come with the receipt; Snakemake need not compare the file for every job.
        source=ancient(files_of_split),
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
        mem_mb=scale_with_inputs(500),
        runtime=scale_with_inputs(10, source=0.01),
    params:
        settings=event_settings,
    shell:
        r"""
        python {input.program:q} \
            --receipt {input.receipt:q} \
            --split {wildcards.split:q} \
            --settings {params.settings:q} \
            --output {output.table:q} \
            &>{log:q}
        """


def cell_settings(wildcards):
    """Return the files of a split, and the grid of the image of a calorimeter."""
    return as_settings(sources=SOURCES[wildcards.split], image=grid_settings(wildcards.calorimeter))


rule extract_cells:
    """Write the non-empty cells of one calorimeter and split."""
    input:
        program="workflow/scripts/data/extract_cells.py",
        library=library_of("data/extract_cells.py"),
        receipt=paths.RECEIPT,
        # Changes of the source come with the receipt; Snakemake need not compare the file for every job.
        source=ancient(files_of_split),
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
        mem_mb=scale_with_inputs(500),
        runtime=scale_with_inputs(10, source=0.05),
    params:
        settings=cell_settings,
    shell:
        r"""
        python {input.program:q} \
            --receipt {input.receipt:q} \
            --split {wildcards.split:q} \
            --settings {params.settings:q} \
            --output {output.cells:q} \
            &>{log:q}
        """


def scalar_settings(wildcards):
    """Return the grids of all calorimeters."""
    return as_settings(images={name: grid_settings(name) for name in LAYOUT.calorimeters})


rule compute_scalars:
    """Compute the scalars of all images of one split: sums of ET, numbers of cells, and the like."""
    input:
        program="workflow/scripts/data/compute_scalars.py",
        library=library_of("data/compute_scalars.py"),
        cells=lambda wildcards: paths.cell_tables(LAYOUT.calorimeters, [wildcards.split]),
    output:
        table="<results>/data/scalars/{split}.feather",
    log:
        "<logs>/data/compute_scalars/{split}.log",
    benchmark:
        "<benchmarks>/data/compute_scalars/{split}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(500, cells=3),
        runtime=scale_with_inputs(10, cells=0.01),
    params:
        settings=scalar_settings,
    shell:
        r"""
        python {input.program:q} \
            --cells {input.cells:q} \
            --split {wildcards.split:q} \
            --settings {params.settings:q} \
            --output {output.table:q} \
            &>{log:q}
        """


def own_table(wildcards):
    """Return the user's table of a job: one per split, or one of all splits."""
    return OWN_TABLES[wildcards.table].replace("{split}", wildcards.split)


def existing_own_table(wildcards):
    """Return the user's table of a job as an input; not if it is missing, which import_table reports."""
    return [path for path in [own_table(wildcards)] if os.path.exists(path)]


def table_settings(wildcards):
    """Return the name and the path of a user's table."""
    return as_settings(table=wildcards.table, path=own_table(wildcards))


rule import_table:
    """Check a table of the user for one split of the events, and write its variables."""
    input:
        program="workflow/scripts/data/import_table.py",
        library=library_of("data/import_table.py"),
        source=existing_own_table,
        events="<results>/data/{split}.feather",
    output:
        table="<results>/data/tables/{table}/{split}.feather",
    log:
        "<logs>/data/import_table/{table}/{split}.log",
    benchmark:
        "<benchmarks>/data/import_table/{table}/{split}.jsonl"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(500, source=10),
        runtime=scale_with_inputs(10, source=0.1),
    params:
        settings=table_settings,
    shell:
        r"""
        python {input.program:q} \
            --events {input.events:q} \
            --split {wildcards.split:q} \
            --settings {params.settings:q} \
            --output {output.table:q} \
            &>{log:q}
        """
