"""The config of a study: what an overlay drops, the schema, and the checks that a schema cannot make.

The schema, `workflow/schemas/config.schema.yaml`, explains every key; `config/README.md` is generated from it
(`leptonid.study.reference`).
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from pathlib import Path

import jsonschema

from leptonid.errors import InputError
from leptonid.study.classifiers import NETWORK_KINDS, baseline_names, network_kind, search_name, searches
from leptonid.study.features import EFP, images_of, parse_input, parse_inputs
from leptonid.study.layout import Layout
from leptonid.study.layout_file import read_layout
from leptonid.study.observables import Observable, exponent_text
from leptonid.study.sources import all_files
from leptonid.study.starter import starter_study
from leptonid.study.yaml_file import YamlFile, dotted, key_problem, place_of, read_yaml, text_problem

ROOT = Path(__file__).parents[4]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
DEFAULT_CONFIG = ROOT / "config/config.yaml"
LAYOUTS = ROOT / "config/layouts"

# What a search needs, of its own or from its section.
PLATEAU = ("gain", "passes")
NETWORK = ("dense", "units", "dropout", "learning_rate")

# Snakemake gives {} and <> in paths a meaning of its own, and quotes paths for clusters and conda in ways
# that do not hold for the others.
UNSAFE = re.compile(r'[{}<>"$`\\\x00-\x1f\x7f]')

# What a null of --config becomes, as Snakemake reads nested values of the command line as text.
NULL_TEXTS = ("null", "Null", "NULL", "None")

# JSON Schema takes 3.0 for an integer; YAML has .nan, .inf and whole numbers too large for a float: no study
# can use them.
Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ).redefine(
        "number",
        lambda _, value: (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and abs(value) <= sys.float_info.max
        ),
    ),
)


@cache
def read_schema() -> dict:
    """Return the schema of the config."""
    return read_yaml(SCHEMA).content


def read_default_config() -> dict:
    """Return the default config."""
    return read_yaml(DEFAULT_CONFIG).content


def resolved(entry: Mapping) -> dict:
    """Return a part of the schema with its reference followed; keys beside the reference have precedence."""
    if "$ref" not in entry:
        return dict(entry)
    target = reduce(lambda part, name: part[name], entry["$ref"].removeprefix("#/").split("/"), read_schema())
    return {**resolved(target), **{key: value for key, value in entry.items() if key != "$ref"}}


def layout_path(name: str) -> Path:
    """Return the file of `data.layout`: a path to a YAML file, or a name in `config/layouts`."""
    return Path(name) if name.endswith((".yaml", ".yml")) else LAYOUTS / f"{name}.yaml"


def prepare_config(config: dict, files: Sequence[YamlFile] = ()) -> Layout:
    """Complete and check a config in place; return its layout.

    Entries that an overlay set to null are dropped, together with what the default config refers to them by.
    Entries of the default config that another layout cannot feed make way for `starter_study`. Whole numbers
    become floats where the schema takes fractions, so that 1 and 1.0 are the same setting; `~` in paths is
    expanded.

    Parameters
    ----------
    files
        What the config was merged from, in this order.

    Raises
    ------
    InputError
        With one line per problem, each naming its key, and if a schema forbids it its line in `files`.
    """
    problems = list(_text_problems(config))
    if problems:
        raise _refused(problems)
    dropped = {
        key: _drop_nulls(config, *key)
        for key in (
            ("efp", "overrides"), ("train", "features"), ("train", "baselines"), ("search", "searches")
        )
    }  # fmt: skip
    config.update(_with_floats(config, read_schema()))
    problems = _schema_problems(config, files) or _expand_paths(config)
    if problems:
        raise _refused(problems)
    layout = read_layout(layout_path(config["data"]["layout"]))
    gone = _fit_to_layout(config, layout)
    _forget(
        config,
        layout,
        [*dropped["train", "features"], *gone],
        dropped["train", "baselines"],
        dropped["search", "searches"],
    )
    problems = [
        *path_problems("published.auc of the layout", layout.published_auc or ""),
        *_data_problems(config, layout),
        *_efp_problems(config, layout),
        *_network_problems(config, layout),
        *_search_problems(config, layout),
        *_classifier_problems(config, layout),
        *_tuning_problems(config),
    ]
    if problems:
        raise _refused(problems)
    return layout if config["train"]["weights"] else layout.without_weights()


def check_folder(folder: str | Path, workflow_folder: str | Path) -> None:
    """Refuse to run in another folder than the workflow's, as rules name programs and samples relative to it.

    Raises
    ------
    InputError
        If the folders differ.
    """
    if Path(folder).resolve() != Path(workflow_folder).resolve():
        raise InputError(
            f"{folder}: a study runs in the folder of its workflow; add --directory {workflow_folder}, and "
            "--config results=DIR for another folder of results"
        )


def check_paths(folder: str | Path, config_files: Iterable[str | Path], conda: bool) -> None:
    """Refuse a folder of the workflow or a config file whose name cannot safely be part of a command.

    With `conda`, the folder's name must not hold a ' either.

    Raises
    ------
    InputError
        With one line per problem.
    """
    problems = path_problems("the workflow's folder", str(folder), "'" if conda else "")
    for file in config_files:
        problems += path_problems("a config file", str(file))
    if problems:
        raise InputError("\n".join(problems))


def path_problems(key: str, path: str, unsafe: str = "") -> list[str]:
    """Return why a path cannot safely be part of every command that it can get into."""
    found = sorted({*UNSAFE.findall(path), *(set(unsafe) & set(path))})
    if found:
        listed = " ".join(character if character.isprintable() else repr(character) for character in found)
        reason = "which Snakemake interprets itself or does not quote in all of its commands"
        return [f"{key}: {path!r} contains {listed}, {reason}; use another name"]
    if path.startswith("-"):
        return [f"{key}: {path!r} begins with a dash, like an option; write ./{path}"]
    if path.startswith("~"):
        return [f"{key}: {path!r} is not the home folder of a user of this machine; else write ./{path}"]
    return []


def efp_calorimeters(efp: Mapping, layout: Layout) -> list[str]:
    """Return the calorimeters whose EFPs are computed; `efp.calorimeters: null` means all of the layout."""
    return layout.calorimeters if efp["calorimeters"] is None else list(efp["calorimeters"])


def efp_settings(efp: Mapping, calorimeter: str) -> dict[str, list]:
    """Return the graphs, kappas and betas of a calorimeter: its overrides, or else the common values."""
    keys = ("graphs", "kappas", "betas")
    return {key: efp["overrides"].get(calorimeter, {}).get(key, efp[key]) for key in keys}


def _refused(problems: Iterable[str]) -> InputError:
    return InputError("The config cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))


def _drop_nulls(config: dict, section: str, key: str) -> list[str]:
    """Drop entries that are null and null keys of entries; return the names of the dropped entries.

    An overlay can thus turn a CNN into a dense network.
    """
    dropped = []
    entries = config[section].get(key) if isinstance(config.get(section), dict) else None
    if isinstance(entries, dict):
        for name, entry in list(entries.items()):
            if entry is None:
                del entries[name]
                dropped.append(name)
            elif isinstance(entry, dict):
                entries[name] = {part: value for part, value in entry.items() if value is not None}
    return dropped


def _fit_to_layout(config: dict, layout: Layout) -> list[str]:
    """Replace what the default config asks of a sample in another layout; return the dropped feature sets.

    Only entries that stand as in the default config are dropped: what a user wrote is checked like any other.
    """
    default = read_default_config()
    if config["data"]["layout"] == default["data"]["layout"]:
        return []
    efp, train, search = config["efp"], config["train"], config["search"]
    for name, override in default["efp"]["overrides"].items():
        if name not in layout.calorimeters and efp["overrides"].get(name) == override:
            del efp["overrides"][name]
    gone = [
        name
        for name, network in default["train"]["features"].items()
        if train["features"].get(name) == network and not _are_known(network["inputs"], layout)
    ]
    for name in gone:
        del train["features"][name]
    starter = starter_study(layout, default, efp_calorimeters(efp, layout))
    if not train["features"]:
        train["features"] = starter["features"]
    for key in ("black_box", "base"):
        known = search[key] in train["features"] if key == "black_box" else _are_known(search[key], layout)
        if search[key] == default["search"][key] and not known:
            search[key] = starter[key]
    unchanged = {
        name for name, own in search["searches"].items() if own == default["search"]["searches"].get(name)
    }
    if search["black_box"] is None:
        for name in unchanged:
            del search["searches"][name]
        search["black_box"] = next(iter(train["features"]))
    if config["figures"]["reference"] in gone:
        config["figures"]["reference"] = (
            starter["reference"] if starter["reference"] in train["features"] else None
        )
    return gone


def _are_known(inputs: Sequence[str], layout: Layout) -> bool:
    try:
        parse_inputs(inputs, layout.contents)
    except InputError:
        return False
    return True


def _forget(config: dict, layout: Layout, features: list[str], kinds: list[str], ended: list[str]) -> None:
    """Remove dropped classifiers and searches from where the default config names them."""
    train = config["train"]
    gone = {f"{name}_{kind}" for name in [*features, *train["features"]] for kind in kinds}
    gone |= {f"{name}_{kind}" for name in features for kind in train["baselines"]} | set(features)
    gone -= set(train["features"])
    for name, search in searches(config["search"]).items():
        if search["black_box"] in gone:
            del config["search"]["searches"][name]
            ended = [*ended, name]
    gone |= {search_name(name) for name in ended}
    for section, key in (
        (train["repetitions"], "features"),
        (train["tuning"], "features"),
        (config["figures"], "curves"),
    ):
        if section[key]:
            section[key] = [name for name in section[key] if name not in gone]
    if config["figures"]["reference"] in gone:
        config["figures"]["reference"] = None


def _text_problems(value: object, keys: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Yield which keys of the config are not text, and which texts are meant as null."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                yield key_problem((*keys, key))
            yield from _text_problems(part, (*keys, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _text_problems(part, (*keys, index))
    elif value in NULL_TEXTS:
        yield f"{dotted(keys)}: found the text {value!r}, which --config makes of null; give null in a file"


def _with_floats(value: object, entry: Mapping) -> object:
    """Return a part of the config with floats where its part of the schema has numbers."""
    entry = resolved(entry)
    for option in entry.get("anyOf", ()):
        value = _with_floats(value, option)
    if isinstance(value, dict):
        known, others = entry.get("properties", {}), entry.get("additionalProperties") or {}
        return {name: _with_floats(part, known.get(name, others)) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_floats(part, entry.get("items", {})) for part in value]
    if entry.get("type") == "number" and Validator.TYPE_CHECKER.is_type(value, "number"):
        # Adding 0 takes the sign from -0.
        return float(value) + 0.0
    return value


def _expand_paths(config: dict) -> list[str]:
    """Replace ~ in the paths of the config; return what is wrong with them."""
    data = config["data"]
    for section, key in ((config, "results"), (data, "path"), (data, "layout")):
        section[key] = _with_homes(section[key])
    paths = [("results", config["results"]), *(("data.path", file) for file in all_files(data["path"]))]
    paths.append(("data.layout", data["layout"]))
    return [problem for key, path in paths for problem in path_problems(key, path)]


def _with_homes(path: object) -> object:
    """Return a path, or all paths of a list or mapping, with ~ replaced."""
    if isinstance(path, dict):
        return {split: _with_homes(files) for split, files in path.items()}
    if isinstance(path, list):
        return [_with_homes(file) for file in path]
    return os.path.expanduser(path)


def _schema_problems(config: Mapping, files: Sequence[YamlFile]) -> list[str]:
    return sorted(_describe(error, files) for error in Validator(read_schema()).iter_errors(config))


def _describe(error: jsonschema.ValidationError, files: Sequence[YamlFile]) -> str:
    keys = tuple(error.absolute_path)
    key = dotted(keys) or "config"
    if error.validator == "additionalProperties":
        unknown = sorted(set(error.instance) - set(error.schema.get("properties", {})))
        known = ", ".join(error.schema.get("properties", {}))
        place, _ = place_of(files, (*keys, unknown[0]), error.instance[unknown[0]])
        return f"{place}{key}: unknown key {', '.join(unknown)}; known are: {known or 'none'}"
    place, text = place_of(files, keys, error.instance)
    message, hints = error.message, [error.schema.get("description", "")]
    if error.validator == "type" and "string" in error.validator_value:
        message = text_problem(error.instance, text)
    if error.validator == "type" and isinstance(error.instance, str) and _is_number(error.instance):
        hints.append("YAML reads this as text: write 1.0e-4 rather than 1e-4, and give numbers in a file")
    hint = "; ".join(filter(None, hints))
    return f"{place}{key}: {message}" + (f" ({hint})" if hint else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _data_problems(config: Mapping, layout: Layout) -> list[str]:
    data = config["data"]
    if data["source"] == "simulation" and data["layout"] != read_default_config()["data"]["layout"]:
        return [
            f"data.source: the built-in simulation makes events in the layout "
            f"{read_default_config()['data']['layout']}, not {data['layout']}"
        ]
    return []


def _efp_problems(config: Mapping, layout: Layout) -> list[str]:
    """Return what is wrong with the calorimeters of the section efp."""
    efp = config["efp"]
    known = ", ".join(layout.calorimeters) or "none"
    problems = [
        f"efp.{key}: the layout has no calorimeter {name}; it has: {known}"
        for key in ("calorimeters", "overrides")
        for name in efp[key] or ()
        if name not in layout.calorimeters
    ]
    if efp["coordinates"] == "published":
        problems += [
            f"efp.coordinates: published: images.{image.grid.name} of the layout has no published coordinates"
            for image in layout.images.values()
            if image.grid.published_half_eta is None
            and image.grid.calorimeter in efp_calorimeters(efp, layout)
        ]
    return problems


def _network_problems(config: Mapping, layout: Layout) -> list[str]:
    """Return what is wrong with the networks of the feature sets."""
    problems = []
    if not config["train"]["features"]:
        problems.append("train.features: no feature set is left")
    for name, network in config["train"]["features"].items():
        key = f"train.features.{name}"
        wrong = _input_problems(f"{key}.inputs", network["inputs"], config["efp"], layout)
        problems += wrong or _kind_problems(key, network, network["inputs"], layout)
        if name.startswith(search_name("")):
            problems.append(f"{key}: names that begin with {search_name('')} belong to searches; use another")
    return problems


def _kind_problems(key: str, network: Mapping, inputs: Sequence[str], layout: Layout) -> list[str]:
    """Return which settings the kind of a network lacks or cannot use."""
    kind = network.get("kind") or network_kind(inputs, layout)
    if kind not in NETWORK_KINDS:
        return [f"{key}.kind: no kind {kind}; there are: {', '.join(NETWORK_KINDS)}"]
    if images_of(inputs, layout.contents) and not NETWORK_KINDS[kind]["images"]:
        return [f"{key}.kind: a {kind} network takes no images"]
    needed = NETWORK_KINDS[kind]["settings"]
    others = {name for known in NETWORK_KINDS.values() for name in known["settings"]} - set(needed)
    return [
        *(f"{key}.{name}: missing; a {kind} network needs it" for name in needed if name not in network),
        *(
            f"{key}.{name}: of no use, as no input is an image" if kind == "dense"
            else f"{key}.{name}: of no use to a {kind} network"
            for name in sorted(others)
            if name in network
        ),
    ]  # fmt: skip


def _input_problems(key: str, inputs: Sequence[str], efp: Mapping, layout: Layout) -> list[str]:
    """Return which inputs are unknown, or need EFPs that are not computed."""
    problems = []
    for source in inputs:
        try:
            entry = parse_input(source, layout.contents)
        except InputError as error:
            problems.append(f"{key}: {error}")
            continue
        calorimeter = entry.efp_calorimeter
        if calorimeter and calorimeter not in efp_calorimeters(efp, layout):
            problems.append(f"{key}: {source} needs {calorimeter} among efp.calorimeters")
        elif entry.kind == EFP:
            observable = Observable.parse(entry.name)
            for exponent, where in ((observable.kappa, "kappas"), (observable.beta, "betas")):
                if exponent not in efp_settings(efp, calorimeter)[where]:
                    overridden = where in efp["overrides"].get(calorimeter, {})
                    prefix = f"efp.overrides.{calorimeter}" if overridden else "efp"
                    problems.append(f"{key}: {source} needs {exponent_text(exponent)} among {prefix}.{where}")
    return problems


def _search_problems(config: Mapping, layout: Layout) -> list[str]:
    """Return what is wrong with the searches: their black boxes, bases, networks and candidates."""
    problems = []
    efp = config["efp"]
    computed_calorimeters = efp_calorimeters(efp, layout)
    known = [*config["train"]["features"], *_baseline_names(config, layout)]
    for name, search in searches(config["search"]).items():
        key = f"search.searches.{name}"
        if search["black_box"] not in known:
            problems.append(
                f"{key}.black_box: no classifier {search['black_box']}; there are: {', '.join(known)}"
            )
        for part, needed in (("plateau", PLATEAU), ("network", NETWORK)):
            problems += [f"{key}.{part}.{item}: missing" for item in needed if item not in search[part]]
        wrong = _input_problems(f"{key}.base", search["base"], efp, layout)
        problems += wrong or _kind_problems(f"{key}.network", search["network"], search["base"], layout)
        calorimeters = search["calorimeters"] or computed_calorimeters
        if not calorimeters:
            problems.append(f"{key}: nothing to choose from, as efp.calorimeters is empty; drop it with null")
            continue
        for calorimeter in calorimeters:
            if calorimeter not in computed_calorimeters:
                problems.append(f"{key}.calorimeters: {calorimeter} is not among efp.calorimeters")
        for where in ("kappas", "betas"):
            computed = {
                value
                for calorimeter in calorimeters
                for value in efp_settings(efp, calorimeter)[where]
                if calorimeter in computed_calorimeters
            }
            listed = ", ".join(map(exponent_text, sorted(computed)))
            problems += [
                f"{key}.{where}: {exponent_text(value)} is not among those computed: {listed}"
                for value in search[where] or []
                if value not in computed
            ]
    return problems


def _baseline_names(config: Mapping, layout: Layout) -> list[str]:
    """Return the names of the baselines; none while an input is unknown, which is a problem of its own."""
    known = {
        name: network
        for name, network in config["train"]["features"].items()
        if _are_known(network["inputs"], layout)
    }
    return list(baseline_names({**config["train"], "features": known}, layout))


def _classifier_problems(config: Mapping, layout: Layout) -> list[str]:
    """Return what is wrong with the names of classifiers, and with where the config uses them."""
    train, figures = config["train"], config["figures"]
    baselines = _baseline_names(config, layout)
    problems = [
        f"train.features.{name}: a baseline of train.baselines has this name; use another"
        for name in sorted(set(train["features"]) & set(baselines))
    ]
    known = [*train["features"], *baselines]
    compared = [*known, *map(search_name, config["search"]["searches"])]
    for key, names, possible in (
        ("train.repetitions.features", train["repetitions"]["features"], known),
        ("figures.curves", figures["curves"] or [], compared),
        ("figures.reference", [figures["reference"]] if figures["reference"] else [], compared),
    ):
        problems += [
            f"{key}: no classifier {name}; there are: {', '.join(possible)}"
            for name in names
            if name not in possible
        ]
    return problems


def _tuning_problems(config: Mapping) -> list[str]:
    """Return what is wrong with the feature sets and ranges of train.tuning."""
    tuning, features = config["train"]["tuning"], config["train"]["features"]
    problems = [
        f"train.tuning.features: no network {name}; there are: {', '.join(features)}"
        for name in tuning["features"]
        if name not in features
    ]
    for kind in ("images", "flat"):
        for name, (low, high) in tuning[kind].items():
            key = f"train.tuning.{kind}.{name}"
            if low > high:
                problems.append(f"{key}: {low} is above {high}; the lower end comes first")
            elif name == "dropout" and high >= 1:
                problems.append(f"{key}: dropout must be below 1, found {high}")
            elif name == "learning_rate" and low <= 0:
                problems.append(f"{key}: a learning rate must be above 0, found {low}")
    return problems
