"""Tests of descriptions that cameras and programs write by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.metadata.placeholders import is_placeholder


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\0\0\0", " \t\n"),
        *("OLYMPUS DIGITAL CAMERA", "OLYMPUS DIGITAL CAMERA         \0"),
        *("KONICA MINOLTA DIGITAL CAMERA", "SONY DSC", "DIGITAL CAMERA"),
        *("SAMSUNG CAMERA PICTURES", "Exif_JPEG_PICTURE", "Exif_JPEG_PICTURE  "),
        *("KODAK Digital Still Camera", "default", "cof", "binary comment"),
        *("<Digimax S500 / Kenox S500 / Digimax Cyber 530>", "<KENOX S1050>"),
        *("GE DIGITAL CAMERA", "Exif JPEG        ", "Minolta DSC", "DCF 1.0"),
        *("PIC00499.JPG", "DSCN1767.JPG", "000015"),
        "R: 139 G: 255 B: 189 X:39852 Y:    0 S:    0 ImgVer:08.01.09.10",
        *("oplus_32", "DCIM\\100MEDIA\\DJI_0001.JPG", "Screenshot"),
        '{"sensor_type":"rear","mirror":false}',
        '{"total_draw_time":0,"layers_used": 1.5, "source": null}',
        "filter: 0; fileterIntensity: 0.0; filterMask: 0; captureOrientation: 0;",
    ],
)
def test_nobody_wrote_it(text: str) -> None:
    """Padding does not matter."""
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "My first Olympus digital camera",
            "Olympus digital camera",
            "digital camera",
        ),
        *(
            "OLYMPUS DIGITAL CAMERA on a table",
            "Sony DSC",
            "DSC 1998",
            "The default view",
        ),
        *("Samsung camera pictures of Anna", "Exif", "Grandpa with a DIGITAL CAMERA"),
        *(
            "<3",
            "{sic}",
            "Coffee",
            "filter: none",
            "opposite_3",
            "DCIM",
            "A screenshot",
        ),
        *("PIC00499.JPG is of Anna", "1998", "100015", "R: Anna G: Bob", "DCF 2.0"),
        *("Boats", "x", "ə", "東京", "."),
        '{"prompt":"a harbour at dusk","steps":30}',
        '{"MAPLatitude":52.5,"MAPLongitude":9.7}',
        '{"6":{"inputs":{"text":"boats"}}}',
        *("{}", '{"a":1,}'),
    ],
)
def test_a_person_may_have_written_it(text: str) -> None:
    """Sentences that resemble placeholders, and very short texts."""
    assert not is_placeholder(text)


def test_a_setting_adds_to_the_table() -> None:
    """Its texts are compared as a whole, too."""
    more = ("ACME  CAM", "(c) Studio")

    assert is_placeholder("ACME CAM  ", more)
    assert is_placeholder("(c) Studio", more)
    assert not is_placeholder("(c) Studio Anna", more)
    assert not is_placeholder("ACME CAM")


@given(st.text(min_size=1, max_size=60))
def test_any_sentence_is_a_persons(text: str) -> None:
    """With a word before it that no camera writes."""
    assert not is_placeholder(f"Anna: {text}")
