# SPDX-License-Identifier: MIT
"""A picture of a plan: blocks of the source, windows in their order, tiles, parts."""

from xml.etree import ElementTree as Xml

from .gtiff_swaths import blocks_of, count_of, overlap, places_of

# Of each kind; a picture of more shows less.
RECTANGLES_MAX = 2000
WIDTH, MARGIN, LINE = 1000, 20, 22

STYLE = """
text { font: 13px sans-serif; fill: #222 }
.raster { fill: #fff; stroke: #222 }
.block { fill: #cfe2f3; stroke: #6fa8dc; stroke-width: 1 }
.tile { fill: none; stroke: #999; stroke-width: 1; stroke-dasharray: 3 3 }
.window { fill: none; stroke: #cc4125; stroke-width: 2 }
.order { fill: none; stroke: #cc4125; stroke-width: 1; opacity: 0.5 }
.number { font: 11px sans-serif; fill: #cc4125 }
.part { fill: #38761d; fill-opacity: 0.08; stroke: #38761d; stroke-width: 4 }
"""


def rectangles(window, grid):
    """Blocks of a grid, as far as they are in a window."""
    x0, y0, width, height = grid
    for column, row in blocks_of(window, grid):
        block = x0 + column * width, y0 + row * height, width, height
        yield overlap(block, window)


def limited(shapes, most=RECTANGLES_MAX):
    """@return the first of them"""
    return [shape for shape, _ in zip(shapes, range(most))]


class Picture:
    def __init__(self, width, height):
        self.scale = WIDTH / max(width, height)
        self.width = width * self.scale
        self.top = MARGIN
        self.root = Xml.Element("svg", xmlns="http://www.w3.org/2000/svg")
        Xml.SubElement(self.root, "style").text = STYLE
        self.bottom = self.top + height * self.scale
        self.lines = 0

    def add(self, name, parent=None, **attributes):
        said = {key.replace("_", "-"): str(value) for key, value in attributes.items()}
        said = {"class" if key == "kind" else key: said[key] for key in said}
        return Xml.SubElement(self.root if parent is None else parent, name, said)

    def place(self, window):
        x, y, width, height = (value * self.scale for value in window)
        return {
            "x": f"{MARGIN + x:.2f}",
            "y": f"{self.top + y:.2f}",
            "width": f"{width:.2f}",
            "height": f"{height:.2f}",
        }

    def rectangle(self, window, kind, title=None, inset=0):
        """@param inset by which it is smaller, so that lines lie side by side"""
        if min(window[2:]) * self.scale > 6 * inset:
            by = inset / self.scale
            x, y, width, height = window
            window = x + by, y + by, width - 2 * by, height - 2 * by
        shape = self.add("rect", kind=kind, **self.place(window))
        if title:
            self.add("title", shape).text = title

    def centre(self, window):
        x, y, width, height = window
        return (
            MARGIN + (x + width / 2) * self.scale,
            self.top + (y + height / 2) * self.scale,
        )

    def say(self, text):
        self.lines += 1
        y = self.bottom + self.lines * LINE
        self.add("text", x=MARGIN, y=f"{y:.0f}").text = text

    def text(self):
        width = max(self.width, 760) + 2 * MARGIN
        height = self.bottom + (self.lines + 1) * LINE
        self.root.set("width", f"{width:.0f}")
        self.root.set("height", f"{height:.0f}")
        self.root.set("viewBox", f"0 0 {width:.0f} {height:.0f}")
        Xml.indent(self.root)
        return Xml.tostring(self.root, encoding="unicode") + "\n"


def draw_blocks(picture, report, whole):
    places = []
    for place, grid in places_of(report):
        part = overlap(place, whole)
        if part:
            places.append((part, grid))
    count = sum(count_of(*place) for place in places)
    shapes = (shape for place in places for shape in rectangles(*place))
    for shape in limited(shapes):
        picture.rectangle(shape, "block")
    return count


def draw_tiles(picture, report, whole):
    level = report["file"]["levels"][0]
    grid = 0, 0, level["tile_width"], level["tile_height"]
    for shape in limited(rectangles(whole, grid)):
        picture.rectangle(shape, "tile")
    return count_of(whole, grid)


def draw_windows(picture, run):
    """Each with its number, and the way from one to the next."""
    windows = run["windows"][:RECTANGLES_MAX]
    for number, window in enumerate(windows, 1):
        picture.rectangle(window, "window", f"window {number}: {window}", 3)
        if min(window[2:]) * picture.scale >= 14:
            x, y = picture.centre(window)
            label = picture.add(
                "text", kind="number", x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="middle"
            )
            label.text = str(number)
    points = " ".join("{:.1f},{:.1f}".format(*picture.centre(w)) for w in windows)
    if not run["full_width"]:
        picture.add("polyline", kind="order", points=points)


def draw_parts(picture, report, whole):
    for part in report.get("parts", ()):
        begin, end = part["rows"]
        title = f"part {part['part']}: rows {begin} to {end - 1}"
        picture.rectangle((0, begin, whole[2], end - begin), "part", title)


def shown(count, what, shape):
    drawn = min(count, RECTANGLES_MAX)
    only = f", the first {drawn:,} of them are shown" if drawn < count else ""
    return f"{what}: {count:,} of {shape}{only}"


def plan_svg(report):
    """@param report of plan()
    @return SVG: rectangles of the classes block, tile, window and part, windows
        of the first pass that reads the source"""
    source, level = report["source"], report["file"]["levels"][0]
    whole = 0, 0, source["width"], source["height"]
    picture = Picture(*whole[2:])
    picture.rectangle(whole, "raster")
    blocks = draw_blocks(picture, report, whole)
    tiles = draw_tiles(picture, report, whole)
    draw_parts(picture, report, whole)
    runs = [run for run in report["passes"] if run["level"] == 0]
    if runs:
        draw_windows(picture, runs[0])
    picture.say(
        f"{source['name']}: {source['width']:,} x {source['height']:,} pixels, "
        f"BUDGET={report['memory']['budget_nbytes']:,} bytes"
    )
    sizes = sorted({(b["block_width"], b["block_height"]) for b in source["blocks"]})
    of = ", ".join(f"{width} x {height}" for width, height in sizes[:5])
    picture.say(shown(blocks, "Blue: blocks of the source", of or "unknown size"))
    of = f"{level['tile_width']} x {level['tile_height']}"
    picture.say(shown(tiles, "Grey, dashed: tiles", of))
    if runs:
        count = runs[0]["windows_planned"]
        of = f"{runs[0]['step_x']} x {runs[0]['step_y']}, in this order"
        drawn = min(len(runs[0]["windows"]), RECTANGLES_MAX)
        only = "" if drawn == count else f", {drawn:,} of them are shown"
        picture.say(f"Red: windows, {count:,} of {of}{only}")
    if report.get("parts"):
        picture.say(f"Green: {len(report['parts'])} parts")
    return picture.text()
