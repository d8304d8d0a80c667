"""Captions, titles and keywords in the metadata of images.

- embed: read the texts of an image file, replace them, and verify the result
- xmp: XMP packets; xmp_container: what each format does with a packet
- containers: the position of metadata in JPEG, PNG and WebP
- exif_text, iptc, splices: texts in Exif and IPTC, read and replaced
- properties: the XMP properties and other places that hold a text; its provenance
- selection: the texts that are written for an image, and those that it must have
- descriptive: title, keywords, people, place and date in a packet
- placeholders: descriptions that nobody wrote
- merge, all_places: the texts of a packet, and of an image, after others were added
- provenance: which texts rwcap has written; removal: how they are taken out
- file_texts: captions in files that are only read, such as TIFF and raw
"""
