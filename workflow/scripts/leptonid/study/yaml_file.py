"""Strict reading of YAML: every key is text and stands once, every value is what it looks like.

YAML libraries, Snakemake's included, keep the last of two equal keys, and read `no` as False, 010 as 8, 12:30
as 750 and 2024-01-01 as a date.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path

import yaml

from leptonid.errors import InputError

# The parser in C is ten times as fast; some builds of PyYAML lack it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

TAG = "tag:yaml.org,2002:"
TEXT, MERGE, DATE = f"{TAG}str", f"{TAG}merge", f"{TAG}timestamp"
NUMBERS = (f"{TAG}int", f"{TAG}float")
PLAIN = (TEXT, *NUMBERS, f"{TAG}bool", f"{TAG}null", f"{TAG}seq", f"{TAG}map")

# Octal and sexagesimal numbers of YAML 1.1.
OTHER_BASE = re.compile(r"[-+]?0[0-7_]+|.*:.*")

# JSON writes letters beyond 16 bits as two escapes, which YAML does not know.
ESCAPED_PAIR = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..")

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Where a value stands in a file: its line, and its text there; None for a list or a mapping."""

    line: int
    text: str | None


@dataclass(frozen=True)
class YamlFile:
    """A YAML file: its content, and the places of all values by the keys and indices that lead to them."""

    path: str
    content: object
    places: Mapping[Keys, Place]


def read_yaml(path: str | Path) -> YamlFile:
    """Read a file of YAML or JSON.

    Raises
    ------
    InputError
        With one line per problem, each naming file, line and key.
    """
    text = _read_text(path)
    try:
        loader = Loader(ESCAPED_PAIR.sub(lambda pair: json.loads(f'"{pair[0]}"'), text))
        root = loader.get_single_node()
        nodes = [] if root is None else list(_nodes(root))
        problems = sorted(problem for keys, node, _ in nodes for problem in _problems(keys, node))
        content = None if root is None or problems else loader.construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{line}: cannot be read as YAML ({reason})") from error
    if problems:
        raise InputError("\n".join(f"{path}, line {line}: {problem}" for line, problem in problems))
    return YamlFile(
        str(path),
        content,
        {
            keys: Place(line, node.value if isinstance(node, yaml.ScalarNode) else None)
            for keys, node, line in nodes
        },
    )


def check_config_values(entries: Iterable[str]) -> None:
    """Refuse a key that stands twice in a value of `--config`, such as `train={epochs: 1, epochs: 2}`.

    Raises
    ------
    InputError
        With one line per key.
    """
    problems = []
    for entry in entries:
        name, _, value = entry.partition("=")
        try:
            root = Loader(value).get_single_node()
        except yaml.YAMLError:
            # Snakemake takes what is not YAML as text.
            continue
        for keys, node, _ in _nodes(root) if root else ():
            if isinstance(node, yaml.MappingNode):
                names = Counter(_name(key) for key, _ in node.value)
                problems += [
                    f"--config {dotted((name, *keys, key))}: stands {count} times; keep one of them"
                    for key, count in names.items()
                    if count > 1
                ]
    if problems:
        raise InputError("\n".join(problems))


def place_of(files: Sequence[YamlFile], keys: Keys, value: object) -> tuple[str, str | None]:
    """Return where the last of some files gives a value, as `mine.yaml, line 3: `, and its text there.

    Both are empty if none does: the value comes from the command line, or from several files.
    """
    for file in reversed(files):
        place = file.places.get(keys)
        if place and reduce(getitem, keys, file.content) == value:
            return f"{file.path}, line {place.line}: ", place.text
    return "", None


def text_problem(value: object, text: str | None = None) -> str:
    """Return what is wrong with a value that must be text, and in a file is written as `text`."""
    if value is None:
        return "expected text, found null"
    found = repr(value)
    if text and text != str(value):
        found = f"{text}, which YAML reads as {found}"
    return f"expected text, found {found}; write text in quotes"


def key_problem(keys: Keys) -> str:
    """Return what is wrong with a key that is not text."""
    return f"{dotted(keys)}: a key must be text; write names such as no, on or 2024 in quotes"


def dotted(keys: Keys) -> str:
    """Return keys as messages name them: train.features.hl."""
    return ".".join(map(str, keys))


def _read_text(path: str | Path) -> str:
    try:
        data = Path(path).read_bytes()
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: is not UTF-8 text; save the file as UTF-8") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', error)})") from error


def _nodes(root: yaml.Node) -> Iterator[tuple[Keys, yaml.Node, int]]:
    """Yield keys, node and line of all values; what aliases repeat, once."""
    pending: list[tuple[Keys, yaml.Node, int]] = [((), root, 1)]
    seen = set()
    while pending:
        keys, node, line = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield keys, node, line
        parts: list[tuple[Keys, yaml.Node, int]] = []
        if isinstance(node, yaml.MappingNode):
            parts = [((*keys, _name(key)), value, _line(key)) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            parts = [((*keys, index), value, _line(value)) for index, value in enumerate(node.value)]
        pending += reversed(parts)


def _problems(keys: Keys, node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Yield line and text of what is wrong with a value, of a mapping with its keys."""
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name, line = _name(key), _line(key)
            if key.tag not in (TEXT, MERGE):
                yield line, key_problem((*keys, name))
            elif name in lines:
                where = dotted((*keys, name))
                yield line, f"{where}: stands in line {lines[name]} already; keep one of them, or join them"
            lines.setdefault(name, line)
    found = ""
    if node.tag == DATE:
        found = f"{node.value}, which YAML reads as a date; write text in quotes"
    elif node.tag in NUMBERS and OTHER_BASE.fullmatch(node.value):
        found = f"{node.value}, which YAML reads as {_name(node)}; write a decimal number, or text in quotes"
    elif node.tag not in PLAIN:
        found = f"{node.tag.removeprefix(TAG)}; write text in quotes"
    if found:
        yield _line(node), f"{dotted(keys) or 'content'}: expected text or a number, found {found}"


def _name(key: yaml.Node) -> str:
    """Return a key as YAML reads it."""
    if not isinstance(key, yaml.ScalarNode):
        return "?"
    return key.value if key.tag in (TEXT, MERGE, DATE) else str(yaml.safe_load(key.value))


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
