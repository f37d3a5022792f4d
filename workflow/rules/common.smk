"""What the rules of all stages share: the checked config, its classifiers, tracked settings."""

import json
from functools import reduce
from pathlib import Path

from leptonid.errors import InputError
from leptonid.internals.snakemake import (
    hash_files_once,
    limit_memory,
    record_finished_jobs,
    reevaluate_once,
)
from leptonid.study import paths
from leptonid.study.candidates import own_tables
from leptonid.study.chunks import number_of_chunks, number_of_parts
from leptonid.study.classifiers import (
    BASELINES,
    NEEDS_POSITIVE,
    NETWORK,
    REPETITIONS,
    SEARCH,
    classifiers,
    entries,
    fewest_chunks,
    fewest_events,
    has_images,
    repetitions,
    searches,
    split_runs,
    training_files,
)
from leptonid.study.config import prepare_config
from leptonid.study.config_schema import efp_calorimeters, efp_settings
from leptonid.study.features import contents_of, efp_calorimeters as calorimeters_of_efps, images_of
from leptonid.study.layout import CLASSES
from leptonid.study.simulations import SIMULATIONS
from leptonid.study.sources import MADE, Reading, all_files, files_by_split

from cluster import refuse_living_jobs, report_slurm_reasons
from dependencies import library_of
from events import absent_groups, count_events, missing_groups, without_missing_groups
from lock import hold_run_lock, refuse_read_only, report_full_disk
from progress import report_result, show_progress
from provenance import code_files, shell_prefix, write_manifest
from resources import scale_with_inputs

try:
    WHOLE_LAYOUT = prepare_config(config, CONFIG_FILES, absent_groups)
except InputError as error:
    raise WorkflowError(str(error))
# Without what neither the files have nor the config asks for.
LAYOUT = without_missing_groups(config, WHOLE_LAYOUT)
if workflow.is_main_process:
    refuse_read_only(Path.cwd())
record_finished_jobs(workflow)
reevaluate_once(workflow)
hash_files_once()
limit_memory(workflow)

SPLITS = paths.SPLITS
STAGES = ["data", "efp", "train", "search", "evaluate", "figures"]

# How often a training is tried again by the process that submits it. A job that tried again itself would keep
# the memory and time that it had.
RETRIES = 2 if workflow.is_main_process else 0

ALL_CLASSIFIERS = classifiers(config, LAYOUT)
NETWORKS = [name for name, classifier in ALL_CLASSIFIERS.items() if classifier.kind == NETWORK]
BASELINE_CLASSIFIERS = [name for name, classifier in ALL_CLASSIFIERS.items() if classifier.kind in BASELINES]
SEARCH_CLASSIFIERS = [name for name, classifier in ALL_CLASSIFIERS.items() if classifier.kind == SEARCH]
TRAINED_CLASSIFIERS = [*NETWORKS, *BASELINE_CLASSIFIERS]
SEARCHES = searches(config, LAYOUT)
OWN_TABLES = {
    name: path for settings in SEARCHES.values() for name, path in own_tables(settings["candidates"]).items()
}
EFP_CALORIMETERS = efp_calorimeters(config["efp"], LAYOUT)


def any_of(names):
    """Return a wildcard constraint: one of these names, nothing where there are none."""
    return "|".join(names) or "(?!)"


wildcard_constraints:
    split=any_of(SPLITS),
    calorimeter=any_of(LAYOUT.calorimeters),
    label=any_of(CLASSES.values()),
    file=r"\d+",
    chunk=r"\d+",
    classifier=any_of(TRAINED_CLASSIFIERS),
    run=rf"((part[\d.e-]+)?seed|{'|'.join(REPETITIONS)})\d+",
    search=any_of(SEARCHES),
    number=r"\d+",
    part=r"\d+",
    job=r"\d+",
    table=any_of(OWN_TABLES),


def as_settings(**values):
    """Return the tracked parameter of a rule: a JSON text of named values.

    Snakemake compares parameters as a set of values without names, so that separate ones could swap unseen.
    """
    return json.dumps(values, sort_keys=True)


def config_settings(*keys):
    """Return a params function: settings made of these dotted keys of the config, by their last names."""

    def collect(wildcards):
        values = {
            key.split(".")[-1]: reduce(lambda section, name: section[name], key.split("."), config)
            for key in keys
        }
        return as_settings(**values)

    return collect


def grid_settings(calorimeter):
    """Return the grid of a calorimeter's image as settings can hold it."""
    return vars(LAYOUT.image_of(calorimeter).grid)


def layout_settings(inputs):
    """Return the part of the layout that inputs need, as settings can hold it."""
    return contents_of(inputs, LAYOUT.contents).as_settings()


def class_settings():
    """Return what figures call the classes."""
    return {"signal": vars(LAYOUT.signal), "background": vars(LAYOUT.background)}


def caption(name, folder="../report"):
    """Return a caption of the report, in its folder as seen from the rules: that of the layout if it has one."""
    own = f"{LAYOUT.name}/{name}"
    return f"{folder}/{own if Path(workflow.basedir, 'workflow/report', own).exists() else name}"
