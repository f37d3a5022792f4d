"""What printed tables say of the weights of their events."""

import pandas as pd

from leptonid.study.weights import ABSOLUTE, DROP

# Of the events of a table; `negative_in_training` is empty where no weight is negative.
EVENTS_COLUMNS = ("weighted", "effective_signal", "effective_background", "negative_weights")
COLUMNS = (*EVENTS_COLUMNS, "negative_in_training")

TAKEN = {ABSOLUTE: "which trainings took as positive", DROP: "which trainings left out"}


def weighting_note(table: pd.DataFrame) -> str:
    """Return sentences on the weights of the events of a table with `COLUMNS`, nothing where all are 1."""
    if table.empty or not table["weighted"].iloc[0]:
        return ""
    row = table.iloc[0]
    signal, background = (f"{row[f'effective_{name}']:,.0f} {name}" for name in ("signal", "background"))
    text = (
        f"Events count with their weights; they are as precise as {signal} and {background} events of equal "
        "weight, (sum w)^2 / sum w^2."
    )
    if row["negative_weights"]:
        taken = TAKEN[row["negative_in_training"]]
        text += f" {row['negative_weights']:,} weights are negative, {taken}; numbers use them as they are."
    return text
