"""A sentence ends where it is certain that it does, in many languages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.alt_text import fit_length
from rwcap.core.sentences import sentence_ends, split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "Ein Hund, z. B. ein Dackel, liegt auf dem Sofa",
        "Das Foto entstand am 3. Mai 1920 in Köln",
        "Das Foto der Firma entstand am 3. 5. 1920 in Köln",
        "Ein Turm, der ca. 30 Meter hoch ist",
        "Ein Korb mit versch. Obst, Gemüse usw. Käse",
        "Ein Schild in der Bahnhofstr. Ecke Marktplatz",
        "Ein Bild des Hl. Martin",
        "La Sra. García y el Sr. López saludan",
        "Una plaza con la Avda. Constitución, pág. Treinta",
        "Le roi Louis XIV. Portrait par Rigaud",
        "Queen Elizabeth II. Portrait by Freud",
        "На фото г. Москва и ул. Арбат",
        "На фото памятник им. Пушкина",
        "Zdjęcie przedstawia św. Jana i ul. Długą",
        "Η εκκλησία Αγ. Νικόλαος",
        "डॉ. शर्मा",
        "ภาพถ่ายในปี พ.ศ. สองพัน",
        "A book by Dr. phil. h. c. Hans Meier",
        "Version 2.0 e.g. of the app with a menu (File, Edit, etc.) and more",
        "He is 5 ft. tall and stands beside a No. 7 bus",
        "The chart from Jan. to Dec. 2020",
        "The chart from Jan. Monday to Dec. Friday",
        "A photo by (c. 1920) J. Doe",
        'A photo of "The U.S.A." Map',
        "MR. SMITH AND DR. WHO",
        "Works at Smith & CO. KG",
        "The sign says 'Closed. Come back at five.' and hangs on a door",
        "The sign says 'The dog's asleep. Come back.' and hangs on a door",
        "Das Schild »Zu. Bitte klingeln.« hängt an der Tür",
        "Das Schild „Zu. Bitte klingeln.“ hängt an der Tür",
        "Skylten ”Stängt. Kom tillbaka.” hänger på dörren",
        "Het bord ‚Dicht. Kom terug.‘ hangt aan de deur",
        'A note of "Stop! Wait? Never…" is on a wall',
        'She asks "Why?" and leaves! then returns… slowly',
        "A dog. 3 cats",
        "彼は「止まれ。」と言う",
        "他说“停。”然后走",
    ],
)
@pytest.mark.promises("rules")
def test_a_sentence_goes_on_where_it_may(text: str) -> None:
    """After abbreviations, numbers and quotations, and before small letters."""
    longer = f"{text} and so on, {'word ' * 30}"

    assert sentence_ends(longer) == []
    assert fit_length(longer, 150) is None


@pytest.mark.parametrize(
    "sentences",
    [
        ("A man watches TV. ", "A dog sleeps on the sofa… ", "(It is brown.) ", "No."),
        ("A house (old. Red) of art. ", "The sun shines! ", '"Why?" ', "A cat."),
        ("The dogs' bowls are empty. ", "A '90s car. ", "Rock 'n' roll. ", "It's red."),
        ('A 5" pipe lies here. ', "A sign says 'Go'. ", 'It says "Stop." ', "He goes."),
        ("„Halt“ steht da. ", "Ein Haus im Bau. ", "Über „Los.“ ", "Ölbild am See."),
        ("»Los« steht da. ", "« Oui » est écrit. ", "À droite, ‹ non ›. ", "Été."),
        ("De zon gaat 's avonds onder. ", "Het is ’t Hart. ", "Een foto's lijst."),
        ("¿Qué es? ", "¡Sí! ", "[Un perro.] ", "Él duerme. ", "Ñandúes."),
        ("Собака сидит. ", "Она смотрит на реку. ", "Ещё кот."),
        ("Ένας σκύλος κάθεται. ", "Η γάτα κοιμάται."),
        ("यह कुत्ता है। ", "वह बैठा है। ", "एक बिल्ली।"),
        ("நாய் அமர்ந்தது. ", "பூனை நின்றது."),
        ("هذا كلب. ", "هل هذه قطة؟ ", "نعم."),
        ("개가 앉아 있다. ", "고양이가 잔다."),
        ("კატა ზის. ", "ძაღლი წევს."),
        ("狗。", "猫！！", "「犬？」", "（猫。）鸟。"),
        ("他说“停。” ", "然后走。"),
        ("A dog sits.\n", "- a cat sleeps.\n\n", "3 cows stand."),
    ],
)
def test_ordinary_sentences_are_found(sentences: tuple[str, ...]) -> None:
    """With quotations, apostrophes and brackets, in scripts with capitals and without.

    On a new line, a sentence may begin with anything.
    """
    assert split_sentences("".join(sentences)) == [*sentences]


@given(st.text(alphabet="aAI.!。…१ \n\"'“”«»(「」)"), st.integers(0, 30))
def test_ends_are_the_same_within_a_limit(text: str, limit: int) -> None:
    """They ascend, and each sentence ends in the same way on its own."""
    ends = sentence_ends(text)

    assert all(one < other for one, other in pairwise(ends))
    assert sentence_ends(text, limit) == [end for end in ends if end <= limit]
    pieces = split_sentences(text)
    assert "".join(pieces) == text
    assert all(sentence_ends(each.rstrip()) for each in pieces[: len(ends)])
