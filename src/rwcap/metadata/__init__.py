"""Captions as metadata of images.

- properties: the texts that XMP knows, and the marks of a machine-written one
- packet, xml_parser: an XMP packet read and changed, byte for byte
- merge: a packet after a caption has been written into it
- embed: a packet in an image file, found, put in and checked
- jpeg, mpf, png, webp, carrier: where the packet stands in each format
"""
