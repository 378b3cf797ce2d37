"""Common names of emotions and of valence, for what corpora call by many.

Spellings are grouped where they mean the same basic emotion: noun and adjective, the usual
abbreviations, and the words of some languages. What is more specific than a basic emotion, such as
irritation, keeps a name of its own.
"""

SPELLINGS = {
    "anger": """angry ang rage wut ärger aerger zorn wütend wuetend ärgerlich aergerlich
        colère colere enojo enfado ira rabia rabbia gniew złość zlosc""",
    "happiness": """happy hap joy joyful freude freudig glück glueck fröhlich froehlich
        joie heureux alegría alegria felicidad felicità felicita gioia
        radość radosc szczęście szczescie""",
    "sadness": """sad trauer traurig traurigkeit tristesse triste tristeza tristezza
        smutek smutny""",
    "fear": """fearful fea afraid anxiety anxious scared angst ängstlich aengstlich furcht
        peur miedo paura strach lęk lek""",
    "boredom": "bored bor langeweile gelangweilt ennui aburrimiento noia nuda znudzenie",
    "disgust": """disgusted dis ekel angeekelt dégoût degout asco disgusto
        wstręt wstret obrzydzenie""",
    "surprise": """surprised sur überraschung ueberraschung überrascht ueberrascht erstaunen
        sorpresa zaskoczenie zdziwienie""",
    "neutral": """neu neutrality neutralität neutralitaet neutre neutro neutra neutrale
        neutralny neutralna neutralne""",
    "amusement": "amused",
    "annoyance": "annoyed",
    "contempt": "contemptuous verachtung mépris mepris desprecio disprezzo pogarda",
    "contentment": "content",
    "disappointment": "disappointed",
    "excitement": "excited exc",
    "frustration": "frustrated fru",
    "irritation": "irritated",
    "negative": """neg negativ negativo negativa négatif negatif négative
        negatywny negatywna negatywne negatywnie""",
    "positive": """pos positiv positivo positiva positif
        pozytywny pozytywna pozytywne pozytywnie""",
}
"""Common name → what else it is called, in lower case."""

COMMON = {word: name for name, words in SPELLINGS.items() for word in words.split()}


def common_name(name: str) -> str:
    """What an emotion or a class is called by most; a name that is not known in lower case.

    Example:
        >>> [common_name(name) for name in ("Angry", "Freude", "positiv", "Touchy")]
        ['anger', 'happiness', 'positive', 'touchy']
    """
    return COMMON.get(name.lower(), name.lower())
