"""Names of the languages that multilingual Whisper knows, by Whisper's own codes (openai/whisper, tokenizer.py)."""

from __future__ import annotations

_NAMES = """
af Afrikaans|am Amharic|ar Arabic|as Assamese|az Azerbaijani|ba Bashkir|be Belarusian|bg Bulgarian|bn Bengali
bo Tibetan|br Breton|bs Bosnian|ca Catalan|cs Czech|cy Welsh|da Danish|de German|el Greek|en English
es Spanish|et Estonian|eu Basque|fa Persian|fi Finnish|fo Faroese|fr French|gl Galician|gu Gujarati|ha Hausa
haw Hawaiian|he Hebrew|hi Hindi|hr Croatian|ht Haitian Creole|hu Hungarian|hy Armenian|id Indonesian
is Icelandic|it Italian|ja Japanese|jw Javanese|ka Georgian|kk Kazakh|km Khmer|kn Kannada|ko Korean|la Latin
lb Luxembourgish|ln Lingala|lo Lao|lt Lithuanian|lv Latvian|mg Malagasy|mi Maori|mk Macedonian|ml Malayalam
mn Mongolian|mr Marathi|ms Malay|mt Maltese|my Myanmar (Burmese)|ne Nepali|nl Dutch|nn Norwegian Nynorsk
no Norwegian|oc Occitan|pa Punjabi|pl Polish|ps Pashto|pt Portuguese|ro Romanian|ru Russian|sa Sanskrit
sd Sindhi|si Sinhala|sk Slovak|sl Slovenian|sn Shona|so Somali|sq Albanian|sr Serbian|su Sundanese|sv Swedish
sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai|tk Turkmen|tl Tagalog|tr Turkish|tt Tatar|uk Ukrainian|ur Urdu
uz Uzbek|vi Vietnamese|yi Yiddish|yo Yoruba|yue Cantonese|zh Chinese
"""

LANGUAGES: dict[str, str] = dict(
    entry.split(" ", 1) for line in _NAMES.strip().splitlines() for entry in line.strip().split("|")
)

AUTO = "auto"  # the choice that lets the model listen for the language


def name(code: str | None) -> str:
    """Return the language's English name; the code itself where it is not one of Whisper's."""
    return LANGUAGES.get(code or "", code or "unknown")


def choices() -> list[tuple[str, str]]:
    """Return the menu: detect first, then every language by name."""
    by_name = sorted(LANGUAGES.items(), key=lambda item: item[1])
    return [("Detect", AUTO), *((title, code) for code, title in by_name)]
