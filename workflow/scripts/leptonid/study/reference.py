"""The reference of the config: tables of keys, generated from the schema and the default config.

`python -m leptonid.study.reference` rewrites the tables in `config/README.md`.
"""

import json
from collections.abc import Iterator, Mapping

from leptonid.study.config_schema import ROOT, read_default_config, read_schema, resolved

README = ROOT / "config/README.md"
# What stands around the generated tables.
BEGIN, END = "<!-- generated: config -->\n", "<!-- end -->\n"
NETWORK_BEGIN = "<!-- generated: network -->\n"

# Defaults that are longer than this are not repeated: config.yaml shows them.
MOST_LETTERS = 40


def config_table() -> str:
    """Return the table of all keys of the config, in the order of the schema."""
    rows = ["| key | meaning | default |", "|---|---|---|"]
    for key, entry, value in _keys(read_schema(), read_default_config(), ""):
        rows.append(f"| `{key}` | {_meaning(entry)} | {_default(entry, value)} |")
    return "\n".join(rows) + "\n"


def network_table() -> str:
    """Return the table of the keys of an entry of `train.features`."""
    rows = ["| key | meaning |", "|---|---|"]
    for key, entry in read_schema()["$defs"]["network"]["properties"].items():
        rows.append(f"| `{key}` | {_meaning(resolved(entry))} |")
    return "\n".join(rows) + "\n"


def with_tables(text: str) -> str:
    """Return the text of `config/README.md` with its tables generated anew."""
    for begin, table in ((BEGIN, config_table()), (NETWORK_BEGIN, network_table())):
        head, _, rest = text.partition(begin)
        text = f"{head}{begin}\n{table}\n{END}{rest.partition(END)[2]}"
    return text


def _keys(entry: Mapping, values: object, prefix: str) -> Iterator[tuple[str, Mapping, object]]:
    """Yield key, schema and default of all properties, sections first."""
    for name, part in entry.get("properties", {}).items():
        part = resolved(part)
        key = f"{prefix}{name}"
        value = values.get(name) if isinstance(values, Mapping) else None
        yield key, part, value
        # Networks have a table of their own.
        if part.get("type") == "object" and part.get("properties") and "dense" not in part["properties"]:
            yield from _keys(part, value, f"{key}.")


def _meaning(entry: Mapping) -> str:
    return entry.get("description", "").strip().rstrip(".").replace("|", r"\|")


def _default(entry: Mapping, value: object) -> str:
    if entry.get("type") == "object" and (entry.get("properties") or value is None):
        return ""
    text = json.dumps(value)
    return f"`{text}`" if len(text) <= MOST_LETTERS else "see `config.yaml`"


def main() -> None:
    """Rewrite the tables in `config/README.md`."""
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
