"""The default config in another layout, whose own feature sets and searches replace what it cannot feed."""

from collections.abc import Callable, Collection, Mapping

from leptonid.study.config_schema import efp_calorimeters
from leptonid.study.features import are_known
from leptonid.study.layout import Layout
from leptonid.study.starter import starter_study


def take_changes(config: Mapping, default: Mapping) -> dict[str, dict]:
    """Take the feature sets without inputs out of a config that is not checked, if it has another layout."""
    data, train = config.get("data"), config.get("train")
    if not isinstance(data, dict) or data.get("layout") == default["data"]["layout"]:
        return {}
    features = train.get("features") if isinstance(train, dict) else None
    if not isinstance(features, dict):
        return {}
    names = [name for name, entry in features.items() if isinstance(entry, dict) and "inputs" not in entry]
    return {name: features.pop(name) for name in names}


def fit_to_layout(
    config: dict,
    layout: Layout,
    default: Mapping,
    changes: Mapping[str, Mapping],
    dropped: Collection[str],
    missing: Callable[[Mapping, Layout], Collection[str]],
) -> list[str]:
    """Replace what the default config asks of a sample in another layout; return the feature sets that go.

    Only entries that stand as in the default config go: what a user wrote is checked like any other.

    Parameters
    ----------
    default
        The default config.
    changes
        Feature sets without inputs, as of `take_changes`.
    dropped
        Feature sets that the config sets to null.
    missing
        As of `prepare_config`.
    """
    if config["data"]["layout"] == default["data"]["layout"]:
        return []
    for name, override in default["efp"]["overrides"].items():
        if name not in layout.calorimeters and config["efp"]["overrides"].get(name) == override:
            del config["efp"]["overrides"][name]
    held = layout.without(missing(config["data"], layout))
    calorimeters = [name for name in efp_calorimeters(config["efp"], layout) if name in held.calorimeters]
    starter = starter_study(held, default, calorimeters)
    made = {name: network for name, network in starter["features"].items() if name not in dropped}
    gone = _replace_features(config["train"], default, layout, made, changes)
    _fit_searches(config["search"], default, layout, starter, config["train"]["features"])
    if config["figures"]["reference"] in gone:
        known = starter["reference"] in config["train"]["features"]
        config["figures"]["reference"] = starter["reference"] if known else None
    return gone


def _replace_features(
    train: dict, default: Mapping, layout: Layout, made: Mapping, changes: Mapping[str, Mapping]
) -> list[str]:
    """Replace the feature sets of the default config, if none can be fed, by those made for the layout.

    Returns the names of those that go.
    """
    features, changes, gone, fed = train["features"], dict(changes), [], False
    for name, network in default["train"]["features"].items():
        own = features.get(name, {})
        if own.get("inputs") != network["inputs"]:
            continue
        if own == network and not are_known(network["inputs"], layout.contents):
            gone.append(name)
            del features[name]
        elif name in made and not are_known(network["inputs"], layout.contents):
            changes[name] = {key: value for key, value in own.items() if network.get(key) != value}
            del features[name]
        else:
            fed = True
    made = {} if fed else made
    for name, change in changes.items():
        merged = {**made.get(name, {}), **change}
        features[name] = {key: value for key, value in merged.items() if value is not None}
    train["features"] = {**made, **features}
    return gone


def _fit_searches(
    search: dict, default: Mapping, layout: Layout, starter: Mapping, features: Mapping
) -> None:
    """Let the searches of the default config explain the best network of the layout, if there is one."""
    for key in ("black_box", "base"):
        known = search[key] in features if key == "black_box" else are_known(search[key], layout.contents)
        if search[key] == default["search"][key] and not known:
            search[key] = starter[key]
    unchanged = {
        name for name, own in search["searches"].items() if own == default["search"]["searches"].get(name)
    }
    for name in sorted(unchanged):
        own = search["searches"][name]
        if not are_known(own.get("base", ()), layout.contents):
            if starter["kinematic_base"]:
                search["searches"][name] = {**own, "base": starter["kinematic_base"]}
            else:
                del search["searches"][name]
                unchanged.remove(name)
    if search["black_box"] is None:
        for name in unchanged:
            del search["searches"][name]
        search["black_box"] = next(iter(features))
