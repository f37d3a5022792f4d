"""The data stage: where events come from, how they are checked, and how they become tables."""
