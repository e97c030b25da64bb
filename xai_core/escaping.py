"""Text that came from outside, as text: the only two functions through which it reaches a page.

Addresses, names of files and classes, titles, notes, names of participants and the errors that quote them
may come from anybody. `in_html` is for what is put into HTML or SVG, `in_markdown` for what Streamlit draws,
which reads Markdown in every label, title, tooltip and message."""

from __future__ import annotations

import html
import re

JOINER = "\u2060"  # has no width: the reader sees the same, and the browser finds no address and no emoji
# a sign that begins or ends something in Markdown; an underscore does so at the edge of a word alone
_SIGNS = re.compile(r"[\\`*\[\]<>$~|&!{}]|_(?![0-9A-Za-z])|(?<![0-9A-Za-z])_")
# what Streamlit makes a link, an icon, a colour or an emoji of after it has read the Markdown
_FOUND = re.compile(r":(?=[\w/+-])|\bwww(?=\.)|(?<=[\w.+-])(?=@)", re.IGNORECASE)
# of lines; a space that keeps a number and its unit together stays
_BREAKS = re.compile(r"[ \t-\r\x85\u2028\u2029]+")
_START = re.compile(r"^([#+=-]|\d+(?=[.)]))")  # of a line: a heading, a list, a rule


def in_html(text: object) -> str:
    """The text for HTML: `<`, `>`, `&` and both quotation marks are spelled out."""
    return html.escape(str(text))


def in_markdown(text: object) -> str:
    """The text for Streamlit's Markdown, on one line: it makes no link, picture, formula, colour, icon or
    heading. What the reader sees is the text as it was."""
    line = _BREAKS.sub(" ", str(text)).strip(" ")
    line = _SIGNS.sub(lambda sign: "\\" + sign[0], line)
    line = _START.sub(_as_text, line)
    return _FOUND.sub(lambda found: found[0] + JOINER, line)


def _as_text(start: re.Match[str]) -> str:
    return start[0] + JOINER if start[0].isdigit() else "\\" + start[0]
