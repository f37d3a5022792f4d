"""Built-in simulations, one package per study, and what they share: matched spectra, merged chunks."""
