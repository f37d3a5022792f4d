"""Reading the YAML file of a layout: every problem is reported with its key."""

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path

from leptonid.errors import InputError
from leptonid.study.features import are_known
from leptonid.study.formulas import variables_in
from leptonid.study.layout import (
    AXES,
    CHUNK,
    KINEMATICS,
    LABEL,
    WEIGHT,
    Grid,
    Group,
    Image,
    Layout,
    PublishedSearches,
    SampleClass,
    Variable,
)
from leptonid.study.observables import PATTERN
from leptonid.study.titles import KINEMATIC_AXES
from leptonid.study.yaml_file import Place, dotted, key_problem, read_yaml, text_problem

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
# Of a variable, and of pt and eta in `events`.
VARIABLE_KEYS = ("title", "unit", "range", "bins", "log")
# Limits of a search on the EFPs among its candidates.
POWERS, SIZES = ("kappas", "betas"), ("edges", "vertices", "chromatic", "multiplicity")
# Names of the tables' own columns, and of the groups of inputs that every layout has.
RESERVED = {"event", "split", "y", "weight", "chunk", "flat", "score", "role", "events"}
# What networks call a set of cells.
RESERVED_OF_IMAGES = {*RESERVED, "cells"}

# A number, or a multiple of pi: "pi / 126", "15.5 * pi / 126".
MULTIPLE_OF_PI = re.compile(r"(?:([0-9.]+) *\* *)?pi(?: */ *([0-9.]+))?")


def read_layout(path: str | Path) -> Layout:
    """Read a layout from YAML.

    Raises
    ------
    InputError
        With one line per problem, each naming its line and key.
    """
    file = read_yaml(path)
    places = {dotted(keys): place for keys, place in file.places.items()}
    return parse_layout(file.content, Path(path).stem, file.path, places)


def parse_layout(
    content: Mapping, name: str, source: str, places: Mapping[str, Place] | None = None
) -> Layout:
    """Return the layout that a mapping describes; errors as of `read_layout` and named after `source`.

    `places` are those of the dotted keys in a file.
    """
    reader = _Reader(source, places or {})
    top = reader.section(
        content,
        "",
        required=("images", "variables", "classes", "events"),
        optional=("energy_unit", "published"),
    )
    reader.stop()
    images = {key: reader.image(key, entry) for key, entry in reader.entries(top["images"], "images")}
    groups = {key: reader.group(key, entry) for key, entry in reader.entries(top["variables"], "variables")}
    classes = reader.section(top["classes"], "classes", required=("signal", "background"))
    signal, background = (
        reader.sample_class(classes[key], f"classes.{key}") if key in classes else SampleClass("", "")
        for key in ("signal", "background")
    )
    events = reader.section(top["events"], "events", required=(LABEL,), optional=(WEIGHT, CHUNK, *KINEMATICS))
    published = reader.section(
        reader.optional(top, "published"), "published", optional=("auc", "events", "searches")
    )
    roles = {role: reader.role(events, role) for role in events}
    kinematics = {role: reader.kinematic(role, events[role]) for role in KINEMATICS if role in events}
    energy_unit = reader.optional_text(top, "energy_unit", "")
    auc, sample = (reader.optional_text(published, key, "published") for key in ("auc", "events"))
    searches = reader.published_searches(published.get("searches"))
    reader.stop()
    layout = Layout(
        name,
        images,
        groups,
        signal,
        background,
        roles,
        energy_unit,
        auc and os.path.expanduser(auc),
        sample,
        searches,
        kinematics,
    )
    reader.check_names(layout)
    reader.stop()
    return layout


def is_number(value: object) -> bool:
    """Return whether a value of YAML is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def length(value: object) -> float:
    """Return a number, or a multiple of pi such as "15.5 * pi / 126"; raises ValueError for anything else."""
    if is_number(value):
        return float(value)
    match = MULTIPLE_OF_PI.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f"expected a number or a multiple of pi such as pi / 126, found {value!r}")
    factor, divisor = match.groups()
    return float(factor or 1) * math.pi / float(divisor or 1)


class _Reader:
    """Turns mappings into the parts of a layout and collects what is wrong with them."""

    def __init__(self, source: str, places: Mapping[str, Place]):
        self.source = source
        self.places = places
        self.problems: list[str] = []

    def stop(self) -> None:
        """Raise an InputError if there are problems."""
        if self.problems:
            listed = "\n".join(f"  {problem}" for problem in self.problems)
            raise InputError(f"{self.source}: the layout cannot be used:\n{listed}")

    def add(self, key: str, problem: str) -> None:
        line = f"line {self.places[key].line}: " if key in self.places else ""
        self.problems.append(f"{line}{key or 'layout'}: {problem}")

    def section(
        self, content: object, key: str, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> dict:
        """Return a mapping after a check of its keys."""
        if not isinstance(content, Mapping):
            self.add(key, f"expected a mapping, found {content!r}")
            return {}
        prefix = f"{key}." if key else ""
        for name in required:
            if name not in content:
                self.add(f"{prefix}{name}", "missing")
        for name in content:
            if name not in (*required, *optional):
                self.add(f"{prefix}{name}", f"unknown key; known are: {', '.join((*required, *optional))}")
        return dict(content)

    def entries(self, content: object, key: str) -> list[tuple[str, object]]:
        """Return the named entries of a section."""
        if not isinstance(content, Mapping):
            self.add(key, f"expected a mapping, found {content!r}")
            return []
        self.problems += [key_problem((key, name)) for name in content if not isinstance(name, str)]
        return [(str(name), entry) for name, entry in content.items()]

    def optional(self, content: Mapping, name: str) -> object:
        """Return a section, empty where it is missing or null."""
        return {} if content.get(name) is None else content[name]

    def text(self, content: Mapping, name: str, key: str) -> str:
        """Return a text."""
        value = content.get(name)
        if not isinstance(value, str) and name in content:
            where = f"{key}.{name}".strip(".")
            place = self.places.get(where)
            self.add(where, text_problem(value, place and place.text))
        return str(value)

    def optional_text(self, content: Mapping, name: str, key: str, default: str | None = None) -> str | None:
        """Return a text, or the default where it is missing or null."""
        return default if content.get(name) is None else self.text(content, name, key)

    def length(self, content: Mapping, name: str, key: str) -> float:
        """Return a positive length."""
        try:
            value = length(content.get(name))
        except (ValueError, ArithmeticError) as error:
            self.add(f"{key}.{name}", str(error))
            return math.nan
        if not (0 < value < math.inf):
            self.add(f"{key}.{name}", f"must be above 0, found {value:g}")
        return value

    def count(self, content: Mapping, name: str, key: str, default: int | None = None) -> int:
        """Return a positive whole number."""
        value = content.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.add(f"{key}.{name}", f"expected a whole number above 0, found {value!r}")
            return 1
        return value

    def image(self, name: str, content: object) -> Image:
        key = f"images.{name}"
        entry = self.section(
            content,
            key,
            required=("calorimeter", "title", "rows", "columns", "cell"),
            optional=("pixels_per_cell", "orientation", "energy_unit", "published"),
        )
        cell = self.section(entry.get("cell", {}), f"{key}.cell", required=("eta", "phi"))
        sizes = {axis: self.length(cell, axis, f"{key}.cell") for axis in ("eta", "phi")}
        rows, columns = (self.count(entry, side, key) for side in ("rows", "columns"))
        pixels = self.count(entry, "pixels_per_cell", key, 1)
        if rows % pixels or columns % pixels:
            self.add(f"{key}.pixels_per_cell", f"{pixels} does not divide {rows} rows and {columns} columns")
        orientation = self.section(
            self.optional(entry, "orientation"), f"{key}.orientation", optional=("rows", "columns")
        )
        axes = [orientation.get("rows", "-phi"), orientation.get("columns", "eta")]
        if any(axis not in AXES for axis in axes) or len({str(axis).strip("-") for axis in axes}) < 2:
            self.add(f"{key}.orientation", f"needs eta and phi, each of them with or without -, found {axes}")
        published = {}
        if entry.get("published") is not None:
            where = f"{key}.published"
            given = self.section(
                entry["published"], where, required=("half_eta", "half_phi"), optional=("rows",)
            )
            published = {
                "published_half_eta": self.length(given, "half_eta", where),
                "published_half_phi": self.length(given, "half_phi", where),
                "published_row_axis": given.get("rows", "phi"),
            }
            if published["published_row_axis"] not in ("eta", "phi"):
                self.add(f"{where}.rows", f"expected eta or phi, found {given['rows']!r}")
        calorimeter = self.text(entry, "calorimeter", key)
        grid = Grid(
            name, calorimeter, rows, columns, sizes["eta"], sizes["phi"], pixels, *map(str, axes), **published
        )
        return Image(grid, self.text(entry, "title", key), self.optional_text(entry, "energy_unit", key))

    def group(self, name: str, content: object) -> Group:
        key = f"variables.{name}"
        entry = self.section(content, key, required=("title", "variables"))
        variables = tuple(
            self.variable(variable, {} if value is None else value, f"{key}.variables.{variable}", True)
            for variable, value in self.entries(entry.get("variables", {}), f"{key}.variables")
        )
        if not variables:
            self.add(f"{key}.variables", "has no variables")
        computed = [variable.name for variable in variables if variable.formula is not None]
        if computed and len(computed) < len(variables):
            self.add(
                f"{key}.variables",
                f"{computed[0]} has a formula, others have none; give them a group of their own",
            )
        return Group(name, self.text(entry, "title", key), variables)

    def role(self, events: Mapping, role: str) -> str:
        """Return the group of an entry of `events`: a text, or of pt and eta also the key `group`."""
        if role in KINEMATICS and isinstance(events[role], Mapping):
            key = f"events.{role}"
            return self.text(self.section(events[role], key, ("group",), VARIABLE_KEYS), "group", key)
        return self.text(events, role, "events")

    def kinematic(self, role: str, content: object) -> Variable:
        own = (
            {key: value for key, value in content.items() if key != "group"}
            if isinstance(content, Mapping)
            else {}
        )
        return self.variable(role, {**KINEMATIC_AXES[role], **own}, f"events.{role}")

    def variable(self, name: str, content: object, key: str, formula: bool = False) -> Variable:
        optional = (*VARIABLE_KEYS, "formula") if formula else VARIABLE_KEYS
        entry = self.section(content, key, optional=optional)
        limits = entry.get("range")
        if limits is not None:
            numbers = isinstance(limits, list) and all(map(is_number, limits))
            if not numbers or len(limits) != 2 or not (-math.inf < limits[0] < limits[1] < math.inf):
                self.add(f"{key}.range", f"expected [low, high], found {limits!r}")
            limits = tuple(limits) if isinstance(limits, list) else None
        bins = None if entry.get("bins") is None else self.count(entry, "bins", key)
        log = False if entry.get("log") is None else entry["log"]
        if not isinstance(log, bool):
            self.add(f"{key}.log", f"expected true or false, found {log!r}")
        return Variable(
            name,
            self.optional_text(entry, "title", key, name),
            self.optional_text(entry, "unit", key),
            limits,
            bins,
            log,
            self.optional_text(entry, "formula", key),
        )

    def published_searches(self, content: object) -> PublishedSearches | None:
        key = "published.searches"
        if content is None:
            return None
        entry = self.section(
            content, key, required=("path", "black_box", "efp", "tables"), optional=("kind",)
        )
        efp = self.section(entry.get("efp", {}), f"{key}.efp", required=("graphs", "kappas", "betas"))
        graphs = efp.get("graphs")
        graphs = {str(place): graph for place, graph in enumerate(graphs if isinstance(graphs, list) else [])}
        tables = {}
        for name, table in self.entries(entry.get("tables", {}), f"{key}.tables"):
            where = f"{key}.tables.{name}"
            own = self.section(table, where, required=("base",), optional=(*POWERS, *SIZES))
            limits = {power: self.numbers(own, power, where) for power in POWERS if power in own}
            limits |= {size: self.count(own, size, where) for size in SIZES if size in own}
            tables[name] = (self.texts(own, "base", where), limits)
        return PublishedSearches(
            os.path.expanduser(self.text(entry, "path", key)),
            self.texts(entry, "black_box", key),
            tuple(self.texts(graphs, place, f"{key}.efp.graphs") for place in graphs),
            self.numbers(efp, "kappas", f"{key}.efp"),
            self.numbers(efp, "betas", f"{key}.efp"),
            tables,
            self.optional_text(entry, "kind", key),
        )

    def texts(self, content: Mapping, name: str, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = content.get(name)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.add(f"{key}.{name}", f"expected a list of texts, found {values!r}")
            return ()
        return tuple(values)

    def numbers(self, content: Mapping, name: str, key: str) -> tuple[float, ...]:
        """Return a list of numbers."""
        values = content.get(name)
        if not isinstance(values, list) or not all(map(is_number, values)):
            self.add(f"{key}.{name}", f"expected a list of numbers, found {values!r}")
            return ()
        return tuple(map(float, values))

    def sample_class(self, content: object, key: str) -> SampleClass:
        entry = self.section(content, key, required=("title",), optional=("short", "group"))
        title = self.text(entry, "title", key)
        return SampleClass(
            title, self.optional_text(entry, "short", key, title), self.optional_text(entry, "group", key)
        )

    def check_names(self, layout: Layout) -> None:
        """Check that every name means one thing, and can be part of a path and of a column's name."""
        if not layout.images and not layout.groups:
            self.add("images", "a layout needs images or variables")
        named = {
            **{f"images.{name}": name for name in layout.images},
            **{f"images.{name}.calorimeter": image.grid.calorimeter for name, image in layout.images.items()},
            **{f"variables.{name}": name for name in layout.groups},
            **{
                f"variables.{group.name}.variables.{variable.name}": variable.name
                for group in layout.groups.values()
                for variable in group.variables
            },
            **{f"events.{role}": group for role, group in layout.events.items()},
        }
        for key, name in named.items():
            role = key.startswith("events.")
            reserved = RESERVED_OF_IMAGES if key.startswith("images.") else RESERVED
            if not NAME.fullmatch(name):
                self.add(key, f"{name!r} must be a letter followed by letters, digits, _ and .")
            elif not role and (
                name in reserved or name.startswith(("efp_", "scalars_")) or PATTERN.fullmatch(name)
            ):
                self.add(key, f"{name!r} has a meaning of its own; take another name")
        for kind, names in (
            ("calorimeter", [image.grid.calorimeter for image in layout.images.values()]),
            ("variable", [v.name for group in layout.groups.values() for v in group.variables]),
            ("group of the file", [*layout.images, *layout.groups, *layout.events.values()]),
        ):
            for name in sorted({name for name in names if names.count(name) > 1}):
                self.add("layout", f"{kind} {name!r} is named more than once")
        if published := layout.published_searches:
            bases = {f"tables.{name}.base": base for name, (base, _) in published.tables.items()}
            for name, inputs in {"black_box": published.black_box, **bases}.items():
                if not are_known(inputs, layout.contents):
                    self.add(f"published.searches.{name}", f"{list(inputs)} are not inputs of this layout")
        for group in layout.groups.values():
            for variable in group.variables:
                name = variable.name
                if name in layout.images or (name in layout.groups and len(group.variables) > 1):
                    self.add(f"variables.{group.name}.variables.{name}", "is also the name of a group")
                if name in layout.groups and name != group.name:
                    self.add(f"variables.{group.name}.variables.{name}", "is also the name of another group")
                if name in KINEMATICS and layout.events.get(name):
                    self.add(f"variables.{group.name}.variables.{name}", "is also named in events")
                if variable.formula is not None:
                    self.check_formula(variable, layout, f"variables.{group.name}.variables.{name}.formula")

    def check_formula(self, variable: Variable, layout: Layout, key: str) -> None:
        """Check that a formula can be read, and that files hold what it needs."""
        known = [name for name, other in layout.variables.items() if other.formula is None]
        try:
            names = variables_in(variable.formula)
        except ValueError as error:
            self.add(key, str(error))
            return
        if not names:
            self.add(key, f"needs a variable, found {variable.formula!r}")
        for name in sorted(names.difference(known)):
            self.add(key, f"{name!r} is no variable of the file; there are: {', '.join(known)}")
