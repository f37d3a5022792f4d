"""What a training can do with negative weights (`train.negative_weights` of the config)."""

REFUSE, ABSOLUTE, DROP = "refuse", "absolute", "drop"
