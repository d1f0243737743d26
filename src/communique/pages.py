"""Pages with generated blocks: what stands between two comment lines is replaced, never typed.

<!-- results: NAME --> … <!-- end of results -->
"""

import re
from collections.abc import Callable
from pathlib import Path

from communique.writing import whole_file


def fill(text: str, kind: str, body: Callable[[str], str]) -> str:
    """Replace a page's blocks of a kind, each by what `body` gives for its name."""
    block = re.compile(rf"(<!-- {kind}: (\w+) -->\n).*?(<!-- end of {kind} -->)", re.DOTALL)
    return block.sub(lambda match: f"{match[1]}\n{body(match[2])}\n{match[3]}", text)


def fill_page(page: Path, kind: str, body: Callable[[str], str]) -> None:
    """Replace the blocks of a kind in a file."""
    filled = fill(page.read_text(encoding="utf-8"), kind, body)
    with whole_file(page) as temporary:
        temporary.write_text(filled, encoding="utf-8")


def table(head: list[str], rows: list[list[object]]) -> str:
    """Write a Markdown table."""
    lines: list[list[object]] = [[*head], ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)
