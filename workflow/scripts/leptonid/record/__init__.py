"""Record: what a run took, and what it was made of."""
