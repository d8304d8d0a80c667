"""Settings as defaults of options.

- registry: every setting, its option, its type and whether a project may set it
- effective: files, profile and environment, checked and put in order
- defaults: the map that Click asks for the default of an option
"""
