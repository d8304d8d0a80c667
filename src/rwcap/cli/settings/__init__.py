"""Settings and the options that they apply to.

- registry: every setting, its option, its type and whether a project may set it
- effective: files, profile and environment, checked and put in order
- option_settings: the setting of an option that is not typed, for Click
- limit_variables: variables that are meant as limits, under wrong names
"""
