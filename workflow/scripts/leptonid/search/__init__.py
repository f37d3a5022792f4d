"""The guided search: which observables explain a black box."""
