# SPDX-License-Identifier: MIT
"""What the tests of the documentation read out of Markdown."""

import re


def section(text, heading):
    """The text under a heading of the second level."""
    start = text.index(f"\n## {heading}\n")
    end = text.find("\n## ", start + 1)
    return text[start:end] if end >= 0 else text[start:]


def table_rows(text):
    """Cells of all tables, without their headings."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    for table in tables:
        for line in table.splitlines()[2:]:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def anchors(text):
    """GitHub's names for the headings, that links after # use."""
    headings = re.findall(r"^##+ (.*)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


def links(text):
    return re.findall(r"\]\(([^)]*)\)", text)
