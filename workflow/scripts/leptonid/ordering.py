"""Average decision ordering (ADO) of two functions of events; see `leptonid.metrics.ordering`."""

from leptonid.metrics.ordering import Ado, Ordering, ado

__all__ = ["Ado", "Ordering", "ado"]
