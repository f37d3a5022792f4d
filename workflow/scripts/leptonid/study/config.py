"""The config of a study, completed and checked: what overlays drop, another layout, paths."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from leptonid.errors import InputError
from leptonid.study.classifiers import search_name, searches
from leptonid.study.config_checks import config_problems, download_problems, path_problems
from leptonid.study.config_schema import (
    ROOT,
    read_default_config,
    read_schema,
    schema_problems,
    with_floats,
)
from leptonid.study.layout import Layout
from leptonid.study.layout_file import read_layout
from leptonid.study.other_layout import fit_to_layout, take_changes
from leptonid.study.sources import all_files, delphes_files, download_path
from leptonid.study.starter import starter_study
from leptonid.study.yaml_file import YamlFile, dotted, key_problem

LAYOUTS = ROOT / "config/layouts"

# What a null of --config becomes, as Snakemake reads nested values of the command line as text.
NULL_TEXTS = ("null", "Null", "NULL", "None")


def layout_path(name: str) -> Path:
    """Return the file of `data.layout`: a path to a YAML file, or a name in `config/layouts`."""
    return Path(name) if name.endswith((".yaml", ".yml")) else LAYOUTS / f"{name}.yaml"


def prepare_config(
    config: dict,
    files: Sequence[YamlFile] = (),
    missing: Callable[[Mapping, Layout], Collection[str]] = lambda data, layout: (),
) -> Layout:
    """Complete and check a config in place; return its layout.

    Entries that an overlay set to null are dropped, together with what the default config refers to them by.
    Entries of the default config that another layout cannot feed make way for `starter_study`, of which
    entries of an overlay change, add and drop feature sets as of the default config. Whole numbers
    become floats where the schema takes fractions, so that 1 and 1.0 are the same setting; `~` in paths is
    expanded. Of a download, `data.path` becomes the place; if a path was given beside it, the source becomes
    `file`.

    Parameters
    ----------
    files
        What the config was merged from, in this order.
    missing
        Returns the groups of a layout that no file has, given the section `data`: no feature set that the
        config does not name needs them.

    Raises
    ------
    InputError
        With one line per problem, each naming its key, and if a schema forbids it its line in `files`.
    """
    problems = list(_text_problems(config))
    if problems:
        raise _refused(problems)
    default = read_default_config()
    changes = take_changes(config, default)
    dropped = {
        key: _drop_nulls(config, *key)
        for key in (
            ("efp", "overrides"), ("train", "features"), ("train", "baselines"), ("search", "searches"),
            ("evaluate", "variations", "changes"),
        )
    }  # fmt: skip
    config.update(with_floats(config, read_schema()))
    problems = schema_problems(config, files) or download_problems(config["data"])
    if not problems:
        _find_download(config["data"])
        problems = _expand_paths(config)
    if problems:
        raise _refused(problems)
    path = layout_path(config["data"]["layout"])
    if not path.exists():
        known = ", ".join(sorted(entry.stem for entry in LAYOUTS.glob("*.yaml")))
        raise _refused(
            [f"data.layout: {path}: no such file; give the path of a layout (.yaml), or one of: {known}"]
        )
    layout = read_layout(path)
    gone = fit_to_layout(config, layout, default, changes, dropped["train", "features"], missing)
    problems = list(_unknown_nulls(config, layout, default, dropped, files))
    if changes:
        config.update(with_floats(config, read_schema()))
        problems += schema_problems(config, files)
    if problems:
        raise _refused(problems)
    _forget(
        config,
        layout,
        [*dropped["train", "features"], *gone],
        dropped["train", "baselines"],
        dropped["search", "searches"],
    )
    problems = config_problems(config, layout)
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


def _refused(problems: Iterable[str]) -> InputError:
    return InputError("The config cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))


def _drop_nulls(config: dict, *keys: str) -> list[str]:
    """Drop entries that are null and null keys of entries; return the names of the dropped entries.

    An overlay can thus turn a CNN into a dense network.
    """
    dropped = []
    entries = config
    for key in keys:
        entries = entries.get(key) if isinstance(entries, dict) else None
    if isinstance(entries, dict):
        for name, entry in list(entries.items()):
            if entry is None:
                del entries[name]
                dropped.append(name)
            elif isinstance(entry, dict):
                entries[name] = {part: value for part, value in entry.items() if value is not None}
    return dropped


def _unknown_nulls(
    config: Mapping,
    layout: Layout,
    default: Mapping,
    dropped: Mapping[tuple, list[str]],
    files: Sequence[YamlFile],
) -> Iterator[str]:
    """Yield which nulls of overlays name a feature set, a baseline or a search that there is not."""
    made = {"train": starter_study(layout, default, layout.calorimeters)}
    for keys in (("train", "features"), ("train", "baselines"), ("search", "searches")):
        named = set()
        for content in (default, made, *(file.content for file in files)):
            named |= {name for name, entry in _entries(content, keys).items() if entry is not None}
        for name in dropped[keys]:
            if name not in named:
                known = ", ".join(sorted(_entries(config, keys)))
                yield f"{dotted((*keys, name))}: null drops an entry, but there is none; there are: {known}"


def _entries(content: object, keys: Sequence[str]) -> Mapping:
    """Return what stands under some keys of a config or an overlay; nothing if there is no such section."""
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content if isinstance(content, Mapping) else {}


def _find_download(data: dict) -> None:
    """Name the place of a download as its path, or make one with a path of its own a file at hand."""
    if data["source"] != "download":
        return
    data["download"]["folder"] = _with_homes(data["download"]["folder"])
    place = download_path(data["download"])
    if data["path"] in (place, read_default_config()["data"]["path"]):
        data["path"] = place
    else:
        data["source"] = "file"


def _forget(config: dict, layout: Layout, features: list[str], kinds: list[str], ended: list[str]) -> None:
    """Remove dropped classifiers and searches from where the default config names them."""
    train = config["train"]
    gone = {f"{name}_{kind}" for name in [*features, *train["features"]] for kind in kinds}
    gone |= {f"{name}_{kind}" for name in features for kind in train["baselines"]} | set(features)
    gone -= set(train["features"])
    for name, search in searches(config, layout).items():
        if search["black_box"] in gone:
            del config["search"]["searches"][name]
            ended = [*ended, name]
    gone |= {search_name(name) for name in ended}
    for section, key in (
        (train["repetitions"], "features"),
        (train["learning_curve"], "features"),
        (train["tuning"], "features"),
        (config["evaluate"]["variations"], "classifiers"),
        (config["figures"], "curves"),
        (config["figures"]["explorer"], "classifiers"),
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


def _expand_paths(config: dict) -> list[str]:
    """Replace ~ in the paths of the config; return what is wrong with them."""
    data = config["data"]
    delphes = data["delphes"]
    keys = (
        (config, "results"),
        (data, "path"),
        (data, "layout"),
        (delphes, "signal"),
        (delphes, "background"),
    )
    for section, key in keys:
        section[key] = _with_homes(section[key])
    for section in (config["search"], *config["search"]["searches"].values()):
        if "candidates" in section:
            section["candidates"] = [_with_homes(entry) for entry in section["candidates"]]
    key = "data.download" if data["source"] == "download" else "data.path"
    paths = [("results", config["results"]), *((key, file) for file in all_files(data["path"]))]
    paths.append(("data.layout", data["layout"]))
    paths += [("data.delphes", file) for file in delphes_files(delphes)]
    problems = [problem for key, path in paths for problem in path_problems(key, path)]
    if os.path.exists(config["results"]) and not os.path.isdir(config["results"]):
        problems.append(f"results: {config['results']} is a file; give a folder")
    return problems


def _with_homes(path: object) -> object:
    """Return a path, or all paths of a list or mapping, with ~ replaced."""
    if isinstance(path, dict):
        return {split: _with_homes(files) for split, files in path.items()}
    if isinstance(path, list):
        return [_with_homes(file) for file in path]
    return os.path.expanduser(path)
