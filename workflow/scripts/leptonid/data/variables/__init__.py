"""Scalar variables computed from images, one module per study."""
