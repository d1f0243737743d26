"""Raw articles: files of plain text → articles → paragraphs."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from communique.paragraphs import Paragraph

SUFFIXES = (".txt", ".text")
WRAP_WIDTH = 100
"""Lines up to this many characters may be a wrapped paragraph; agencies and editors wrap at 60 to 80."""

_BLANK_LINES = re.compile(r"\n[ \t\u00a0]*\n+")
_SHORT_WORDS = "A|An|As|At|By|Dr|EU|He|I|If|In|It|Mr|Ms|My|No|Of|On|Or|So|To|UK|UN|US|We"
_GLUED = re.compile(
    rf"""(?<=[^\W\d_]{{3}}) [.!?] ["”’»)]*      # a sentence's end, after three letters at least …
        (?=["“‘«(]* (?!(?:Com|Net|Org)\b)        # … and at once, where it is no address,
           (?:[A-Z][\w’'-]{{2,}} | {_SHORT_WORDS}) \s+ \w)  # a word with a capital, and another word
    """,
    re.VERBOSE,
)
_NO_SENTENCE_END = re.compile(r"\S*[@/.]\S*$|\b(?:Mrs|Gen|Col|Capt|Sgt|Sen|Gov|Rev|Hon|Prof|Adm|Maj|Inc|Ltd|Corp)$")
"""What may stand before a full stop that ends no sentence: an address, initials, an abbreviation."""
_SENTENCE_END = (".", "!", "?", "”", '"', ":", "…")


@dataclass(frozen=True, slots=True)
class Article:
    """One article and its paragraphs in their order."""

    id: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file could not be read as an article."""

    reason: str


def read_article(path: Path, name: str) -> Article | Unreadable:
    """Read a text file; `name` becomes the article's id."""
    if path.suffix.lower() not in SUFFIXES:
        return Unreadable(f"expected plain text ({', '.join(SUFFIXES)}), got {path.suffix or 'no suffix'}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return Unreadable(f"not UTF-8 at byte {error.start}: convert it, as with iconv -t UTF-8")
    except OSError as error:
        return Unreadable(f"can't be read: {error.strerror}")
    if "\0" in text:
        return Unreadable("holds zero bytes, so it is no text")
    texts = split_paragraphs(text)
    if not texts:
        return Unreadable("empty")
    return Article(
        name,
        tuple(Paragraph(f"{name}#{i}", name, i, text, title=texts[0]) for i, text in enumerate(texts, start=1)),
    )


def split_paragraphs(text: str) -> list[str]:
    """Split plain text into paragraphs.

    Blank lines part paragraphs. So do single newlines, as agencies and copied web pages use them, unless the block
    looks wrapped at a width: then its lines are joined. Sentences glued together without a space
    ("difference.Japan"), the trace of two elements of a web page, come apart as well.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    paragraphs: list[str] = []
    for block in _BLANK_LINES.split(text):
        lines = [" ".join(line.split()) for line in block.split("\n") if line.strip()]
        for paragraph in [" ".join(lines)] if _is_wrapped(lines) else lines:
            paragraphs.extend(_unglue(paragraph))
    return paragraphs


def _is_wrapped(lines: list[str]) -> bool:
    """Tell wrapped lines from short paragraphs: a line was broken where the next word would not have fitted."""
    if len(lines) < 2:  # noqa: PLR2004 one line has nothing to join
        return False
    widest = max(len(line) for line in lines)
    full = (len(line) + 1 + len(following.split()[0]) > widest for line, following in pairwise(lines))
    ends = sum(line.endswith(_SENTENCE_END) for line in lines[:-1])
    return widest <= WRAP_WIDTH and all(full) and ends <= len(lines[:-1]) / 2


def _unglue(paragraph: str) -> list[str]:
    parts, start = [], 0
    for match in _GLUED.finditer(paragraph):
        if not _NO_SENTENCE_END.search(paragraph, start, match.start()):
            parts.append(paragraph[start : match.end()].strip())
            start = match.end()
    return [*parts, paragraph[start:].strip()]
