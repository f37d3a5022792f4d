"""Built-in simulations, one package per study, and what they share: merged chunks."""
