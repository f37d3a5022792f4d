"""Images of candidates from energies in the cells of a detector, a module per study."""
