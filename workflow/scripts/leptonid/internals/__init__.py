"""The private interfaces of other packages that the workflow uses: look here first after an upgrade.

One module per package. Each function says why it needs one, and the version that it was checked with.
"""
