"""From scores, images and observables to comparison figures and tables."""
