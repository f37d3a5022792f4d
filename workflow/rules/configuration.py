"""The config: dropped entries, checks against the schema, and checks that a schema cannot make."""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import jsonschema
import yaml
from snakemake.exceptions import WorkflowError

SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.yaml"
IMAGES = {"et", "ht"}

# What a search needs to know, of its own or from its section.
PLATEAU = ("gain", "passes")
NETWORK = ("dense", "units", "dropout", "learning_rate")

# In a path, Snakemake gives {} and <> meanings of its own, and for a cluster or conda it quotes paths in
# ways that do not hold for the others.
UNSAFE = re.compile(r'[{}<>"$`\\\x00-\x1f\x7f]')

# JSON Schema takes 3.0 for an integer and YAML has .nan and .inf; neither makes a study.
Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ).redefine(
        "number",
        lambda _, value: (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        ),
    ),
)


def check_config(config: dict) -> None:
    """Drop what an overlay set to null, then refuse a config that cannot work.

    Raises
    ------
    WorkflowError
        With one line per problem, each naming its key.
    """
    _drop_nulls(config, "efp", "overrides")
    features = _drop_nulls(config, "train", "features")
    kinds = _drop_nulls(config, "train", "baselines")
    ended = _drop_nulls(config, "search", "searches")
    problems = _schema_problems(config)
    if not problems:
        _forget(config, features, kinds, ended)
        problems = [
            *_path_problems("results", config["results"]),
            *_path_problems("data.path", config["data"]["path"]),
            *_network_problems(config),
            *_search_problems(config),
            *_classifier_problems(config),
            *_tuning_problems(config),
        ]
    if problems:
        raise WorkflowError(
            "The config cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems)
        )


def check_paths(folder: str | Path, config_files: Iterable[str | Path], conda: bool) -> None:
    """Refuse a folder of the workflow or a config file whose name cannot safely be part of a command.

    With `conda`, the folder's name must not hold a ' either.

    Raises
    ------
    WorkflowError
        With one line per problem.
    """
    problems = _path_problems("the workflow's folder", str(folder), "'" if conda else "")
    for file in config_files:
        problems += _path_problems("a config file", str(file))
    if problems:
        raise WorkflowError("\n".join(problems))


def baselines(train: dict) -> dict[str, dict]:
    """Return the baselines by name: every kind of every feature set without images, with its settings."""
    return {
        f"{name}_{kind}": {"model": kind, "inputs": network["inputs"], **settings}
        for name, network in train["features"].items()
        if not IMAGES.intersection(network["inputs"])
        for kind, settings in train["baselines"].items()
    }


def searches(search: dict) -> dict[str, dict]:
    """Return the searches by name, each with all settings: its own, or else those of the section."""
    shared = {key: value for key, value in search.items() if key != "searches"}
    return {
        name: {
            **shared,
            **own,
            **{key: {**shared[key], **own.get(key, {})} for key in ("plateau", "network")},
        }
        for name, own in search["searches"].items()
    }


def _drop_nulls(config: dict, section: str, key: str) -> list[str]:
    """Drop entries that are null, and keys of entries: so an overlay can make a CNN a dense network.

    Returns the names of the entries dropped.
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


def _forget(config: dict, features: list[str], kinds: list[str], ended: list[str]) -> None:
    """Take dropped classifiers and searches out of what the default config names them in."""
    train = config["train"]
    gone = {f"{name}_{kind}" for name in [*features, *train["features"]] for kind in kinds}
    gone |= {f"{name}_{kind}" for name in features for kind in train["baselines"]} | set(features)
    for name, search in searches(config["search"]).items():
        if search["black_box"] in gone:
            del config["search"]["searches"][name]
            ended = [*ended, name]
    gone |= {f"search_{name}" for name in ended}
    for section, key in (
        (train["repetitions"], "features"),
        (train["tuning"], "features"),
        (config["figures"], "curves"),
    ):
        if section[key]:
            section[key] = [name for name in section[key] if name not in gone]
    if config["figures"]["reference"] in gone:
        config["figures"]["reference"] = None


def efp_calorimeter(name: str) -> str | None:
    """Return the calorimeter whose EFPs an input of a feature set needs, or None."""
    if name.startswith("efp_"):
        return name.removeprefix("efp_")
    if "_k_" in name:
        return name.split("/")[0] if "/" in name else "ecal"
    return None


def efp_settings(efp: dict, calorimeter: str) -> dict[str, list]:
    """Return the graphs, kappas and betas of a calorimeter: its overrides, or else what holds for all."""
    keys = ("graphs", "kappas", "betas")
    return {key: efp["overrides"].get(calorimeter, {}).get(key, efp[key]) for key in keys}


def _schema_problems(config: dict) -> list[str]:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    errors = Validator(schema).iter_errors(config)
    return sorted(map(_describe, errors))


def _describe(error: jsonschema.ValidationError) -> str:
    key = ".".join(map(str, error.absolute_path)) or "config"
    if error.validator == "additionalProperties":
        unknown = ", ".join(sorted(map(str, set(error.instance) - set(error.schema.get("properties", {})))))
        known = ", ".join(error.schema.get("properties", {}))
        return f"{key}: unknown key {unknown}; known are: {known or 'none'}"
    hints = [error.schema.get("description", "")]
    if error.validator == "type" and isinstance(error.instance, str) and _is_number(error.instance):
        hints.append("YAML reads this as text: write 1.0e-4 rather than 1e-4, and give numbers in a file")
    hint = "; ".join(filter(None, hints))
    return f"{key}: {error.message}" + (f" ({hint})" if hint else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _path_problems(key: str, path: str, unsafe: str = "") -> list[str]:
    """Return what is wrong with a path, which is to be safe in every command that it can get into."""
    found = sorted({*UNSAFE.findall(path), *(set(unsafe) & set(path))})
    if found:
        listed = " ".join(character if character.isprintable() else repr(character) for character in found)
        reason = "which Snakemake reads as its own or does not quote in all of its commands"
        return [f"{key}: {path!r} holds {listed}, {reason}; take another name"]
    if path.startswith("-"):
        return [f"{key}: {path!r} begins with a dash, as options do; write ./{path}"]
    return []


def _network_problems(config: dict) -> list[str]:
    """Return what is wrong with the networks of the feature sets."""
    problems = []
    for name, network in config["train"]["features"].items():
        key = f"train.features.{name}"
        problems += _convolution_problems(key, network, network["inputs"])
        problems += _input_problems(f"{key}.inputs", network["inputs"], config["efp"])
        if name.startswith("search_"):
            problems.append(f"{key}: names that begin with search_ are those of searches; take another")
    return problems


def _convolution_problems(key: str, network: dict, inputs: list[str]) -> list[str]:
    problems = []
    has_images = bool(IMAGES.intersection(inputs))
    for needed in ("blocks", "filters"):
        if has_images and needed not in network:
            problems.append(f"{key}.{needed}: missing; images need blocks and filters")
        if not has_images and needed in network:
            problems.append(f"{key}.{needed}: of no use, as no input is an image (et, ht)")
    return problems


def _input_problems(key: str, inputs: list[str], efp: dict) -> list[str]:
    """Return which inputs need EFPs that are not computed."""
    problems = []
    for source in inputs:
        calorimeter = efp_calorimeter(source)
        if calorimeter and calorimeter not in efp["calorimeters"]:
            problems.append(f"{key}: {source} needs {calorimeter} among efp.calorimeters")
        if "_k_" in source:
            kappa, beta = source.partition("_k_")[2].split("_b_")
            for exponent, where in ((kappa, "kappas"), (beta, "betas")):
                values = efp_settings(efp, calorimeter)[where]
                if exponent not in {f"{value:g}" for value in values}:
                    overridden = where in efp["overrides"].get(calorimeter, {})
                    prefix = f"efp.overrides.{calorimeter}" if overridden else "efp"
                    problems.append(f"{key}: {source} needs {exponent} among {prefix}.{where}")
    return problems


def _search_problems(config: dict) -> list[str]:
    """Return what is wrong with the searches: their black boxes, bases, networks and candidates."""
    problems = []
    efp = config["efp"]
    known = [*config["train"]["features"], *baselines(config["train"])]
    for name, search in searches(config["search"]).items():
        key = f"search.searches.{name}"
        if search["black_box"] not in known:
            problems.append(
                f"{key}.black_box: no classifier {search['black_box']}; there are: {', '.join(known)}"
            )
        for part, needed in (("plateau", PLATEAU), ("network", NETWORK)):
            problems += [f"{key}.{part}.{each}: missing" for each in needed if each not in search[part]]
        problems += _input_problems(f"{key}.base", search["base"], efp)
        problems += _convolution_problems(f"{key}.network", search["network"], search["base"])
        calorimeters = search["calorimeters"] or efp["calorimeters"]
        if not calorimeters:
            problems.append(f"{key}: nothing to choose from, as efp.calorimeters is empty; drop it with null")
            continue
        for calorimeter in calorimeters:
            if calorimeter not in efp["calorimeters"]:
                problems.append(f"{key}.calorimeters: {calorimeter} is not among efp.calorimeters")
        for where in ("kappas", "betas"):
            computed = {
                value
                for calorimeter in calorimeters
                for value in efp_settings(efp, calorimeter)[where]
                if calorimeter in efp["calorimeters"]
            }
            listed = ", ".join(f"{value:g}" for value in sorted(computed))
            problems += [
                f"{key}.{where}: {value:g} is not among those computed: {listed}"
                for value in search[where] or []
                if value not in computed
            ]
    return problems


def _classifier_problems(config: dict) -> list[str]:
    """Return what is wrong with the names of classifiers, and with where the config uses them."""
    train, figures = config["train"], config["figures"]
    problems = [
        f"train.features.{name}: a baseline of train.baselines has this name; take another"
        for name in sorted(set(train["features"]) & set(baselines(train)))
    ]
    known = [*train["features"], *baselines(train)]
    compared = [*known, *(f"search_{name}" for name in config["search"]["searches"])]
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


def _tuning_problems(config: dict) -> list[str]:
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
