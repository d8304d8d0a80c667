"""Captions in the metadata of images.

- properties: the XMP properties that hold a text, and its provenance
- packet, xml_parser: read and change an XMP packet; everything else keeps its bytes
- places, exif_text, iptc, splices: captions in other places, read and replaced
- marks: which texts rwcap has written, and how they are taken out
- placeholders: descriptions that nobody wrote
- merge: the texts of an image after a caption has been added
- embed: read the texts of an image file, replace them, and verify the result
- jpeg, mpf, png, webp, xmp_container: the position of metadata in each format
- pointers: positions of data after the image that must stay correct
"""
