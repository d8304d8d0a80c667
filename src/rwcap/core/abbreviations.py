"""Abbreviations and other words whose full stop may not end a sentence."""

import re
from typing import Final

LONGEST: Final = 16
"""More than the characters of any abbreviation in the lists."""

# Patterns are compiled when sentences are first wanted: start-up is a budget.
_CONSONANTS: Final = (
    "[b-df-hj-np-tv-xzßđł"
    "\u0431-\u0434\u0436\u0437\u043a-\u043d\u043f-\u0442\u0444-\u044a\u044c"  # Cyrillic
    "\u03b2-\u03b4\u03b6\u03b8\u03ba-\u03be\u03c0-\u03c4\u03c6-\u03c8]+"  # Greek
)
_ROMAN: Final = "[IVXLCDM]+"
_THAI: Final = "[\u0e00-\u0e7f]+"
"""A word in Thai: its sentences have no full stop, its abbreviations have one."""

# Words that often end a sentence ("sun", "art", "no") are not in the list. As
# abbreviations they stand before numbers, and with a number no sentence begins either.
_WITH_VOWELS: Final = """
adm al approx asst assn aug bros capt col dec dept dir ed eds eg esp esq etc excl ext
feb fig figs gen gov hon hwy ie illus incl intl jan jul jun lieut maj messrs misc nov
oct okt rep rev sen sept tel univ viz
abb abt allg amtl ausg bes betr ca dez dipl ehem eigtl einschl engl entspr etw evtl exkl
geb gebr gegr gest ggf hab inkl insb insbes ital jur kath lfd med mio nat nordl ostl
osterr phil resp sek sog staatl std sudl urspr usw verh versch verw vorm westl
afb afd anc av bijv boul cie env enz evt janv juill mevr mlle mme ste vnl
admon aprox avd avda avv cia dcha dna dott dpto dra ecc edif egr ej ene exma exmo geom
gral ing izq lic ltda mons num pag pagg pags pca pza profa sec sig sigg spett sra sras
sres srta sta sto tav trav ud uds
abp akad apod atd cca doc fot godz ifj im inz itd itp jud judr kard mudr nam napr ob obr
odb os ozv pow prov rys tis tys ul un woj zach
ang apt bul cad eks esim jne kab kec klo mah maks osv puh sok uzm ym yms yrd yy
адм акад бул вул ген доц зав зам изд илл им ін ім инж кап корп наб напр нач обл оз ок
пер полк пос просп проф ред руб табл тел тис тыс ул худ
αγ αρ καθ λεωφ οδ σελ τηλ डॉ पं प्रो ডা মো
"""
"""Abbreviations in lower case without accents. Those without a vowel are missing."""

_IN_CAPITALS: Final = """
ave blvd bros co corp dr ft gs inc jr ltd mr mrs ms mt nr pgs prof rd sr st tp ts vs
"""
"""Abbreviations, also if they are written in capital letters."""


def has_inner_stop(word: str) -> bool:
    """Return whether the full stop after a word may not end the sentence.

    The word is a number, a single letter, a Roman number or a possible abbreviation:
    one of the lists, or without a vowel unless it is in capital letters ("TV").
    """
    from unicodedata import combining, normalize

    bare = "".join(each for each in normalize("NFD", word) if not combining(each))
    if len(bare) == 1 or bare[-1:].isdecimal() or re.fullmatch(_ROMAN, bare):
        return True
    lower = bare.lower()
    return (
        lower in _IN_CAPITALS.split()
        or (not bare.isupper() and lower in _WITH_VOWELS.split())
        or (not bare.isupper() and bool(re.fullmatch(_CONSONANTS, lower)))
        or lower.endswith("str")  # as in "Bahnhofstr."
        or bool(re.fullmatch(_THAI, lower))
    )
