"""XMP packets: read and changed; everything else in them keeps its bytes.

- packet: the texts of a packet, read and replaced; rdf, xml_parser: its syntax
- padding: white space in a packet, by which it keeps its length
- keywords: those of rwcap in the lists of a packet, beside those of others
"""
