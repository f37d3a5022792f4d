"""Search stage: the observables that explain a classifier, chosen pass by pass.

A pass compares all candidates, chooses one, and trains networks on the base and all chosen observables, one per
seed; the first of them guides the next choice. The networks of pass 0, of the base, are those of the study's own
feature set if their settings are equal. A search that has stopped copies its last networks, so that all its passes
exist.
"""

from leptonid.study import candidates
from leptonid.study.candidates import candidate_names
from leptonid.study.classifiers import network_of_base, network_settings

# The feature set whose networks are those of pass 0; None where they are trained by the search.
SHARED_BASES = {
    name: network_of_base(settings, config["train"], LAYOUT) for name, settings in SEARCHES.items()
}

# The files of the network of a pass.
NETWORK_FILES = ["model.keras", "model.onnx", "history.csv", "scores.feather", "metrics.json"]


def search_files(wildcards):
    """Return the choices of all passes, and the networks of the last pass of every search."""
    choices = [
        paths.pass_file(search, number + 1, "choice.json")
        for search, settings in SEARCHES.items()
        for number in range(settings["passes"])
    ]
    return [
        *choices,
        *files_of_runs(SEARCH_CLASSIFIERS, "model.keras"),
    ]


rule search:
    """The choices and final networks of all searches."""
    input:
        search_files,
    localrule: True


def search_base(search):
    """Return the inputs that a search begins with, EFPs with their calorimeter."""
    return list(ALL_CLASSIFIERS[search_name(search)].inputs)


def candidate_calorimeters(search, kind):
    """Return the calorimeters of a search's EFPs or scalars; none where these are no candidates."""
    settings = SEARCHES[search]
    if kind not in settings["candidates"]:
        return []
    computed = EFP_CALORIMETERS if kind == candidates.EFPS else LAYOUT.calorimeters
    return settings["calorimeters"] or computed


def candidate_inputs(search):
    """Return the inputs that stand for all candidates of a search, but for columns of the user's tables."""
    return [
        *(f"efp_{name}" for name in candidate_calorimeters(search, candidates.EFPS)),
        *(f"scalars_{name}" for name in candidate_calorimeters(search, candidates.SCALARS)),
        *(
            [*LAYOUT.groups, *LAYOUT.kinematics]
            if candidates.VARIABLES in SEARCHES[search]["candidates"]
            else candidates.groups(SEARCHES[search]["candidates"])
        ),
    ]


def search_layout(search):
    """Return the part of the layout that the base of a search and its candidates need."""
    layout = layout_settings([*search_base(search), *candidate_inputs(search)])
    return {**layout, "tables": list(own_tables(SEARCHES[search]["candidates"]))}


def search_tables(splits):
    """Return an input function: the tables of events, scalars and the user that a search needs."""

    def collect(wildcards):
        search = wildcards.search
        own = own_tables(SEARCHES[search]["candidates"])
        inputs = [*search_base(search), *candidate_inputs(search)]
        return [*event_tables_of(inputs, splits), *paths.own_tables(own, splits)]

    return collect


def choosing_tables(wildcards):
    """Return the tables of events, scalars and the user of the events that choose."""
    return search_tables([SEARCHES[wildcards.search]["split"]])(wildcards)


def search_unique(wildcards):
    """Return the table of unique observables where a search needs it."""
    return unique_table_of([*search_base(wildcards.search), *candidate_inputs(wildcards.search)])


def where_efps_are_candidates(path):
    """Return an input function: this file where a search chooses from EFPs."""

    def collect(wildcards):
        return [path] if candidate_calorimeters(wildcards.search, candidates.EFPS) else []

    return collect


def searches_by(*methods):
    """Return a wildcard constraint: the searches with these methods."""
    return any_of(name for name, settings in SEARCHES.items() if settings["method"] in methods)


def network_file(search, number, run, file):
    """Return a file of the network of a pass, which for pass 0 can be one of the study's own."""
    own = SHARED_BASES[search]
    if number == 0 and own:
        return ALL_CLASSIFIERS[own].file(run, file)
    return paths.pass_file(search, number, f"{run}/{file}")


def passes_before(search, number):
    """Return the numbers of the passes with networks before one: from 0, of the base, or 1 without a base."""
    return range(0 if SEARCHES[search]["base"] else 1, number)


def scores_before(search, number):
    """Return the scores of the networks of all passes before one, pass by pass, each with all seeds."""
    runs = ALL_CLASSIFIERS[search_name(search)].runs
    return [
        network_file(search, before, run, "scores.feather")
        for before in passes_before(search, number)
        for run in runs
    ]


def previous_scores(wildcards):
    """Return the scores of the networks of all previous passes."""
    return scores_before(wildcards.search, int(wildcards.number))


def previous_network(wildcards):
    """Return the files of the network of the previous pass with the same seed; none where there was none."""
    return [
        network_file(wildcards.search, before, wildcards.run, file)
        for before in passes_before(wildcards.search, int(wildcards.number))[-1:]
        for file in NETWORK_FILES
    ]


def choice_of(search, number):
    """Return the choice of a pass as a list, which is empty for pass 0, as that chooses nothing."""
    return [paths.pass_file(search, number, "choice.json")] if number else []


def previous_choice(wildcards):
    """Return the choice of the previous pass; none for the first."""
    return choice_of(wildcards.search, int(wildcards.number) - 1)


def own_choice(wildcards):
    """Return the choice of a pass; none for the base."""
    return choice_of(wildcards.search, int(wildcards.number))


def black_box_scores(wildcards):
    """Return the scores of the classifier that a search explains, of its first run."""
    black_box = ALL_CLASSIFIERS[SEARCHES[wildcards.search]["black_box"]]
    return black_box.file(black_box.runs[0], "scores.feather")


def search_efps(splits):
    """Return an input function: the EFP tables of some splits that a search needs, including its base's."""

    def collect(wildcards):
        calorimeters = {
            *candidate_calorimeters(wildcards.search, candidates.EFPS),
            *calorimeters_of_efps(search_base(wildcards.search), LAYOUT.contents),
        }
        return paths.efp_tables(CHUNKS, sorted(calorimeters), splits)

    return collect


def network_inputs(wildcards):
    """Return the inputs that the network of a pass can have: its base, and all candidates after pass 0."""
    search, base = wildcards.search, search_base(wildcards.search)
    return base if wildcards.number == "0" else [*base, *candidate_inputs(search)]


def network_efps(wildcards):
    """Return the EFP tables of the network of a pass."""
    return efp_tables_of(network_inputs(wildcards))


def network_tables(wildcards):
    """Return the tables of events, scalars and the user of the network of a pass."""
    own = own_tables(SEARCHES[wildcards.search]["candidates"]) if wildcards.number != "0" else []
    return [*event_tables_of(network_inputs(wildcards)), *paths.own_tables(own)]


def network_unique(wildcards):
    """Return the table of unique observables where the network of a pass needs it."""
    return unique_table_of(network_inputs(wildcards))


def choosing_efps(wildcards):
    """Return the EFP tables of the events that choose."""
    return search_efps([SEARCHES[wildcards.search]["split"]])(wildcards)


def candidate_settings(search):
    """Return the base of a search, its candidates, the events that choose, and when it stops."""
    others = ("events", "passes", "jobs", "bootstraps", "network", "base", "title", "candidates")
    own = {key: value for key, value in SEARCHES[search].items() if key not in others}
    return {
        **own,
        "candidates": candidate_names(SEARCHES[search]["candidates"]),
        "base": search_base(search),
        "layout": search_layout(search),
    }


def choosing_settings(wildcards):
    """Return the settings of score_candidates."""
    own = {key: SEARCHES[wildcards.search][key] for key in ("events", "bootstraps")}
    return as_settings(**candidate_settings(wildcards.search), **own)


def per_choosing_event(amount, factor):
    """Return an amount of `scale_with_inputs`: this one, plus a factor for every event that chooses."""

    def count(wildcards):
        search = SEARCHES[wildcards.search]
        return per_event(amount, factor, search["split"], search["events"])

    return count


rule score_candidates:
    """Compare every candidate of a pass with the guide, on the pairs that guide and network order differently."""
    input:
        program="workflow/scripts/search/score_candidates.py",
        library=library_of("search/score_candidates.py"),
        unique=search_unique,
        duplicates=where_efps_are_candidates(paths.DUPLICATES),
        graphs=where_efps_are_candidates(paths.GRAPHS),
        events=choosing_tables,
        efps=choosing_efps,
        black_box=black_box_scores,
        networks=previous_scores,
        choice=previous_choice,
    output:
        candidates="<results>/search/{search}/pass{number}/candidates/{part}.feather",
    log:
        "<logs>/search/{search}/pass{number}/score_candidates_{part}.log",
    benchmark:
        "<benchmarks>/search/{search}/pass{number}/score_candidates_{part}.jsonl"
    wildcard_constraints:
        search=searches_by("black_box", "truth"),
    # Passes run one after another, which is the longest chain of a run.
    priority: 1
    conda:
        "../../envs/search.yaml"
    threads: 1
    resources:
        # Up to 500 candidates are compared at once.
        mem_mb=scale_with_inputs(per_choosing_event(900, 0.01), black_box=2, networks=1),
        runtime=scale_with_inputs(per_choosing_event(15, 0.0005)),
    params:
        settings=choosing_settings,
    shell:
        r"""
        python {input.program:q} \
            --unique {input.unique:q} \
            --duplicates {input.duplicates:q} \
            --graphs {input.graphs:q} \
            --events {input.events:q} \
            --efps {input.efps:q} \
            --black-box {input.black_box:q} \
            --networks {input.networks:q} \
            --choice {input.choice:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --output {output.candidates:q} \
            &>{log:q}
        """


def search_cells(splits):
    """Return an input function: the cells of the images of a search's base."""

    def collect(wildcards):
        return cell_tables_of(search_base(wildcards.search), splits)

    return collect


def search_network_settings(search):
    """Return the settings of the networks of a search but the seed: their own, and those of all networks."""
    own = network_settings(SEARCHES[search]["network"], search_base(search), LAYOUT)
    return {**shared_training_settings(config["train"]), **own}


def greedy_settings(wildcards):
    """Return the settings of train_candidates: those of a choice, of the networks, and the number of jobs.

    The networks that compete have the first seed.
    """
    search = wildcards.search
    own = SEARCHES[search]
    settings = {**search_network_settings(search), **candidate_settings(search)}
    return as_settings(**settings, jobs=own["jobs"], seed=own["seeds"][0])


rule train_candidates:
    """Train a network with every candidate in one part of a pass, and compare each with the black box."""
    input:
        program="workflow/scripts/search/train_candidates.py",
        library=library_of("search/train_candidates.py"),
        unique=search_unique,
        duplicates=where_efps_are_candidates(paths.DUPLICATES),
        graphs=where_efps_are_candidates(paths.GRAPHS),
        # Without the test events, which take no part in choosing.
        events=search_tables(paths.TUNING_SPLITS),
        cells=search_cells(paths.TUNING_SPLITS),
        efps=search_efps(paths.TUNING_SPLITS),
        black_box=black_box_scores,
        networks=previous_scores,
        choice=previous_choice,
    output:
        # The journal beside it is not an output, so that it survives a killed job.
        candidates="<results>/search/{search}/pass{number}/candidates/{part}.feather",
    log:
        "<logs>/search/{search}/pass{number}/train_candidates_{part}.log",
    benchmark:
        "<benchmarks>/search/{search}/pass{number}/train_candidates_{part}.jsonl"
    wildcard_constraints:
        search=searches_by("greedy"),
    priority: 1
    # A killed job resumes with the candidates it lacks, with more memory and time.
    retries: RETRIES
    conda:
        "../../envs/search.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scale_with_inputs(training_mb(2400), cells=1, events=4),
        runtime=scale_with_inputs(1440),
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
            --networks {input.networks:q} \
            --choice {input.choice:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --output {output.candidates:q} \
            &>{log:q}
        """


def number_of_parts_of(search):
    """Return the number of tables of candidates of a pass: one, or one per job of a greedy search."""
    settings = SEARCHES[search]
    return settings["jobs"] if settings["method"] == "greedy" else 1


def candidates_of(search, number):
    """Return the tables of candidates of a pass."""
    parts = range(number_of_parts_of(search))
    return [paths.pass_file(search, number, f"candidates/{part}.feather") for part in parts]


def candidates_of_pass(wildcards):
    """Return the tables of candidates of a pass."""
    return candidates_of(wildcards.search, int(wildcards.number))


def base_settings(wildcards):
    """Return the settings of choose_observable: the base."""
    return as_settings(base=search_base(wildcards.search))


rule choose_observable:
    """Choose the candidate with the largest ADO."""
    input:
        program="workflow/scripts/search/choose_observable.py",
        library=library_of("search/choose_observable.py"),
        candidates=candidates_of_pass,
        previous=previous_choice,
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
        mem_mb=scale_with_inputs(600),
        runtime=scale_with_inputs(10),
    params:
        settings=base_settings,
    shell:
        r"""
        python {input.program:q} \
            --number {wildcards.number:q} \
            --candidates {input.candidates:q} \
            --previous {input.previous:q} \
            --settings {params.settings:q} \
            --output {output.choice:q} \
            &>{log:q}
        """


def pass_settings(wildcards):
    """Return the settings of train_pass: the base, the network, its seed, and those of all networks."""
    search, base = wildcards.search, search_base(wildcards.search)
    # Other candidates do not train the network of the base again.
    layout = layout_settings(base) if wildcards.number == "0" else search_layout(search)
    seed = RUNS[wildcards.run]["seed"]
    return as_settings(**search_network_settings(search), base=base, layout=layout, seed=seed)


rule train_pass:
    """Train a network of a pass on the base and all chosen observables, and score all events with it."""
    input:
        program="workflow/scripts/search/train_pass.py",
        library=library_of("search/train_pass.py"),
        events=network_tables,
        cells=search_cells(SPLITS),
        efps=network_efps,
        unique=network_unique,
        choice=own_choice,
        previous=previous_network,
    output:
        model="<results>/search/{search}/pass{number}/{run}/model.keras",
        onnx="<results>/search/{search}/pass{number}/{run}/model.onnx",
        history="<results>/search/{search}/pass{number}/{run}/history.csv",
        scores="<results>/search/{search}/pass{number}/{run}/scores.feather",
        metrics="<results>/search/{search}/pass{number}/{run}/metrics.json",
    log:
        "<logs>/search/{search}/pass{number}/train_pass_{run}.log",
    benchmark:
        "<benchmarks>/search/{search}/pass{number}/train_pass_{run}.jsonl"
    wildcard_constraints:
        run=any_of(RUNS_ON_FILE_SPLITS),
    priority: 1
    # A killed job resumes after its last epoch, with more memory and time.
    retries: RETRIES
    conda:
        "../../envs/search.yaml"
    # One thread gives the same numbers whatever the number of cores; --set-threads changes it.
    threads: 1
    resources:
        mem_mb=scale_with_inputs(training_mb(1500), cells=1, events=4, efps=for_all_efps(2.8)),
        runtime=TRAINING_MINUTES,
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
            --previous {input.previous:q} \
            --threads {threads} \
            --settings {params.settings:q} \
            --model {output.model:q} \
            --onnx {output.onnx:q} \
            --history {output.history:q} \
            --scores {output.scores:q} \
            --metrics {output.metrics:q} \
            &>{log:q}
        """
