"""Images: read, checked, stripped of metadata and, if necessary, converted.

- image: an image that is sent, or a reference; read: from a file or standard input;
  open_files: files that another program is writing
- formats: the formats; container: the common base of their parsers
- jpeg, png, webp, exif, icc: parsers, which read properties and remove metadata
- raw: the preview in a camera raw file
- limits: limits and defaults, as of `--max-side`
- prepare: the changes that an image needs
- thumbnail: small pictures of images, for contact sheets
- convert: decodes and encodes; the only module that imports Pillow
- memory: the limit of the memory for decoded images
"""
