"""The layout of a sample: its images, variables, classes, and the groups of the HDF5 file that hold them.

`config/layouts/electrons.yaml` is an example. Nothing else in the library knows image sizes, variable names
or titles: a program receives the part of the layout that it needs in its settings.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace

from leptonid.study.formulas import variables_in

AXES = ("eta", "-eta", "phi", "-phi")

# What the section `events` can name: the label, the weight, the number of the chunk, whose events stay
# together in random splits, and the kinematics, which AUCs are binned in and which can be inputs.
LABEL, WEIGHT, CHUNK, KINEMATICS = "label", "weight", "chunk", ("pt", "eta")

# Names of the classes by label, in the order of all tables and figures.
CLASSES = {1: "signal", 0: "background"}


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

    @property
    def of_cells(self) -> "Grid":
        """The grid of the same image with one pixel per cell."""
        return replace(self, rows=self.cell_rows, columns=self.cell_columns, pixels_per_cell=1)

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
    chosen from the data where they are None; `log` draws the fractions of events logarithmically. `formula`
    computes it from other variables and the kinematics; None for one that files hold.
    """

    name: str
    title: str
    unit: str | None = None
    range: tuple[float, float] | None = None
    bins: int | None = None
    log: bool = False
    formula: str | None = None


@dataclass(frozen=True)
class Group:
    """A group of variables: one dataset per split of shape (events, number of variables), or all computed."""

    name: str
    title: str
    variables: tuple[Variable, ...]

    @property
    def computed(self) -> bool:
        """Whether the variables are computed, so that files need not hold them."""
        return all(variable.formula is not None for variable in self.variables)


@dataclass(frozen=True)
class SampleClass:
    """What figures call a class, in full and in short, and what stands for it in names of groups of files."""

    title: str
    short: str
    group: str | None = None


@dataclass(frozen=True)
class Contents:
    """The groups of an HDF5 file in the layout, as far as computations depend on it.

    `images` by group, `variables`: the names in each group, `events`: the group of `label` and, where the
    layout has them, of `weight`, `chunk`, `pt` and `eta`; `formulas` of computed variables by name; `tables`,
    the user's tables of further variables.
    """

    images: Mapping[str, Grid]
    variables: Mapping[str, tuple[str, ...]]
    events: Mapping[str, str]
    formulas: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()

    @property
    def stored(self) -> dict[str, tuple[str, ...]]:
        """The groups of variables that files hold."""
        return {
            group: names for group, names in self.variables.items() if not set(names) <= set(self.formulas)
        }

    @property
    def variable_names(self) -> list[str]:
        """The variables of all groups, and the kinematics."""
        return [*(name for names in self.variables.values() for name in names), *self.kinematics]

    @property
    def kinematics(self) -> list[str]:
        """Those of `KINEMATICS` that the layout has."""
        return [role for role in KINEMATICS if role in self.events]

    def as_settings(self) -> dict:
        """Return a dictionary that JSON can hold, for `from_settings`."""
        return {
            "images": {name: asdict(grid) for name, grid in self.images.items()},
            "variables": {name: list(names) for name, names in self.variables.items()},
            "events": dict(self.events),
            "formulas": dict(self.formulas),
            "tables": list(self.tables),
        }

    @classmethod
    def from_settings(cls, settings: Mapping) -> "Contents":
        """Return the contents that `as_settings` described."""
        return cls(
            {name: Grid(**grid) for name, grid in settings["images"].items()},
            {name: tuple(names) for name, names in settings["variables"].items()},
            dict(settings["events"]),
            dict(settings.get("formulas", {})),
            tuple(settings.get("tables", ())),
        )


@dataclass(frozen=True)
class PublishedSearches:
    """Published tables of searches, pass by pass, and which searches of ours they are shown beside.

    `path` is the CSV file. A search corresponds to a table if it explains a classifier with the inputs
    `black_box`, a network of this `kind` if one is named, by EFPs of all calorimeters with these `graphs`
    (selections, as `efp.graphs` of the config), `kappas` and `betas`, and has the base of the table and just
    its limits, keys of a search such as `kappas` and `vertices`: `tables` by their names in the file.
    """

    path: str
    black_box: tuple[str, ...]
    graphs: tuple[tuple[str, ...], ...]
    kappas: tuple[float, ...]
    betas: tuple[float, ...]
    tables: Mapping[str, tuple[tuple[str, ...], Mapping[str, object]]]
    kind: str | None = None


@dataclass(frozen=True)
class Layout:
    """The layout of a sample.

    `images` and `groups` are keyed by their group in the file, in the order of the YAML file. `signal` and
    `background` are the classes of label 1 and 0. `published_auc` is a CSV file of published AUCs, and
    `published_searches` are tables of searches, measured on `published_events`. `kinematics` are pt and eta,
    as far as `events` has them.
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
    published_searches: PublishedSearches | None = None
    kinematics: Mapping[str, Variable] = field(default_factory=dict)

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
        """All variables by name, in order, and the kinematics."""
        groups = {variable.name: variable for group in self.groups.values() for variable in group.variables}
        return {**groups, **self.kinematics}

    @property
    def optional_variables(self) -> list[str]:
        """The kinematics and what is computed from them: those of `variables` that a table can lack."""
        return [
            name
            for name, variable in self.variables.items()
            if name in self.kinematics or variable.formula is not None
        ]

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
            {name: variable.formula for name, variable in self.variables.items() if variable.formula},
        )

    def without_weights(self) -> "Layout":
        """Return the layout of a study that ignores the file's weights."""
        return replace(self, events={role: group for role, group in self.events.items() if role != WEIGHT})

    def without(self, groups: Collection[str]) -> "Layout":
        """Return the layout without some images, variables and kinematics, and what is computed from them."""
        images = {name: image for name, image in self.images.items() if name not in groups}
        kept = {name: group for name, group in self.groups.items() if name not in groups}
        kinematics = {
            role: variable for role, variable in self.kinematics.items() if self.events[role] not in groups
        }
        gone = self.kinematics.keys() - kinematics.keys()
        events = {role: group for role, group in self.events.items() if role not in gone}
        gone |= {
            variable.name for name in set(self.groups) - set(kept) for variable in self.groups[name].variables
        }
        kept = {
            name: group
            for name, group in kept.items()
            if not any(
                variables_in(variable.formula) & gone for variable in group.variables if variable.formula
            )
        }
        return replace(self, images=images, groups=kept, events=events, kinematics=kinematics)

    def image_of(self, calorimeter: str) -> Image:
        """Return the image of a calorimeter."""
        return next(image for image in self.images.values() if image.grid.calorimeter == calorimeter)
