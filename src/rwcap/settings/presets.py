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
    "tags": "List 10 to 20 tags for this image: subjects, actions, setting, colours,"
    " style. Lower case, separated by commas, each of one to three words, nothing"
    " else.",
}
"""The built-in prompts by name. A user's preset of the same name replaces one."""
