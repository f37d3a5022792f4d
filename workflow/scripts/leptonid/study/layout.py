"""The layout of a sample: its images, variables, classes, and the groups of the HDF5 file that hold them.

`config/layouts/electrons.yaml` is an example. Nothing else in the library knows image sizes, variable names
or titles: a program receives the part of the layout that it needs in its settings.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from leptonid.errors import InputError
from leptonid.study.observables import PATTERN

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
# Names of the tables' own columns, and of the groups of inputs that every layout has.
RESERVED = {"event", "split", "y", "weight", "flat", "score", "role", "events"}

# A number, or a multiple of pi: "pi / 126", "15.5 * pi / 126".
MULTIPLE_OF_PI = re.compile(r"(?:([0-9.]+) *\* *)?pi(?: */ *([0-9.]+))?")
AXES = ("eta", "-eta", "phi", "-phi")

# What the section `events` can name: the label, the weight, and the kinematics that AUCs are binned in.
LABEL, WEIGHT, KINEMATICS = "label", "weight", ("pt", "eta")


@dataclass(frozen=True)
class Grid:
    """The pixels of an image around a candidate, relative to the image centre.

    `name` is the group of the file, `calorimeter` the name of what it shows. Pixels are numbered row-major
    in `rows` x `columns`. `cell_eta` and `cell_phi` (radians) are the size of a calorimeter cell, which is
    `pixels_per_cell` pixels along each side. `row_axis` and `column_axis` are one of `AXES`; a minus sign
    means that the coordinate falls with the index. `published_half_eta`, `published_half_phi` and
    `published_row_axis` describe the coordinates of the published code, where they differ.
    """

    name: str
    calorimeter: str
    rows: int
    columns: int
    cell_eta: float
    cell_phi: float
    pixels_per_cell: int = 1
    row_axis: str = "-phi"
    column_axis: str = "eta"
    published_half_eta: float | None = None
    published_half_phi: float | None = None
    published_row_axis: str | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one image in the file: (rows, columns, 1)."""
        return (self.rows, self.columns, 1)

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.rows * self.columns

    @property
    def cell_rows(self) -> int:
        """Number of rows of calorimeter cells."""
        return self.rows // self.pixels_per_cell

    @property
    def cell_columns(self) -> int:
        """Number of columns of calorimeter cells."""
        return self.columns // self.pixels_per_cell

    def step(self, axis: str) -> float:
        """Return the size of a pixel along `eta` or `phi`."""
        return (self.cell_eta if axis.endswith("eta") else self.cell_phi) / self.pixels_per_cell

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Coordinates of the image's left, right, lower and upper edge: eta to the right, phi upwards."""
        eta, phi = (
            (self.columns if self.column_axis.endswith(axis) else self.rows) * self.step(axis) / 2
            for axis in ("eta", "phi")
        )
        return (-eta, eta, -phi, phi)


@dataclass(frozen=True)
class Image:
    """An image of the sample: its grid, what figures call it, and its energy unit (None: the file's)."""

    grid: Grid
    title: str
    energy_unit: str | None = None


@dataclass(frozen=True)
class Variable:
    """A scalar variable and how it is drawn.

    `unit` is a text, or `energy` for the file's energy unit. `range` (low, high) and `bins` of its axis are
    chosen from the data where they are None; `log` draws the fractions of events logarithmically.
    """

    name: str
    title: str
    unit: str | None = None
    range: tuple[float, float] | None = None
    bins: int | None = None
    log: bool = False


@dataclass(frozen=True)
class Group:
    """A group of variables: one dataset per split of shape (events, number of variables)."""

    name: str
    title: str
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class SampleClass:
    """What figures call a class, in full and in short."""

    title: str
    short: str


@dataclass(frozen=True)
class Contents:
    """The groups of an HDF5 file in the layout, as far as computations depend on it.

    `images` by group, `variables`: the names in each group, `events`: the group of `label` and, where the
    layout has them, of `weight`, `pt` and `eta`.
    """

    images: Mapping[str, Grid]
    variables: Mapping[str, tuple[str, ...]]
    events: Mapping[str, str]

    def as_settings(self) -> dict:
        """Return a dictionary that JSON can hold, for `from_settings`."""
        return {
            "images": {name: asdict(grid) for name, grid in self.images.items()},
            "variables": {name: list(names) for name, names in self.variables.items()},
            "events": dict(self.events),
        }

    @classmethod
    def from_settings(cls, settings: Mapping) -> "Contents":
        """Return the contents that `as_settings` described."""
        return cls(
            {name: Grid(**grid) for name, grid in settings["images"].items()},
            {name: tuple(names) for name, names in settings["variables"].items()},
            dict(settings["events"]),
        )


@dataclass(frozen=True)
class Layout:
    """The layout of a sample.

    `images` and `groups` are keyed by their group in the file, in the order of the YAML file. `signal` and
    `background` are the classes of label 1 and 0. `published_auc` is a CSV file of published AUCs, measured
    on `published_events`.
    """

    name: str
    images: Mapping[str, Image]
    groups: Mapping[str, Group]
    signal: SampleClass
    background: SampleClass
    events: Mapping[str, str]
    energy_unit: str | None = None
    published_auc: str | None = None
    published_events: str | None = None

    @property
    def grids(self) -> dict[str, Grid]:
        """Grids by calorimeter."""
        return {image.grid.calorimeter: image.grid for image in self.images.values()}

    @property
    def calorimeters(self) -> list[str]:
        """Names of the calorimeters."""
        return list(self.grids)

    @property
    def variables(self) -> dict[str, Variable]:
        """All variables by name, in order."""
        return {variable.name: variable for group in self.groups.values() for variable in group.variables}

    @property
    def contents(self) -> Contents:
        """What computations depend on: no titles, no ranges of axes."""
        return Contents(
            {name: image.grid for name, image in self.images.items()},
            {
                name: tuple(variable.name for variable in group.variables)
                for name, group in self.groups.items()
            },
            self.events,
        )

    def image_of(self, calorimeter: str) -> Image:
        """Return the image of a calorimeter."""
        return next(image for image in self.images.values() if image.grid.calorimeter == calorimeter)


def read_layout(path: str | Path) -> Layout:
    """Read a layout from YAML.

    Raises
    ------
    InputError
        With one line per problem, each naming its key.
    """
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read as a layout ({error})") from error
    return parse_layout(content, path.stem, str(path))


def parse_layout(content: Mapping, name: str, source: str) -> Layout:
    """Return the layout that a mapping describes; errors as of `read_layout` and named after `source`."""
    reader = _Reader(source)
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
    events = reader.section(top["events"], "events", required=(LABEL,), optional=(WEIGHT, *KINEMATICS))
    published = reader.section(top.get("published") or {}, "published", optional=("auc", "events"))
    reader.stop()
    layout = Layout(
        name,
        images,
        groups,
        signal,
        background,
        {role: str(group) for role, group in events.items()},
        top.get("energy_unit"),
        published.get("auc"),
        published.get("events"),
    )
    reader.check_names(layout)
    reader.stop()
    return layout


def length(value: object) -> float:
    """Return a number, or a multiple of pi such as "15.5 * pi / 126"; raises ValueError for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = MULTIPLE_OF_PI.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f"expected a number or a multiple of pi such as pi / 126, found {value!r}")
    factor, divisor = match.groups()
    return float(factor or 1) * math.pi / float(divisor or 1)


class _Reader:
    """Turns mappings into the parts of a layout and collects what is wrong with them."""

    def __init__(self, source: str):
        self.source = source
        self.problems: list[str] = []

    def stop(self) -> None:
        """Raise an InputError if there are problems."""
        if self.problems:
            listed = "\n".join(f"  {problem}" for problem in self.problems)
            raise InputError(f"{self.source}: the layout cannot be used:\n{listed}")

    def add(self, key: str, problem: str) -> None:
        self.problems.append(f"{key or 'layout'}: {problem}")

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
        return [(str(name), entry) for name, entry in content.items()]

    def length(self, content: Mapping, name: str, key: str) -> float:
        """Return a positive length."""
        try:
            value = length(content.get(name))
        except ValueError as error:
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
            entry.get("orientation", {}), f"{key}.orientation", optional=("rows", "columns")
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
        calorimeter = str(entry.get("calorimeter"))
        grid = Grid(
            name, calorimeter, rows, columns, sizes["eta"], sizes["phi"], pixels, *map(str, axes), **published
        )
        return Image(grid, str(entry.get("title")), entry.get("energy_unit"))

    def group(self, name: str, content: object) -> Group:
        key = f"variables.{name}"
        entry = self.section(content, key, required=("title", "variables"))
        variables = tuple(
            self.variable(variable, value or {}, f"{key}.variables.{variable}")
            for variable, value in self.entries(entry.get("variables", {}), f"{key}.variables")
        )
        if not variables:
            self.add(f"{key}.variables", "has no variables")
        return Group(name, str(entry.get("title")), variables)

    def variable(self, name: str, content: object, key: str) -> Variable:
        entry = self.section(content, key, optional=("title", "unit", "range", "bins", "log"))
        limits = entry.get("range")
        if limits is not None:
            numbers = isinstance(limits, list) and all(isinstance(value, int | float) for value in limits)
            if not numbers or len(limits) != 2 or limits[0] >= limits[1]:
                self.add(f"{key}.range", f"expected [low, high], found {limits!r}")
            limits = tuple(limits) if isinstance(limits, list) else None
        bins = None if entry.get("bins") is None else self.count(entry, "bins", key)
        return Variable(
            name,
            str(entry.get("title", name)),
            entry.get("unit"),
            limits,
            bins,
            bool(entry.get("log", False)),
        )

    def sample_class(self, content: object, key: str) -> SampleClass:
        entry = self.section(content, key, required=("title",), optional=("short",))
        title = str(entry.get("title"))
        return SampleClass(title, str(entry.get("short", title)))

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
            if not NAME.fullmatch(name):
                self.add(key, f"{name!r} must be a letter followed by letters, digits, _ and .")
            elif not role and (name in RESERVED or name.startswith("efp_") or PATTERN.fullmatch(name)):
                self.add(key, f"{name!r} has a meaning of its own; take another name")
        for kind, names in (
            ("calorimeter", [image.grid.calorimeter for image in layout.images.values()]),
            ("variable", [v.name for group in layout.groups.values() for v in group.variables]),
            ("group of the file", [*layout.images, *layout.groups, *layout.events.values()]),
        ):
            for name in sorted({name for name in names if names.count(name) > 1}):
                self.add("layout", f"{kind} {name!r} is named more than once")
        for group in layout.groups.values():
            for variable in group.variables:
                name = variable.name
                if name in layout.images or (name in layout.groups and len(group.variables) > 1):
                    self.add(f"variables.{group.name}.variables.{name}", "is also the name of a group")
                if name in layout.groups and name != group.name:
                    self.add(f"variables.{group.name}.variables.{name}", "is also the name of another group")
                if name in KINEMATICS and layout.events.get(name):
                    self.add(f"variables.{group.name}.variables.{name}", "is also named in events")
