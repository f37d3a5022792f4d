"""Which groups of a layout a config uses: files need to hold only those."""

from collections.abc import Mapping

from leptonid.study.classifiers import searches
from leptonid.study.features import contents_of
from leptonid.study.layout import KINEMATICS, Layout


def used_groups(config: Mapping, layout: Layout) -> dict[str, list[str]]:
    """Return the images, variables and kinematics that a config names, each with the keys that name it.

    What it uses only as far as there is some, as the variables of a figure, is not among them.
    """
    users: dict[str, list[str]] = {}
    own_searches = searches(config, layout)
    inputs = {
        f"train.features.{name}.inputs": own["inputs"] for name, own in config["train"]["features"].items()
    }
    inputs |= {f"search.searches.{name}.base": own["base"] for name, own in own_searches.items()}
    for key, names in inputs.items():
        contents = contents_of(names, layout.contents)
        kinematics = [group for role, group in contents.events.items() if role in KINEMATICS]
        for group in (*contents.images, *contents.stored, *kinematics):
            users.setdefault(group, []).append(key)
    calorimeters = {"efp.calorimeters": config["efp"]["calorimeters"]} | {
        f"search.searches.{name}.calorimeters": own["calorimeters"] for name, own in own_searches.items()
    }
    for key, names in calorimeters.items():
        for name in names or ():
            users.setdefault(layout.image_of(name).grid.name, []).append(key)
    for change, own in config["evaluate"]["variations"]["changes"].items():
        for image in own.get("images", ()):
            users.setdefault(image, []).append(f"evaluate.variations.changes.{change}.images")
    return users
