"""The card of a model, Markdown from anyone, as the blocks of a page.

It is read with markdown-it, of whose syntax headings, paragraphs, lists, tables, code and emphasis
are known here; links, pictures and HTML are none, so that they stay the letters that they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cada_tf.lazy import lazy_imports
from cada_tf.text import bounded, shown
from figures.report.page import Code, Items, Prose, Section, Table

with lazy_imports():
    import markdown_it
    from markdown_it import tree

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

    from figures.report.page import Block

KNOWN = ("heading", "list", "table", "code", "fence")
KNOWN += ("emphasis", "backticks", "escape", "newline")
"""Rules of markdown-it, of blocks and within them, beside those of paragraphs and text."""
LONGEST, MOST_SECTIONS = 50_000, 40
"""Characters and sections of a card that are shown; most have a few thousand, and six."""
UNTITLED = "Without a title"
ELEMENTS = {"strong": "strong", "em": "em", "code_inline": "code"}
ESTIMATES = ("system", "UA %", "95 % interval")
LEADS = ("difference", "points", "95 % interval")
CURVE = ("labels", "UA %", "95 % interval")
DATA = ("", "corpus", "utterances", "classes", "speakers", "licence")
"""Heads of the tables that ``adaptation.model_card`` writes."""
CAPTIONS = {
    ESTIMATES: "Estimated UA",
    LEADS: "Differences of the estimates",
    CURVE: "Estimated UA by the number of labels",
    DATA: "The corpora that it was made from, with their licences",
}


def read(card: str) -> list[Section]:
    """The sections of a card, by its headings of the second level; the first is what is before.

    Args:
        card: the text; its middle is left out if it is too long.
    """
    parser = markdown_it.MarkdownIt("zero").enable(list(KNOWN))
    sections: list[tuple[str, list[SyntaxTreeNode]]] = [("", [])]
    for node in tree.SyntaxTreeNode(parser.parse(bounded(card, LONGEST))).children:
        if node.type == "heading" and node.tag == "h2" and len(sections) <= MOST_SECTIONS:
            sections.append((shown(plain(node)) or UNTITLED, []))
        else:
            sections[-1][1].append(node)
    return [Section(title, list(blocks_of(title, nodes))) for title, nodes in sections]


def blocks_of(title: str, nodes: list[SyntaxTreeNode]) -> Iterator[Block]:
    """The blocks of a section; a paragraph that ends with a colon is the caption of its table."""
    introduction = ""
    for node, following in itertools.zip_longest(nodes, nodes[1:]):
        if node.type == "table":
            yield to_table(node, introduction, title)
        introduction = ""
        if node.type in ("paragraph", "heading"):
            before_table = following is not None and following.type == "table"
            if before_table and plain(node).endswith(":"):
                introduction = plain(node).removesuffix(":")
            else:
                yield Prose(parts_of(node))
        elif node.type in ("bullet_list", "ordered_list"):
            yield Items([Prose(parts_of(item)) for item in node.children])
        elif node.type in ("code_block", "fence"):
            yield Code(f"Code: {title}", node.content.rstrip("\n"))


def to_table(node: SyntaxTreeNode, introduction: str, title: str) -> Table:
    """A table, by what introduces it, or else by its kind, or by its section."""
    heads, *rows = [[plain(cell) for cell in row.children] for row in rows_of(node)]
    return Table(introduction or CAPTIONS.get(tuple(heads), title or "Table"), heads, rows)


def rows_of(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """The rows of a table, those of its head first."""
    for part in node.children:
        yield from part.children


def plain(node: SyntaxTreeNode) -> str:
    """The text of a node without its emphasis."""
    return "".join(part for _, part in parts_of(node))


def parts_of(node: SyntaxTreeNode) -> list[tuple[str, str]]:
    """The text of a node in parts, each with the innermost of its elements."""
    return list(walk(node, ""))


def walk(node: SyntaxTreeNode, element: str) -> Iterator[tuple[str, str]]:
    """Parts of a node that is inside of an element."""
    if node.type in ("softbreak", "hardbreak"):
        yield element, " "
    elif node.children:
        for child in node.children:
            yield from walk(child, ELEMENTS.get(child.type, element))
    elif node.content and node.type in ("text", "text_special", "code_inline"):
        yield ELEMENTS.get(node.type, element), node.content


def find_tables(sections: list[Section], heads: tuple[str, ...]) -> list[Table]:
    """All tables of a kind, in order."""
    blocks = (block for section in sections for block in section.blocks)
    return [b for b in blocks if isinstance(b, Table) and tuple(b.heads) == heads]
