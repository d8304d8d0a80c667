"""Captions as XMP metadata of images.

- properties: the properties that hold a text, and its provenance
- packet, xml_parser: read and change an XMP packet; everything else keeps its bytes
- merge: the packet after a caption has been added
- embed: read the packet of an image file, replace it, and verify the result
- jpeg, mpf, png, webp, xmp_container: the position of the packet in each format
"""
