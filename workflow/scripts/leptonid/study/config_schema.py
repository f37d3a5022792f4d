"""The schema of the config, the default config, and what follows from several keys of a config.

The schema, `workflow/schemas/config.schema.yaml`, explains every key; `config/README.md` is generated from it
(`leptonid.study.reference`).
"""

import sys
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from pathlib import Path

import jsonschema

from leptonid.study.layout import Layout
from leptonid.study.yaml_file import YamlFile, dotted, place_of, read_yaml, text_problem

ROOT = Path(__file__).parents[4]

SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"

DEFAULT_CONFIG = ROOT / "config/config.yaml"

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


def efp_calorimeters(efp: Mapping, layout: Layout) -> list[str]:
    """Return the calorimeters whose EFPs are computed; `efp.calorimeters: null` means all of the layout."""
    return layout.calorimeters if efp["calorimeters"] is None else list(efp["calorimeters"])


def efp_settings(efp: Mapping, calorimeter: str) -> dict[str, list]:
    """Return the graphs, kappas and betas of a calorimeter: its overrides, or else the common values."""
    keys = ("graphs", "kappas", "betas")
    return {key: efp["overrides"].get(calorimeter, {}).get(key, efp[key]) for key in keys}


def with_floats(value: object, entry: Mapping) -> object:
    """Return a part of the config with floats where its part of the schema has numbers."""
    entry = resolved(entry)
    for option in entry.get("anyOf", ()):
        value = with_floats(value, option)
    if isinstance(value, dict):
        known, others = entry.get("properties", {}), entry.get("additionalProperties") or {}
        return {name: with_floats(part, known.get(name, others)) for name, part in value.items()}
    if isinstance(value, list):
        return [with_floats(part, entry.get("items", {})) for part in value]
    if entry.get("type") == "number" and Validator.TYPE_CHECKER.is_type(value, "number"):
        # Adding 0 takes the sign from -0.
        return float(value) + 0.0
    return value


def schema_problems(config: Mapping, files: Sequence[YamlFile]) -> list[str]:
    """Return what the schema forbids in a config, one line per problem, with its line in `files`."""
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
    message, hints = error.message, [error.schema.get("description", "").rstrip(".")]
    if error.validator == "type" and "string" in error.validator_value:
        message = text_problem(error.instance, text)
    if error.validator == "type" and isinstance(error.instance, str) and _is_number(error.instance):
        written = "1.0e-4 rather than 1e-4"
        if error.validator_value == "integer" and float(error.instance).is_integer():
            written = f"{float(error.instance):.0f}"
        hints.append(f"YAML reads this as text: write {written}, and give numbers in a file")
    if error.validator == "type" and error.validator_value == "object" and "properties" in error.schema:
        hints.append(f"give its keys: {', '.join(error.schema['properties'])}")
    hint = "; ".join(filter(None, hints))
    return f"{place}{key}: {message}" + (f" ({hint})" if hint else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
