"""The built-in presets: prompts with a name.

They are written for a small vision model: one task, one format, and no examples,
because such a model repeats examples.
"""

from typing import Final

from rwcap.core import alt_text

PRESETS: Final = {
    "alt": alt_text.alt_prompt(alt_text.DEFAULT_ALT_CHARS),
    "caption": "Write a caption for this image in one short sentence: the main subject,"
    " what it does, and where.",
    "detailed": "Describe this image in detail, in one paragraph: the subjects, what"
    " they do, the setting, colours, light, composition, and any text that can be read."
    " Say only what can be seen.",
    "shop": "The image shows a product for sale. Describe the product: what it is, its"
    " form, colour and material; not the background.",
    "archive": "The image is for an archive. Say who or what, where and when only if it"
    " can be seen or read in it.",
    "social": "The image is for a post in social media. Write plain and friendly words"
    " without emoji.",
    "tags": "List 10 to 20 tags for this image: subjects, actions, setting, colours,"
    " style. Lower case, separated by commas, each of one to three words, nothing"
    " else.",
}
"""The built-in prompts by name. A user's preset of the same name replaces one."""

PRESET_FIELDS: Final = {
    "shop": "title,alt,description,keywords,colour,material",
    "archive": "title,alt,description,keywords,people:int,indoor:bool",
    "social": "title,alt,description,keywords",
}
"""The fields that built-in presets ask for, in the short form of `--fields`."""
