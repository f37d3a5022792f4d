"""Files that every stage reads and writes: Feather tables, sparse images, and the one reader of events."""
