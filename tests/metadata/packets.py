"""XMP packets in the forms that other programs write."""

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
XMPRIGHTS = 'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"'

BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
END = '<?xpacket end="w"?>'


def packet(*descriptions: str, padding: int = 0) -> bytes:
    """Return a packet with these descriptions, in the form of Adobe's programs."""
    return (
        f'{BEGIN}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>\n'
        f"{''.join(descriptions)}</rdf:RDF></x:xmpmeta>{' ' * padding}{END}"
    ).encode()


def description(inner: str = "", attributes: str = "", about: str = "") -> str:
    """Return one description of the image."""
    return (
        f'<rdf:Description rdf:about="{about}" {DC} xmlns:a="urn:a" {attributes}>'
        f"{inner}</rdf:Description>\n"
    )


def alternatives(**texts: str) -> str:
    """Return a dc:description in several languages."""
    items = "".join(
        f'<rdf:li xml:lang="{language.replace("_", "-")}">{text}</rdf:li>'
        for language, text in texts.items()
    )
    return f"<dc:description><rdf:Alt>{items}</rdf:Alt></dc:description>"


OTHERS = (
    "<!-- by hand --><a:b a:c='1' a:x=\"&lt;\"  />\n<a:d  ><![CDATA[<&>]]></a:d >"
    "<a:i rdf:parseType='Resource'><a:f>1</a:f><a:g><rdf:Bag><rdf:li>2</rdf:li>"
    "<rdf:li rdf:parseType='Resource'><a:h>3</a:h></rdf:li></rdf:Bag></a:g></a:i>"
    "<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li></rdf:Seq></dc:creator>"
)
"""Properties that rwcap does not write: texts, structures, and lists."""

FORMS = {
    "nothing": packet(description()),
    "elements": packet(description(OTHERS + alternatives(x_default="Old text"))),
    "attributes": packet(description(OTHERS, "dc:description='Old text' a:e='2'")),
    "a text alone": packet(description("<dc:description>Old text</dc:description>")),
    "empty": packet(description("<dc:description/>")),
    "no alternatives": packet(
        description("<dc:description><rdf:Alt/></dc:description>")
    ),
    "languages": packet(
        description(alternatives(de_DE="Alt", X_DEFAULT="Old text", en_GB="Mum"))
    ),
    "no default": packet(description(alternatives(de_DE="Alt", en_GB="Mum"))),
    "an empty default": packet(
        description(
            "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'/>"
            "<rdf:li xml:lang='de-DE'>Alt</rdf:li></rdf:Alt></dc:description>"
        )
    ),
    "no descriptions": packet(),
    "several": packet(description(OTHERS, about="urn:p"), description(about="urn:p")),
    "no prefix": (
        b'<m:xmpmeta xmlns:m="adobe:ns:meta/">'
        b'<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        b' xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="urn:not">'
        b'<Description r:about="urn:p" xmlns:o="http://purl.org/dc/elements/1.1/">'
        b'<o:description><Alt><li xml:lang="x-default">Old text</li></Alt>'
        b"</o:description><dc:description>not ours</dc:description></Description>"
        b"</RDF></m:xmpmeta>"
    ),
    "other prefixes": (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<r:Description r:about="urn:p" xmlns:o="http://purl.org/dc/elements/1.1/">'
        b'<o:description><r:Alt><r:li xml:lang="x-default">Old text</r:li></r:Alt>'
        b"</o:description></r:Description></r:RDF></x:xmpmeta>"
    ),
    "bare": f"{BEGIN}<rdf:RDF {RDF}>{description(OTHERS)}</rdf:RDF>{END}".encode(),
    "one tag": (
        f'{BEGIN}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}/></x:xmpmeta>{END}'
    ).encode(),
    "bare, one tag": f"{BEGIN}<rdf:RDF {RDF}/>{END}".encode(),
    "declared": b'<?xml version="1.0"?>' + packet(description())[len(BEGIN.encode()) :],
    "not RDF": packet(description("<a:b a:c='1' x=\"&lt;\"  ><a:d/>\n</a:b>")),
    "a BOM, and a NUL": b"\xef\xbb\xbf" + packet(description(OTHERS)) + b"\0",
    "padded": packet(description(OTHERS), padding=4000),
}
"""The valid forms of a packet with and without a description."""

QUALIFIED = packet(
    description(
        "<dc:description><rdf:Alt><rdf:li xml:lang='x-default' a:by='Ada'>Mum</rdf:li>"
        "</rdf:Alt></dc:description>"
    )
)
"""A description that is readable, but contains more than a text."""

INVALID_FORMS = (
    packet(description("<dc:description><a:b/></dc:description>")),
    packet(
        description("<dc:description rdf:parseType='Resource'><a:b/></dc:description>")
    ),
    packet(
        description(
            "<dc:description rdf:parseType='Literal'><a:b>Mum</a:b></dc:description>"
        )
    ),
    packet(description(alternatives(x_default="Mum") * 2)),
    packet(description("<dc:description><rdf:Alt>Mum</rdf:Alt></dc:description>")),
    packet(description("<dc:description>Mum<rdf:Bag/></dc:description>")),
    packet(
        description(
            "<dc:description><rdf:Alt><a:b>Mum</a:b></rdf:Alt></dc:description>"
        )
    ),
)
"""Descriptions in forms that XMP does not allow."""

UNWRITABLE = (*INVALID_FORMS, QUALIFIED)
"""Descriptions that cannot be replaced."""

LIGHTROOM = (
    f'{BEGIN}<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000">\n'
    f" <rdf:RDF {RDF}>\n"
    '  <rdf:Description rdf:about=""\n'
    f'    xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n    {DC}\n'
    '    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"\n'
    '   xmp:Rating="4">\n'
    "   <dc:subject>\n    <rdf:Bag>\n"
    "     <rdf:li>Harbours</rdf:li>\n     <rdf:li>Oslo</rdf:li>\n"
    "    </rdf:Bag>\n   </dc:subject>\n"
    "   <lr:hierarchicalSubject>\n    <rdf:Bag>\n"
    "     <rdf:li>Harbours</rdf:li>\n     <rdf:li>Norway|Oslo</rdf:li>\n"
    "    </rdf:Bag>\n   </lr:hierarchicalSubject>\n"
    "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n" + (" " * 100 + "\n") * 40 + END
).encode()
"""A packet of Lightroom Classic: keywords alone and in levels, and its padding."""

DIGIKAM = (
    f'{BEGIN}<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">\n'
    f" <rdf:RDF {RDF}>\n"
    '  <rdf:Description rdf:about=""\n'
    '    xmlns:digiKam="http://www.digikam.org/ns/1.0/"\n'
    '    xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"\n'
    f'    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"\n    {DC}\n'
    '   digiKam:PickLabel="0">\n'
    "   <digiKam:TagsList>\n    <rdf:Seq>\n"
    "     <rdf:li>Norway/Oslo</rdf:li>\n     <rdf:li>Harbours</rdf:li>\n"
    "    </rdf:Seq>\n   </digiKam:TagsList>\n"
    "   <MicrosoftPhoto:LastKeywordXMP>\n    <rdf:Bag>\n"
    "     <rdf:li>Norway/Oslo</rdf:li>\n     <rdf:li>Harbours</rdf:li>\n"
    "    </rdf:Bag>\n   </MicrosoftPhoto:LastKeywordXMP>\n"
    "   <lr:hierarchicalSubject>\n    <rdf:Bag>\n"
    "     <rdf:li>Norway|Oslo</rdf:li>\n     <rdf:li>Harbours</rdf:li>\n"
    "    </rdf:Bag>\n   </lr:hierarchicalSubject>\n"
    "   <dc:subject>\n    <rdf:Bag>\n"
    "     <rdf:li>Oslo</rdf:li>\n     <rdf:li>Harbours</rdf:li>\n"
    "    </rdf:Bag>\n   </dc:subject>\n"
    f"  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n{END}"
).encode()
"""A packet of digiKam, which writes keywords for several programs."""

DARKTABLE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">\n'
    f" <rdf:RDF {RDF}>\n"
    '  <rdf:Description rdf:about=""\n'
    f'    xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n    {DC}\n'
    '    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"\n'
    '    xmlns:darktable="http://darktable.sf.net/"\n'
    '   xmp:Rating="1"\n   darktable:xmp_version="5">\n'
    "   <dc:subject>\n    <rdf:Seq>\n"
    "     <rdf:li>Harbours</rdf:li>\n     <rdf:li>Norway</rdf:li>\n"
    "     <rdf:li>Oslo</rdf:li>\n"
    "    </rdf:Seq>\n   </dc:subject>\n"
    "   <lr:hierarchicalSubject>\n    <rdf:Seq>\n"
    "     <rdf:li>Harbours</rdf:li>\n     <rdf:li>Norway|Oslo</rdf:li>\n"
    "    </rdf:Seq>\n   </lr:hierarchicalSubject>\n"
    "   <darktable:history>\n    <rdf:Seq>\n"
    '     <rdf:li\n      darktable:num="0"\n      darktable:operation="exposure"/>\n'
    "    </rdf:Seq>\n   </darktable:history>\n"
    "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
).encode()
"""An XMP file of darktable, with the history of an image."""

OTHER_PROGRAMS = {
    "Lightroom": LIGHTROOM,
    "digiKam": DIGIKAM,
    "darktable": DARKTABLE,
}
"""Packets with the keywords `Harbours` and `Oslo`, of programs for photos."""
