"""The grammar of inputs: what a name in `inputs` of the config or of a trained model stands for.

et                          an image of the layout
hl                          a group of variables
R_had                       one variable
pt                          pT or eta of the event, which the layout lists under `events`
efp_barrel                  all unique EFPs of a calorimeter
efp_barrel/d<=3             those with at most three edges; n<=3: at most three vertices
scalars_barrel              the scalars of a calorimeter's images (`leptonid.study.scalars`)
barrel/sum_et               one of them
mine/depth                  a column of the user's table `mine` (search.candidates)
barrel/2_1_0_k_1_b_0.5      one EFP; without a calorimeter it is the first image's of the layout
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leptonid.errors import InputError
from leptonid.study.formulas import variables_in
from leptonid.study.layout import KINEMATICS, LABEL, Contents
from leptonid.study.observables import PATTERN, Observable
from leptonid.study.scalars import SCALARS

ALL_EFPS, ALL_SCALARS = "efp_", "scalars_"
LIMITED_EFPS = re.compile(rf"{ALL_EFPS}([^/]+)(?:/([nd])<=([1-9]\d*))?")
EVENTS = "events"

IMAGE, GROUP, VARIABLE, EFPS, EFP = "image", "group", "variable", "efps", "efp"
SCALAR_GROUP, SCALAR, OWN = "scalars", "scalar", "own"


@dataclass(frozen=True)
class Input:
    """One input: its `kind`, its `name` (of the image, group, variable or observable) and its calorimeter.

    `calorimeter` is None for groups and variables. For all EFPs of a calorimeter, `name` is empty or their
    `limit`: the size of graphs, `n` vertices or `d` edges, and its largest value. For all its scalars, `name`
    is empty; for a column of a user's table, it holds the table too.
    """

    kind: str
    name: str
    calorimeter: str | None = None
    limit: tuple[str, int] | None = None

    def __str__(self) -> str:
        if self.kind == EFPS:
            return f"{ALL_EFPS}{self.calorimeter}" + (f"/{self.name}" if self.name else "")
        if self.kind == SCALAR_GROUP:
            return f"{ALL_SCALARS}{self.calorimeter}"
        return f"{self.calorimeter}/{self.name}" if self.kind in (EFP, SCALAR) else self.name

    @property
    def efp_calorimeter(self) -> str | None:
        """The calorimeter whose EFPs the input needs, or None."""
        return self.calorimeter if self.kind in (EFPS, EFP) else None


@dataclass(frozen=True)
class Column:
    """One flat variable and where it comes from: `events`, a calorimeter, or a table of the user, by name.

    A calorimeter has EFPs, in tables of their own, and scalars.
    """

    source: str
    name: str

    def __str__(self) -> str:
        return self.name if self.source == EVENTS else f"{self.source}/{self.name}"

    @property
    def is_efp(self) -> bool:
        """Whether it is an EFP."""
        return self.source != EVENTS and PATTERN.fullmatch(self.name) is not None

    @property
    def origin(self) -> tuple[str, bool]:
        """What it is read or computed with: columns of one origin come together."""
        return self.source, self.is_efp


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
    if text in contents.variable_names:
        return Input(VARIABLE, text)
    limited = LIMITED_EFPS.fullmatch(text)
    if limited and limited[1] in calorimeters:
        calorimeter, size, most = limited.groups()
        if size is None:
            return Input(EFPS, "", calorimeter)
        return Input(EFPS, f"{size}<={int(most)}", calorimeter, (size, int(most)))
    if text.startswith(ALL_SCALARS) and text.removeprefix(ALL_SCALARS) in calorimeters:
        return Input(SCALAR_GROUP, "", text.removeprefix(ALL_SCALARS))
    calorimeter, _, name = text.rpartition("/")
    if calorimeter in contents.tables and name:
        return Input(OWN, text)
    if calorimeter in calorimeters and name in SCALARS:
        return Input(SCALAR, name, calorimeter)
    calorimeter = calorimeter or next(iter(calorimeters), "")
    if calorimeter in calorimeters:
        try:
            return Input(EFP, str(Observable.parse(name)), calorimeter)
        except ValueError:
            pass  # an unknown name, as below
    known = [*contents.images, *contents.variables]
    known += [f"{prefix}{name}" for prefix in (ALL_EFPS, ALL_SCALARS) for name in calorimeters]
    known += [f"{name}/COLUMN" for name in contents.tables]
    raise InputError(
        f"input {text!r} is unknown; known are {', '.join(known)}, single variables "
        f"({', '.join(contents.variable_names)}), single scalars such as NAME/sum_et, and single "
        "EFPs such as 2_1_0_k_1_b_0.5; EFPs of a calorimeter can have a limit such as efp_NAME/d<=3"
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


def has_scalars(inputs: Iterable[str], contents: Contents) -> bool:
    """Return whether scalars of images are among some inputs."""
    return any(entry.kind in (SCALAR_GROUP, SCALAR) for entry in parse_inputs(inputs, contents))


def contents_of(inputs: Iterable[str], contents: Contents) -> Contents:
    """Return the part of the contents that some inputs need, and the group of the labels.

    Computed variables need those in their formulas too.
    """
    parsed = parse_inputs(inputs, contents)
    calorimeters = {entry.calorimeter for entry in parsed}
    named = {entry.name for entry in parsed if entry.kind in (GROUP, VARIABLE)}
    formulas = {
        variable: contents.formulas[variable]
        for group, variables in contents.variables.items()
        for variable in variables
        if variable in contents.formulas and (group in named or named.intersection(variables))
    }
    names = named.union(*map(variables_in, formulas.values()))
    return Contents(
        {name: grid for name, grid in contents.images.items() if grid.calorimeter in calorimeters},
        {
            group: variables
            for group, variables in contents.variables.items()
            if group in names or names.intersection(variables)
        },
        {
            role: group
            for role, group in contents.events.items()
            if role == LABEL or role in names & {*KINEMATICS}
        },
        formulas,
        tuple(
            name
            for name in contents.tables
            if any(e.kind == OWN and e.name.startswith(f"{name}/") for e in parsed)
        ),
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
        elif entry.kind == SCALAR_GROUP:
            columns += [Column(entry.calorimeter, name) for name in SCALARS]
        elif entry.kind == SCALAR:
            columns.append(Column(entry.calorimeter, entry.name))
        elif entry.kind == OWN:
            columns.append(parse_column(entry.name))
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
    if entry.kind == SCALAR_GROUP:
        return entry.calorimeter == column.source and not column.is_efp
    if entry.kind in (SCALAR, OWN):
        return str(entry) == str(column)
    if column.is_efp:
        limit = entry.limit
        return entry.efp_calorimeter == column.source and (
            entry.name == column.name
            if entry.kind == EFP
            else limit is None or _size(column.name, limit[0]) <= limit[1]
        )
    names = contents.variables.get(entry.name, ()) if entry.kind == GROUP else [entry.name]
    return entry.kind in (GROUP, VARIABLE) and column.source == EVENTS and column.name in names


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
