"""The data stage: where events come from, and how they become one checked file and its splits."""
