"""The table of classifiers: networks, baselines, and the networks that searches end with.

A classifier's kind, inputs, folder and runs stand here; nothing parses them back from its name.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from leptonid.errors import InputError
from leptonid.study.features import EFP, EFPS, IMAGE, are_known, images_of, parse_inputs
from leptonid.study.layout import Layout
from leptonid.study.paths import SPLITS, pass_folder
from leptonid.study.titles import BASELINE_TITLES, distinct, inputs_title, search_title

Item = TypeVar("Item")

NETWORK, SEARCH = "network", "search"
BASELINES = tuple(BASELINE_TITLES)

# Kinds of networks (files in leptonid/train/networks): whether they take images, and these as a set of cells;
# the settings that each needs beside those of all networks, and those that it may have; the end of its title.
SET_SETTINGS = ("phi_dense", "phi_units")
NETWORK_KINDS = {
    "dense": {"images": False, "sets": False, "settings": (), "optional": (), "title": ""},
    "cnn": {
        "images": True,
        "sets": False,
        "settings": ("blocks", "filters"),
        "optional": ("convolutions",),
        "title": "",
    },
    "pfn": {"images": True, "sets": True, "settings": SET_SETTINGS, "optional": (), "title": "PFN"},
    "efn": {"images": True, "sets": True, "settings": SET_SETTINGS, "optional": (), "title": "EFN"},
}

# Kinds of runs on other splits of all events, or on bootstrap samples of the training events, and the keys of
# train.repetitions that say how many there are.
REPETITIONS = {"shuffle": "shuffles", "fold": "folds", "bootstrap": "bootstraps"}

# Image scalings that are undefined for negative pixels.
NEEDS_POSITIVE = ("log", "sum")

# Validation events of a random split, of the events that are not held out; the published file's own share
# (papers' split 64 : 16 : 20).
VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class Classifier:
    """One classifier of the study.

    Parameters
    ----------
    name
        Its name everywhere: in paths, tables and the config.
    kind
        `network`, `search` (the last network of a search), or a baseline: `trees`, `logistic`.
    features
        The feature set that it sees: of a baseline the name of the network with the same inputs, else `name`.
    inputs
        Names of inputs, EFPs with their calorimeter (of a search: of its base).
    settings
        From the config, without the inputs; of a search all its settings.
    folder
        The folder of its runs, of a search that of its last pass.
    runs
        Runs on the splits of the file: one per seed, also those of the searches that start from this network;
        of a baseline the first seed.
    title
        What figures and tables call it.
    """

    name: str
    kind: str
    features: str
    inputs: tuple[str, ...]
    settings: Mapping
    folder: str
    runs: tuple[str, ...]
    title: str

    def file(self, run: str, name: str) -> str:
        """Return the path of a file of one run."""
        return f"{self.folder}/{run}/{name}"


def network_kind(inputs: Iterable[str], layout: Layout) -> str:
    """Return the kind of network that takes these inputs, where the config names none."""
    return "cnn" if images_of(inputs, layout.contents) else "dense"


def network_title(network: Mapping, layout: Layout) -> str:
    """Return what figures call a network: its inputs, and its kind if that is not what they ask for."""
    ending = NETWORK_KINDS[network["kind"]]["title"] if "kind" in network else ""
    return ", ".join(filter(None, [inputs_title(network["inputs"], layout), ending]))


def has_images(classifier: Classifier, layout: Layout) -> bool:
    """Return whether images are among the inputs of a classifier."""
    return bool(images_of(classifier.inputs, layout.contents))


def kind_of_inputs(classifier: Classifier, layout: Layout) -> str:
    """Return what figures tell inputs apart by: `images`, `efps` or `variables`, the first that is there."""
    kinds = {entry.kind for entry in parse_inputs(classifier.inputs, layout.contents)}
    if IMAGE in kinds:
        return "images"
    return "efps" if kinds & {EFP, EFPS} else "variables"


def shared_training_settings(train: Mapping) -> dict:
    """Return the settings that all networks share."""
    others = ("seeds", "repetitions", "learning_curve", "features", "baselines", "tuning", "gpus")
    return {key: value for key, value in train.items() if key not in others}


def network_settings(network: Mapping, inputs: Iterable[str], layout: Layout) -> dict:
    """Return the own settings of a network with these inputs, as they stand in the config, with its kind."""
    return {**_own_settings(network), "kind": network.get("kind") or network_kind(inputs, layout)}


def _own_settings(network: Mapping) -> dict:
    """Return what the config says of a network but its inputs and title."""
    return {key: value for key, value in network.items() if key not in ("inputs", "title")}


def searches(config: Mapping, layout: Layout) -> dict[str, dict]:
    """Return the searches by name, each with all settings: its own, or else those of the section.

    What neither says of the `network` is as in the feature set with the inputs of the base, or else in the
    first feature set that has images if the base has some, or none if not.
    """
    shared = {key: value for key, value in config["search"].items() if key != "searches"}
    found = {}
    for name, own in config["search"]["searches"].items():
        settings = {**shared, **own, "plateau": {**shared["plateau"], **own.get("plateau", {})}}
        default = _network_like(config["train"]["features"], settings["base"], layout)
        settings["network"] = {**default, **shared["network"], **own.get("network", {})}
        found[name] = settings
    return found


def _network_like(features: Mapping, base: Sequence[str], layout: Layout) -> dict:
    """Return the network of the feature set with the inputs of a base, or else the first of its kind."""

    def needs_images(inputs: Sequence[str]) -> bool:
        # Unknown inputs are refused elsewhere.
        return are_known(inputs, layout.contents) and bool(images_of(inputs, layout.contents))

    alike = (
        network for network in features.values() if needs_images(network["inputs"]) == needs_images(base)
    )
    return _own_settings(features.get(feature_set_of(features, base), next(alike, {})))


def feature_set_of(features: Mapping, base: Sequence[str]) -> str | None:
    """Return the name of the first feature set with the inputs of a base, None if there is none."""
    return next((name for name, network in features.items() if network["inputs"] == base), None)


def differences_of_base(search: Mapping, train: Mapping, layout: Layout) -> dict[str, list]:
    """Return how the network of a search differs from that of the feature set with the inputs of its base.

    Parameters
    ----------
    search
        As `searches` returns it; its base is that of a feature set.

    Returns
    -------
    By the key of a setting, its values for the search and for the feature set; None where there is none.
    """
    base, shared = search["base"], shared_training_settings(train)
    own, study = (
        {**shared, **network_settings(network, base, layout)}
        for network in (search["network"], train["features"][feature_set_of(train["features"], base)])
    )
    return {
        key: [own.get(key), study.get(key)]
        for key in dict.fromkeys([*own, *study])
        if own.get(key) != study.get(key)
    }


def network_of_base(search: Mapping, train: Mapping, layout: Layout) -> str | None:
    """Return the feature set whose networks are those of pass 0 of a search, None if there is none."""
    name = feature_set_of(train["features"], search["base"])
    return None if name is None or differences_of_base(search, train, layout) else name


def baseline_names(train: Mapping, layout: Layout) -> dict[str, tuple[str, str]]:
    """Return feature set and kind of every baseline by name: those of all feature sets without images."""
    return {
        f"{name}_{kind}": (name, kind)
        for name, network in train["features"].items()
        if not images_of(network["inputs"], layout.contents)
        for kind in train["baselines"]
    }


def search_name(search: str) -> str:
    """Return the name of the classifier that a search ends with."""
    return f"search_{search}"


def classifiers(config: Mapping, layout: Layout) -> dict[str, Classifier]:
    """Return all classifiers of a checked config by name: networks, then baselines, then searches."""
    train = config["train"]
    features = train["features"]
    own_searches = searches(config, layout)
    seeds = {name: list(train["seeds"]) for name in features}
    for settings in own_searches.values():
        base = network_of_base(settings, train, layout)
        if base:
            seeds[base] += [seed for seed in settings["seeds"] if seed not in seeds[base]]
    titles = {
        name: network.get("title") or network_title(network, layout) for name, network in features.items()
    }
    titles |= {
        search_name(name): settings.get("title")
        or search_title(settings["base"], settings["kappas"], settings["candidates"], layout)
        for name, settings in own_searches.items()
    }
    given = [name for name, network in features.items() if network.get("title")]
    given += [search_name(name) for name, settings in own_searches.items() if settings.get("title")]
    titles = distinct(titles, given)

    def explicit(inputs: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(str, parse_inputs(inputs, layout.contents)))

    table = {}
    for name, network in features.items():
        table[name] = Classifier(
            name,
            NETWORK,
            name,
            explicit(network["inputs"]),
            network_settings(network, network["inputs"], layout),
            f"<results>/train/{name}",
            tuple(map(_seed_run, seeds[name])),
            titles[name],
        )
    for name, (of, kind) in baseline_names(train, layout).items():
        title = f"{titles[of]}, {BASELINE_TITLES[kind]}"
        settings = {"model": kind, **train["baselines"][kind]}
        table[name] = Classifier(
            name, kind, of, table[of].inputs, settings, f"<results>/train/{name}", table[of].runs[:1], title
        )
    for search, settings in own_searches.items():
        name = search_name(search)
        table[name] = Classifier(
            name,
            SEARCH,
            name,
            explicit(settings["base"]),
            {key: value for key, value in settings.items() if key != "title"},
            pass_folder(search, settings["passes"]),
            tuple(map(_seed_run, settings["seeds"])),
            titles[name],
        )
    return table


def repeated_runs(repetitions: Mapping) -> dict[str, dict]:
    """Return the seed and repetition of every run on other splits or other samples of the events, by name."""
    options = {"shuffle": ("held_out",), "fold": ("folds",), "bootstrap": ()}
    return {
        f"{kind}{number}": {
            "seed": number,
            "repetition": {
                kind: number,
                **{option: repetitions[option] for option in options[kind]},
                "seed": repetitions["seed"],
            },
        }
        for kind, key in REPETITIONS.items()
        for number in range(repetitions[key])
    }


def fewest_events(repetitions: Mapping) -> int:
    """Return how many events of each class random splits need, so that every part of a split gets one."""
    shares = [repetitions["held_out"]] if repetitions["shuffles"] else []
    shares += [1 / repetitions["folds"]] if repetitions["folds"] else []
    if not (repetitions["features"] and shares):
        return 1

    def is_enough(events: int) -> bool:
        return all(
            math.floor(events * share) >= 1
            and math.floor((events - math.ceil(events * share)) * VALIDATION_SHARE) >= 1
            for share in shares
        )

    return next(filter(is_enough, itertools.count(1)))


def fewest_chunks(repetitions: Mapping) -> int:
    """Return how many chunks with events of a class random splits need, so that every part gets one."""
    needed = [1]
    if repetitions["features"] and repetitions["shuffles"]:
        needed.append(len(SPLITS))
    if repetitions["features"] and (folds := repetitions["folds"]):
        # Two are left beside the largest fold.
        needed.append(
            next(count for count in itertools.count(folds) if count - math.ceil(count / folds) >= 2)
        )
    return max(needed)


def training_runs(train: Mapping, own_searches: Mapping[str, Mapping]) -> dict[str, dict]:
    """Return `seed` and `repetition` of every run by name; None means the splits of the file."""
    seeds = [*train["seeds"], *(seed for search in own_searches.values() for seed in search["seeds"])]
    runs = {_seed_run(seed): {"seed": seed, "repetition": None} for seed in seeds}
    return runs | repeated_runs(train["repetitions"]) | partial_runs(train)


def _seed_run(seed: int) -> str:
    """Return the name of the run with a seed on the splits of the file."""
    return f"seed{seed}"


def partial_runs(train: Mapping) -> dict[str, dict]:
    """Return the seed and repetition of every run on a share of the training events, by name."""
    return {
        f"part{fraction:g}{_seed_run(seed)}": {
            "seed": seed,
            "repetition": {"fraction": fraction, "seed": seed},
        }
        for fraction in train["learning_curve"]["fractions"]
        for seed in train["seeds"]
    }


def points_of_learning_curve(table: Mapping[str, Classifier], train: Mapping) -> list[tuple[str, str, float]]:
    """Return (classifier, run, fraction) of all trainings of the learning curve, also on all events.

    Baselines have their first seed only.
    """
    points = []
    for name in sorted(train["learning_curve"]["features"]):
        points += [
            (name, run, settings["repetition"]["fraction"])
            for run, settings in partial_runs(train).items()
            if _seed_run(settings["seed"]) in table[name].runs
        ]
        points += [(name, run, 1.0) for run in table[name].runs]
    return points


def entries(table: Mapping[str, Classifier], names: Iterable[str], layout: Layout) -> list[dict]:
    """Return what figures and tables need to know of some classifiers, for the settings of a program.

    `position` numbers networks, and searches, in the order of the config: it decides their colour.
    """
    positions = {
        name: number
        for kinds in ((NETWORK,), (SEARCH,))
        for number, name in enumerate(
            classifier.name for classifier in table.values() if classifier.kind in kinds
        )
    }
    return [
        {
            "name": name,
            "title": table[name].title,
            "kind": table[name].kind,
            "features": table[name].features,
            "inputs": kind_of_inputs(table[name], layout),
            "position": positions[table[name].features],
        }
        for name in names
    ]


def split_runs(table: Mapping[str, Classifier], names: Iterable[str]) -> list[tuple[str, str]]:
    """Return (classifier, run) of the runs of some classifiers on the splits of the file, sorted by name."""
    return [(name, run) for name in sorted(names) for run in table[name].runs]


def repetitions(train: Mapping) -> list[tuple[str, str]]:
    """Return (classifier, run) of the runs on other splits or other samples of the events."""
    runs = repeated_runs(train["repetitions"])
    return [(name, run) for name in sorted(train["repetitions"]["features"]) for run in runs]


def training_files(table: Mapping[str, Classifier], runs: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Return one file of each of some runs."""
    return [table[classifier].file(run, name) for classifier, run in runs]


def by_classifier(names: Sequence[str], items: Sequence[Item]) -> dict[str, list[Item]]:
    """Return the items, one per training, of each classifier, in the order of first mention.

    Raises
    ------
    InputError
        If the numbers of names and items differ.
    """
    if len(names) != len(items):
        raise InputError(f"every file needs a classifier: found {len(names)} names and {len(items)} files")
    grouped: dict[str, list[Item]] = {}
    for name, item in zip(names, items, strict=True):
        grouped.setdefault(name, []).append(item)
    return grouped
