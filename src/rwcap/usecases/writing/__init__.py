"""Write a caption to its outputs.

- write: call each output; output: what a use case needs of an output
- written_text: the text that is written; claims: which sources keep an output
- changing_image: captions of images that other programs change meanwhile
"""
