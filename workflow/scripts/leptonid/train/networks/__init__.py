"""Kinds of networks: each is a module with one function, and an entry of `classifier.KINDS`.

    last_hidden(inputs, settings, options) -> tensor

`inputs` are Keras tensors by name: scaled images (events, rows, columns, 1), or raw sets of cells `cells`
(events, cells, F), see `leptonid.tables.cells.padded_sets`; and the standardised `flat` variables
(events, F), those that there are. `settings` are the network's settings of the config; `options`
are keyword arguments of layers (`kernel_initializer`, `dtype`). The result, (events, units), goes into the
sigmoid that gives the score. The settings that a kind needs stand in
`leptonid.study.classifiers.NETWORK_KINDS`.
"""
