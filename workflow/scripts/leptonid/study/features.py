"""The grammar of inputs: what a name in `inputs` of the config or of a trained model stands for.

et                          an image of the layout
hl                          a group of variables
R_had                       one variable
efp_barrel                  all unique EFPs of a calorimeter
efp_barrel/d<=3             those with at most three edges; n<=3: at most three vertices
barrel/2_1_0_k_1_b_0.5      one EFP; without a calorimeter it is the first image's of the layout
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leptonid.errors import InputError
from leptonid.study.layout import LABEL, Contents
from leptonid.study.observables import Observable

ALL_EFPS = "efp_"
LIMITED_EFPS = re.compile(rf"{ALL_EFPS}([^/]+)(?:/([nd])<=([1-9]\d*))?")
EVENTS = "events"

IMAGE, GROUP, VARIABLE, EFPS, EFP = "image", "group", "variable", "efps", "efp"


@dataclass(frozen=True)
class Input:
    """One input: its `kind`, its `name` (of the image, group, variable or observable) and its calorimeter.

    `calorimeter` is None for groups and variables. For all EFPs of a calorimeter, `name` is empty or their
    `limit`: the size of graphs, `n` vertices or `d` edges, and its largest value.
    """

    kind: str
    name: str
    calorimeter: str | None = None
    limit: tuple[str, int] | None = None

    def __str__(self) -> str:
        if self.kind == EFPS:
            return f"{ALL_EFPS}{self.calorimeter}" + (f"/{self.name}" if self.name else "")
        return f"{self.calorimeter}/{self.name}" if self.kind == EFP else self.name

    @property
    def efp_calorimeter(self) -> str | None:
        """The calorimeter whose EFPs the input needs, or None."""
        return self.calorimeter if self.kind in (EFPS, EFP) else None


@dataclass(frozen=True)
class Column:
    """One flat variable: a column of the tables of events (source `events`) or of a calorimeter's EFPs."""

    source: str
    name: str

    def __str__(self) -> str:
        return self.name if self.source == EVENTS else f"{self.source}/{self.name}"


def parse_input(text: str, contents: Contents) -> Input:
    """Return what an input stands for.

    Raises
    ------
    InputError
        For a name that the layout does not know; the message lists the names it knows.
    """
    calorimeters = [grid.calorimeter for grid in contents.images.values()]
    if text in contents.images:
        return Input(IMAGE, text, contents.images[text].calorimeter)
    if text in contents.variables:
        return Input(GROUP, text)
    if any(text in names for names in contents.variables.values()):
        return Input(VARIABLE, text)
    limited = LIMITED_EFPS.fullmatch(text)
    if limited and limited[1] in calorimeters:
        calorimeter, size, most = limited.groups()
        if size is None:
            return Input(EFPS, "", calorimeter)
        return Input(EFPS, f"{size}<={int(most)}", calorimeter, (size, int(most)))
    calorimeter, _, name = text.rpartition("/")
    calorimeter = calorimeter or next(iter(calorimeters), "")
    if calorimeter in calorimeters:
        try:
            return Input(EFP, str(Observable.parse(name)), calorimeter)
        except ValueError:
            pass  # an unknown name, as below
    known = [*contents.images, *contents.variables, *(f"{ALL_EFPS}{name}" for name in calorimeters)]
    raise InputError(
        f"input {text!r} is unknown; known are {', '.join(known)}, single variables "
        f"({', '.join(name for names in contents.variables.values() for name in names)}), and single EFPs "
        "such as 2_1_0_k_1_b_0.5; EFPs of a calorimeter can have a limit such as efp_NAME/d<=3"
    )


def parse_inputs(texts: Iterable[str], contents: Contents) -> list[Input]:
    """Return what several inputs stand for; errors as of `parse_input`."""
    return [parse_input(text, contents) for text in texts]


def are_known(inputs: Sequence[str], contents: Contents) -> bool:
    """Return whether all inputs are in the grammar and the layout."""
    try:
        parse_inputs(inputs, contents)
    except InputError:
        return False
    return True


def images_of(inputs: Iterable[str], contents: Contents) -> list[str]:
    """Return the images among some inputs."""
    return [entry.name for entry in parse_inputs(inputs, contents) if entry.kind == IMAGE]


def efp_calorimeters(inputs: Iterable[str], contents: Contents) -> list[str]:
    """Return the calorimeters whose EFPs are among some inputs, sorted."""
    return sorted({entry.efp_calorimeter for entry in parse_inputs(inputs, contents)} - {None})


def contents_of(inputs: Iterable[str], contents: Contents) -> Contents:
    """Return the part of the contents that some inputs need, and the group of the labels."""
    parsed = parse_inputs(inputs, contents)
    calorimeters = {entry.calorimeter for entry in parsed}
    names = {entry.name for entry in parsed if entry.kind in (GROUP, VARIABLE)}
    return Contents(
        {name: grid for name, grid in contents.images.items() if grid.calorimeter in calorimeters},
        {
            group: variables
            for group, variables in contents.variables.items()
            if group in names or names.intersection(variables)
        },
        {role: group for role, group in contents.events.items() if role == LABEL},
    )


def flat_columns(
    inputs: Iterable[str], contents: Contents, unique: Mapping[str, Sequence[str]]
) -> list[Column]:
    """Return the flat variables of some inputs, in order and without repetitions; images are passed over.

    Parameters
    ----------
    unique
        The unique EFP observables of each calorimeter; one without energy in any event has none.

    Raises
    ------
    InputError
        For an unknown input, and for an EFP observable that was not computed or is a duplicate of another.
    """
    columns = []
    for entry in parse_inputs(inputs, contents):
        if entry.kind == GROUP:
            columns += [Column(EVENTS, variable) for variable in contents.variables[entry.name]]
        elif entry.kind == VARIABLE:
            columns.append(Column(EVENTS, entry.name))
        elif entry.kind == EFPS:
            columns += [
                Column(entry.calorimeter, observable)
                for observable in unique.get(entry.calorimeter, ())
                if entry.limit is None or _size(observable, entry.limit[0]) <= entry.limit[1]
            ]
        elif entry.kind == EFP:
            if entry.name not in unique.get(entry.calorimeter, ()):
                raise InputError(
                    f"input {str(entry)!r}: {entry.name} is not among the unique observables of the "
                    f"{entry.calorimeter}; see efp/unique.feather and efp/duplicates.feather"
                )
            columns.append(Column(entry.calorimeter, entry.name))
    return list(dict.fromkeys(columns))


def contains(entry: Input, column: Column, contents: Contents) -> bool:
    """Return whether a flat variable is among those that an input stands for."""
    if column.source != EVENTS:
        limit = entry.limit
        return entry.efp_calorimeter == column.source and (
            entry.name == column.name
            if entry.kind == EFP
            else limit is None or _size(column.name, limit[0]) <= limit[1]
        )
    names = contents.variables.get(entry.name, ()) if entry.kind == GROUP else [entry.name]
    return entry.kind in (GROUP, VARIABLE) and column.name in names


def scalings(columns: Iterable[Column], scaling: str | Mapping[str, str], contents: Contents) -> list[str]:
    """Return the kind of scaling of each flat variable, a key of `leptonid.train.scaling.FITS`.

    Parameters
    ----------
    scaling
        The kind of all, or the kinds of inputs by name: a variable has that of the first input that it is
        among, or else `standard`.

    Raises
    ------
    InputError
        For an unknown input.
    """
    if isinstance(scaling, str):
        return [scaling for _ in columns]
    kinds = [(parse_input(name, contents), kind) for name, kind in scaling.items()]
    return [
        next((kind for entry, kind in kinds if contains(entry, column, contents)), "standard")
        for column in columns
    ]


def _size(observable: str, size: str) -> int:
    return getattr(Observable.parse(observable), size)


def parse_column(name: str) -> Column:
    """Return the flat variable that `str(Column)` named."""
    source, _, variable = name.rpartition("/")
    return Column(source or EVENTS, variable)
