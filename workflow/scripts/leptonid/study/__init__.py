"""What a study is: its sample's layout, its inputs and classifiers, its config and its paths.

Standard library and YAML only: the rules and the programs both import it.
"""
