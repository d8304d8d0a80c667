"""Captions in the metadata of images.

- properties: the XMP properties and other places that hold a text; its provenance
- packet, xml_parser: read and change an XMP packet; everything else keeps its bytes
- descriptive: title, keywords, people, place and date in a packet
- exif_text, iptc, splices: captions in Exif and IPTC, read and replaced
- placeholders: descriptions that nobody wrote
- merge: the texts of an image after a caption has been added
- provenance: which texts rwcap has written, and how they are taken out
- embed: read the texts of an image file, replace them, and verify the result
- jpeg, png, webp, xmp_container: the position of metadata in each format
- file_texts: captions in files that are only read, such as TIFF and raw
- pointers, multi_picture: positions of data after the image that must stay correct
"""
