"""Captions, titles and keywords in the metadata of images.

- properties: the XMP properties and other places that hold a text; its provenance
- selection: the texts that are written for an image, and those that it must have
- packet, rdf, xml_parser: read and change an XMP packet; everything else keeps its
  bytes
- padding: white space in a packet, by which it keeps its length
- descriptive: title, keywords, people, place and date in a packet
- exif_text, iptc, splices: texts in Exif and IPTC, read and replaced
- placeholders: descriptions that nobody wrote
- merge, all_places: the texts of a packet, and of an image, after others were added
- keywords: those of rwcap in the lists of a packet, beside those of others
- provenance: which texts rwcap has written, and how they are taken out
- embed: read the texts of an image file, replace them, and verify the result
- jpeg, png, webp, xmp_container: the position of metadata in each format
- file_texts: captions in files that are only read, such as TIFF and raw
- pointers, multi_picture: positions of data after the image that must stay correct
"""
