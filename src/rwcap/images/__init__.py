"""Images, in the form in which they are sent.

- image: an image with its bytes, or a reference; read: from a file or standard input
- formats: formats by their first bytes; parts: segments and chunks of a file
- jpeg, png, webp, exif, icc: what each holds, and the image without metadata
- preparation, prepare: what has to change before an image is sent
- convert: the change itself; only this file imports Pillow
"""
