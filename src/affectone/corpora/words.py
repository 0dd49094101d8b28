"""`guess_label`: the common label that a word of one's own stands for."""

# ruff: noqa: RUF001 - Turkish has an i without a dot

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

from affectone.labels import BORED, OTHER, Emotion

__all__ = ["WORDS", "guess_label", "nearest_label"]

WORDS: Mapping[str, Mapping[str, str]] = {
    Emotion.NEUTRAL: {
        "short": "neu neut",
        "English": "neutral neutrally neutrality unemotional emotionless no_emotion without_emotion",
        "German": "neutraler neutrales neutralität neutralitaet emotionslos",
        "French": "neutre neutralité sans_émotion",
        "Spanish": "neutro neutra neutralidad",
        "Italian": "neutrale neutralità",
        "Polish": "neutralny neutralna neutralność",
        "Turkish": "nötr",
        "Portuguese": "neutralidade",
    },
    Emotion.CALM: {
        "English": "calm calmness calmly serene serenity peaceful peacefulness tranquil tranquility relaxed",
        "German": "ruhig ruhe gelassen gelassenheit entspannt",
        "French": "calme serein sereine sérénité",
        "Spanish": "calma calmado calmada tranquilo tranquila tranquilidad sereno serena",
        "Italian": "calmo tranquillo tranquilla tranquillità serenità",
        "Polish": "spokój spokojny spokojna",
        "Turkish": "sakin sakinlik huzurlu",
        "Portuguese": "calmamente tranquilidade serenidade",
    },
    Emotion.HAPPY: {
        "short": "hap",
        "English": "happy happiness happily joy joys joyful joyfully joyous glad gladness cheerful "
        "cheerfulness elated elation delight delighted",
        "German": "freude freudig froh fröhlich froehlich fröhlichkeit froehlichkeit glück glueck glücklich "
        "gluecklich heiter",
        "French": "joie joyeux joyeuse heureux heureuse bonheur",
        "Spanish": "alegría alegre feliz felicidad",
        "Italian": "gioia gioioso gioiosa felice felicità allegria allegro allegra",
        "Polish": "radość radosny radosna szczęście szczęśliwy szczęśliwa wesoły wesoła",
        "Turkish": "mutlu mutluluk sevinç sevinçli neşe neşeli",
        "Portuguese": "felicidade alegremente",
    },
    Emotion.SAD: {
        "English": "sad sadness sadly sorrow sorrowful unhappy unhappiness grief",
        "German": "traurig trauer traurigkeit",
        "French": "triste tristesse",
        "Spanish": "tristeza",
        "Italian": "tristezza",
        "Polish": "smutek smutny smutna",
        "Turkish": "üzgün üzüntü üzüntülü hüzün hüzünlü mutsuz",
        "Portuguese": "tristemente",
    },
    Emotion.ANGRY: {
        "short": "ang",
        "English": "angry anger angrily angered hot_anger cold_anger rage enraged fury furious",
        "German": "ärger aerger ärgerlich aergerlich wut wütend wuetend zorn zornig",
        "French": "colère en_colère coléreux fâché fâchée furieux furieuse",
        "Spanish": "ira enojo enojado enojada enfado enfadado enfadada rabia furia furioso furiosa",
        "Italian": "rabbia arrabbiato arrabbiata collera",
        "Polish": "złość gniew gniewny rozgniewany rozgniewana wściekłość wściekły wściekła",
        "Turkish": "kızgın kızgınlık öfke öfkeli",
        "Portuguese": "raiva zangado zangada",
    },
    Emotion.FEARFUL: {
        "short": "fea",
        "English": "fear fears fearful fearfully fearfulness afraid scared frightened fright terrified "
        "terror panic",
        "German": "angst ängste ängstlich aengstlich furcht furchtsam",
        "French": "peur apeuré apeurée effrayé effrayée",
        "Spanish": "miedo temor temeroso temerosa asustado asustada",
        "Italian": "paura impaurito impaurita spaventato spaventata",
        "Polish": "strach lęk przestraszony przestraszona",
        "Turkish": "korku korkulu korkmuş",
        "Portuguese": "medo assustado assustada",
    },
    Emotion.DISGUST: {
        "short": "dis",
        "English": "disgust disgusted disgusting disgustedly revulsion",
        "German": "ekel angeekelt ekelhaft",
        "French": "dégoût dégoûté dégoûtée",
        "Spanish": "asco asqueado asqueada",
        "Italian": "disgusto disgustato disgustata",
        "Polish": "obrzydzenie wstręt odraza",
        "Turkish": "iğrenme tiksinti tiksinme",
        "Portuguese": "nojo repulsa",
    },
    Emotion.SURPRISED: {
        "short": "sur surp ps",
        "English": "surprise surprised surprises surprising surprisedly amazed amazement astonished "
        "astonishment pleasant_surprise pleasant_surprised pleasantly_surprised unpleasant_surprise "
        "positive_surprise negative_surprise",
        "German": "überraschung ueberraschung überrascht ueberrascht erstaunt erstaunen",
        "French": "surpris étonné étonnée étonnement",
        "Spanish": "sorpresa sorprendido sorprendida",
        "Italian": "sorpreso stupore stupito stupita",
        "Polish": "zaskoczenie zaskoczony zaskoczona zdziwienie zdziwiony zdziwiona",
        "Turkish": "şaşkın şaşkınlık şaşırmış sürpriz",
        "Portuguese": "surpresa surpreso surpreendido surpreendida",
    },
    BORED: {
        "short": "bor",
        "English": "bored boredom boring",
        "German": "langeweile gelangweilt",
        "French": "ennui ennuyé ennuyée",
        "Spanish": "aburrimiento aburrido aburrida",
        "Italian": "noia annoiato annoiata",
        "Polish": "nuda znudzenie znudzony znudzona",
        "Turkish": "sıkılmış can_sıkıntısı",
        "Portuguese": "tédio entediado entediada",
    },
    OTHER: {
        "short": "oth exc fru",
        "English": "other others excited excitement frustrated frustration contempt contemptuous confused "
        "confusion disappointed disappointment amused amusement proud pride ashamed shame guilty guilt "
        "embarrassed embarrassment jealous jealousy love loving hopeful curious curiosity interested "
        "sarcastic sarcasm mixed",
        "German": "andere anderes sonstige sonstiges aufgeregt frustriert verachtung verwirrt enttäuscht "
        "enttäuschung stolz",
        "French": "autre autres excité excitée frustré frustrée mépris confus confuse déçu déçue fierté",
        "Spanish": "otro otra otros frustrado frustrada desprecio confundido decepcionado orgullo",
        "Italian": "altro altra altri eccitato frustrato disprezzo confuso deluso orgoglio",
        "Polish": "inne inny inna podekscytowany sfrustrowany pogarda zdezorientowany duma",
        "Turkish": "diğer heyecanlı hayal_kırıklığı küçümseme gurur",
        "Portuguese": "outro outra outros desprezo frustração orgulho",
    },
}
"""Common label -> language -> words, parts of a word joined by an underscore. No word has two labels."""

ASIDE = frozenset({"female", "male", "woman", "man", "emotion", "emotions", "feeling", "label", "class"})
"""Words that often stand beside a label and change nothing, as in ``female_angry``."""

NOT_SPLIT = str.maketrans({"ł": "l", "ı": "i", "ø": "o"})
"""Letters that Unicode does not take apart into a plain one and its mark."""


def _plain(text: str) -> str:
    """Return text in small letters without marks: ``Ärger`` becomes ``arger``."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(NOT_SPLIT)


@cache
def _known() -> dict[str, str]:
    return {
        _plain(word).replace("_", ""): str(label)
        for label, languages in WORDS.items()
        for words in languages.values()
        for word in words.split()
    }


def _parts(word: str) -> list[str]:
    """Return the words within a word, without the numbers."""
    return [part for part in re.split(r"[\W\d_]+", _plain(word)) if part]


@lru_cache(maxsize=4096)
def guess_label(word: str) -> str | None:
    """Return the common label a word stands for, or None where that cannot be told.

    Case, accents, spaces, hyphens, underscores and numbers do not matter, nor does a ``female`` or ``male``
    beside the label. English is known best; the commonest words of German, French, Spanish, Italian, Polish,
    Turkish and Portuguese are, too, and the abbreviations of three letters that corpora use.

    What is decided, since it could be otherwise:

    - A feeling that has no place among the eight is ``other``: excited, frustrated, contempt, confused,
      disappointed, amused, pride, shame, love. Nobody is called happy because they are excited.
    - ``joy`` and ``elation`` are happy, ``rage`` is angry, ``panic`` is fearful, ``grief`` is sad: the same
      feeling, stronger. ``peaceful`` and ``relaxed`` are calm.
    - A surprise is ``surprised``, pleasant or not.
    - Neither a state of mind that lies between two labels nor one that is no emotion is guessed: anxious,
      worried, annoyed, upset, content, tired, sleepy, stressed, depressed.
    - Nor are positive, negative, normal, good, bad, none and unknown: they say less than a label does.
    - Several words that name different emotions, and words with a ``not``, are nothing.
    - A single letter is never guessed: ``A`` is angry in one corpus and fearful in another.

    Parameters
    ----------
    word : str
        A label, or the name of a folder.

    Examples
    --------
    >>> guess_label("Pleasant_Surprise"), guess_label("01 Freude"), guess_label("female-angry")
    ('surprised', 'happy', 'angry')
    >>> guess_label("happy or sad") is None, guess_label("A") is None
    (True, True)
    """
    parts = _parts(word)
    if not parts or any(len(part) == 1 for part in parts):
        return None
    known = _known()
    bare = [part for part in parts if part not in ASIDE]
    # A word such as no_emotion holds one of those that are left aside.
    ends = parts[parts[0] in ASIDE :], parts[: len(parts) - (parts[-1] in ASIDE)]
    for whole in map("".join, (parts, *ends, bare)):
        if whole in known:
            return known[whole]
    labels = {known.get(part) for part in bare}
    return labels.pop() if len(labels) == 1 else None


def nearest_label(word: str) -> str | None:
    """Return the common label of the known word that is spelt most like one that cannot be guessed.

    Examples
    --------
    >>> nearest_label("angrry"), nearest_label("meh")
    ('angry', None)
    """
    known = _known()
    near = difflib.get_close_matches("".join(_parts(word)), known, n=1, cutoff=0.8)
    return known[near[0]] if near else None
