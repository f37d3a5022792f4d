"""The checks of a config that a schema cannot make: names that refer to others, and inputs of classifiers."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from urllib.parse import urlsplit

from leptonid.errors import InputError
from leptonid.study.candidates import EFPS, FORMATS, KINDS, NAME, SPLIT, table_name
from leptonid.study.classifiers import NETWORK_KINDS, baseline_names, network_kind, search_name, searches
from leptonid.study.config_schema import efp_calorimeters, efp_settings, read_default_config
from leptonid.study.features import EFP, EVENTS, IMAGE, are_known, images_of, parse_input
from leptonid.study.layout import CLASSES, Layout
from leptonid.study.observables import Observable, exponent_text
from leptonid.study.paths import SPLITS
from leptonid.study.simulations import SIMULATIONS
from leptonid.study.sources import DELPHES, SIMULATION, file_name, files_of_class

# What a search needs, of its own or from its section.
PLATEAU = ("gain", "passes")

# The layouts in which sources that make events can make them.
MADE_LAYOUTS = {SIMULATION: list(SIMULATIONS), DELPHES: ["electrons"]}

NETWORK = ("dense", "units", "dropout", "learning_rate")

# Snakemake gives {} and <> in paths a meaning of its own, and quotes paths for clusters and conda in ways
# that do not hold for the others.
UNSAFE = re.compile(r'[{}<>"$`\\\x00-\x1f\x7f]')


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


def download_problems(data: Mapping) -> list[str]:
    """Return what is wrong with the addresses of a download."""
    download, key = data["download"], "data.download"
    if data["source"] != "download":
        return []
    if not download["urls"]:
        return [f"{key}.urls: empty; source download needs the address of a file"]
    problems = [
        f"{key}.urls.{index}: holds a password, which would get into logs and manifest; put it into ~/.netrc"
        for index, url in enumerate(download["urls"])
        if "@" in urlsplit(url).netloc
    ]
    if not problems and file_name(download) in ("", ".", ".."):
        problems.append(f"{key}.name: needed, as {download['urls'][0]} does not end with the name of a file")
    return problems


def config_problems(config: Mapping, layout: Layout) -> list[str]:
    """Return what is wrong with a config that the schema allows, one line per problem with its key."""
    return [
        *path_problems("published.auc of the layout", layout.published_auc or ""),
        *path_problems(
            "published.searches.path of the layout",
            layout.published_searches.path if layout.published_searches else "",
        ),
        *_data_problems(config, layout),
        *_efp_problems(config, layout),
        *_network_problems(config, layout),
        *_scaling_problems(config, layout),
        *_search_problems(config, layout),
        *_classifier_problems(config, layout),
        *_tuning_problems(config),
        *_variation_problems(config, layout),
    ]


def _data_problems(config: Mapping, layout: Layout) -> list[str]:
    data = config["data"]
    source = data["source"]
    problems = []
    if layout.name not in MADE_LAYOUTS.get(source, [layout.name]):
        problems.append(
            f"data.source: {source} makes no events in the layout {layout.name}, only in: "
            f"{', '.join(MADE_LAYOUTS[source])}"
        )
    elif source == SIMULATION:
        others = {key for keys in SIMULATIONS.values() for key in keys} - set(SIMULATIONS[layout.name])
        problems += [
            f"data.simulation.{key}: of no use to the simulation of {layout.name}"
            for key in sorted(others)
            if data["simulation"][key] != read_default_config()["data"]["simulation"][key]
        ]
    elif source == DELPHES:
        problems += _delphes_problems(data["delphes"])
    return problems + _reading_problems(data["split"], data["path"])


def _reading_problems(split: Mapping, path: object) -> list[str]:
    """Return what is wrong with the shares of a file without splits, and with the files of `data.path`."""
    problems = []
    if split["valid"] + split["test"] >= 1:
        problems.append(
            f"data.split: valid and test leave no training events, found {split['valid']} and {split['test']}"
        )
    if isinstance(path, Mapping) and {"train", "signal"} <= set(path):
        problems.append("data.path: names splits beside classes; name the classes within each split")
    both = [file for file in files_of_class(path, "signal") if file in files_of_class(path, "background")]
    if both:
        problems.append(
            f"data.path: {both[0]} is named for both classes; name it without a class, if it has labels"
        )
    return problems


def _delphes_problems(delphes: Mapping) -> list[str]:
    """Return what is wrong with the section data.delphes."""
    problems = [
        f"data.delphes.{name}: no file; data.source: delphes needs ROOT files of both classes"
        for name in CLASSES.values()
        if not delphes[name]
    ]
    problems += [
        f"data.delphes: {file} is both signal and background; an event has one class"
        for file in delphes["signal"]
        if file in delphes["background"]
    ]
    if delphes["event_weights"] and delphes["matching"] == "accept":
        problems.append(
            "data.delphes.event_weights: matching: accept counts events and knows no weights; take matching: "
            "weights or none"
        )
    return problems


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
    if NETWORK_KINDS[kind]["sets"] and not images_of(inputs, layout.contents):
        return [f"{key}.kind: a {kind} network sees the cells of images, and no input is an image"]
    needed, optional = (NETWORK_KINDS[kind][part] for part in ("settings", "optional"))
    known = {name for other in NETWORK_KINDS.values() for name in (*other["settings"], *other["optional"])}
    others = known - {*needed, *optional}
    return [
        *(f"{key}.{name}: missing; a {kind} network needs it" for name in needed if name not in network),
        *(
            f"{key}.{name}: of no use, as no input is an image" if kind == "dense"
            else f"{key}.{name}: of no use to a {kind} network"
            for name in sorted(others)
            if name in network
        ),
    ]  # fmt: skip


def _scaling_problems(config: Mapping, layout: Layout) -> list[str]:
    """Return which names of scalings are no inputs, or images."""
    networks = {f"train.features.{name}": network for name, network in config["train"]["features"].items()}
    networks["train"] = config["train"]
    for name, search in searches(config, layout).items():
        networks[f"search.searches.{name}.network"] = search["network"]
    problems = []
    for key, network in networks.items():
        scaling = network.get("scaling")
        for name in scaling if isinstance(scaling, Mapping) else ():
            try:
                if parse_input(name, layout.contents).kind == IMAGE:
                    problems.append(f"{key}.scaling: {name} is an image; see train.image_scaling")
            except InputError as error:
                problems.append(f"{key}.scaling: {error}")
    return problems


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
    for name, search in searches(config, layout).items():
        key = f"search.searches.{name}"
        if search["black_box"] not in known:
            problems.append(
                f"{key}.black_box: no classifier {search['black_box']}; there are: {', '.join(known)}"
            )
        problems += [f"{key}.plateau.{item}: missing" for item in PLATEAU if item not in search["plateau"]]
        problems += [
            f"{key}.network.{item}: missing, and no feature set has the inputs of the base, or is of its kind"
            for item in NETWORK
            if item not in search["network"]
        ]
        wrong = _input_problems(f"{key}.base", search["base"], efp, layout)
        problems += wrong or _kind_problems(f"{key}.network", search["network"], search["base"], layout)
        problems += _candidate_problems(f"{key}.candidates", search["candidates"], layout)
        if EFPS not in search["candidates"]:
            continue
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


def _candidate_problems(key: str, candidates: Sequence[str], layout: Layout) -> list[str]:
    """Return which candidates of a search are neither kinds of observables, nor groups, nor usable tables."""
    problems = []
    names = list(map(table_name, candidates))
    for entry in candidates:
        if entry in KINDS or entry in layout.groups:
            continue
        name = table_name(entry)
        if PurePath(entry).suffix not in FORMATS:
            known = ", ".join([*KINDS, *layout.groups])
            problems.append(f"{key}: {entry}: expected {known}, or a table ({', '.join(FORMATS)})")
        elif not NAME.fullmatch(name) or name in (*layout.calorimeters, *layout.groups, *KINDS, EVENTS):
            problems.append(
                f"{key}: {entry}: the name of a table, {name!r}, must be letters, digits and _, and new"
            )
        elif names.count(name) > 1:
            problems.append(f"{key}: {entry}: two tables are named {name}")
        else:
            problems += path_problems(key, entry.replace(SPLIT, SPLITS[0]))
    return problems


def _baseline_names(config: Mapping, layout: Layout) -> list[str]:
    """Return the names of the baselines; none while an input is unknown, which is a problem of its own."""
    known = {
        name: network
        for name, network in config["train"]["features"].items()
        if are_known(network["inputs"], layout.contents)
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
        ("train.learning_curve.features", train["learning_curve"]["features"], known),
        ("figures.curves", figures["curves"] or [], compared),
        ("figures.explorer.classifiers", figures["explorer"]["classifiers"] or [], compared),
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
    for kind in ("images", "cells", "flat"):
        for name, (low, high) in tuning[kind].items():
            key = f"train.tuning.{kind}.{name}"
            if low > high:
                problems.append(f"{key}: {low} is above {high}; the lower end comes first")
            elif name == "dropout" and high >= 1:
                problems.append(f"{key}: dropout must be below 1, found {high}")
            elif name == "learning_rate" and low <= 0:
                problems.append(f"{key}: a learning rate must be above 0, found {low}")
    return problems


def _variation_problems(config: Mapping, layout: Layout) -> list[str]:
    """Return what is wrong with the classifiers and images of evaluate.variations."""
    variations, features = config["evaluate"]["variations"], config["train"]["features"]
    key = "evaluate.variations"
    with_images = [
        name
        for name, network in features.items()
        if are_known(network["inputs"], layout.contents) and images_of(network["inputs"], layout.contents)
    ]
    problems = [
        f"{key}.classifiers: {name} is no network with images among its inputs; there are: "
        f"{', '.join(with_images) or 'none'}"
        for name in variations["classifiers"]
        if name not in with_images
    ]
    if variations["classifiers"] and not variations["changes"]:
        problems.append(f"{key}.changes: none is left; name one, or leave classifiers empty")
    problems += [
        f"{key}.changes.{change}.images: the layout has no image {image}; it has: {', '.join(layout.images)}"
        for change, own in variations["changes"].items()
        for image in own.get("images", [])
        if image not in layout.images
    ]
    return problems
