"""The certificate of a draw, as a PDF to hang up or to file.

Pure: what stands on it is given. The library and the fonts, which know Latin, Greek and Cyrillic
letters and are embedded, are loaded with the first certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD = "NotoSans", "NotoSans-Bold"
INK, SOFT, LINE, ACCENT = "#1b1726", "#5c5468", "#d9cdb8", "#a8380a"
LIGHTS = ("#ffb02e", "#ff6b57", "#2bbf8e", "#3b9bf0", "#9a6bf2")


@dataclass(frozen=True)
class Given:
    """A prize and those who won it, a line each."""

    prize: str
    winners: Sequence[str]


@dataclass(frozen=True)
class Certificate:
    """What a certificate says. `prints` are names and values of what was fixed, in hexadecimal."""

    title: str
    room: str
    words: str
    given: Sequence[Given]
    passed: Sequence[str]
    prints: Sequence[tuple[str, str]]
    limits: Sequence[str]
    address: str
    lights: Sequence[str] = field(default=LIGHTS)


def pdf(paper: Certificate) -> bytes:
    """The certificate on A4; longer lists go on on further pages."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    _fonts()
    made = BytesIO()
    document = SimpleDocTemplate(
        made,
        pagesize=A4,
        leftMargin=62,
        rightMargin=62,
        topMargin=104,
        bottomMargin=62,
        title=f"{paper.title}: {paper.room}",
        author=paper.room,
        # The same draw makes the same file, byte for byte.
        invariant=1,
    )

    def frame(canvas: Any, _: Any) -> None:
        _garland(canvas, A4, paper.lights)
        canvas.setFont(PLAIN, 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(62, 36, paper.room[:90])
        canvas.drawRightString(A4[0] - 62, 36, str(canvas.getPageNumber()))

    document.build(_story(paper), onFirstPage=frame, onLaterPages=frame)
    return made.getvalue()


def _fonts() -> None:
    from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    known = getRegisteredFontNames()
    for name, file in ((PLAIN, "NotoSans-Regular.ttf"), (BOLD, "NotoSans-Bold.ttf")):
        if name not in known:
            registerFont(TTFont(name, FONTS / file))


def _garland(canvas: Any, size: tuple[float, float], lights: Sequence[str]) -> None:
    """The string of lights at the top: two arcs, a bulb every so often."""
    width, height = size
    top, sag, arcs = height - 24.0, 30.0, 2
    span = width / arcs
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(1)
    for arc in range(arcs):
        left = arc * span
        control = top - sag * 4 / 3
        canvas.bezier(
            left, top, left + span / 3, control, left + 2 * span / 3, control, left + span, top
        )
    bulbs = 16
    for bulb in range(bulbs):
        x = width * (bulb + 0.5) / bulbs
        share = (x % span) / span
        y = top - 4 * sag * share * (1 - share)
        canvas.setFillColor(SOFT)
        canvas.rect(x - 1.8, y - 5, 3.6, 6, stroke=0, fill=1)
        canvas.setFillColor(lights[bulb % len(lights)])
        canvas.circle(x, y - 10.5, 6, stroke=0, fill=1)


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    base = ParagraphStyle("base", fontName=PLAIN, fontSize=10.5, leading=15.5, textColor=INK)

    def style(name: str, **own: Any) -> Any:
        return ParagraphStyle(name, parent=base, **own)

    return {
        "base": base,
        "eyebrow": style("eyebrow", fontSize=11, textColor=SOFT),
        "title": style("title", fontName=BOLD, fontSize=30, leading=37, spaceAfter=6),
        "lead": style("lead", fontSize=12, leading=18, textColor=SOFT, spaceAfter=14),
        "head": style("head", fontName=BOLD, fontSize=13, leading=18, spaceBefore=16, spaceAfter=5),
        "prize": style("prize", textColor=SOFT),
        "winner": style("winner", fontName=BOLD, fontSize=12.5, leading=17),
        "small": style("small", fontSize=8.5, leading=12.5, textColor=SOFT),
        "print": style("print", fontSize=7.8, leading=11.5),
    }


def _story(paper: Certificate) -> list[Any]:
    from reportlab.platypus import Paragraph, Table

    styles = _styles()

    def say(text: str, style: str = "base") -> Any:
        return Paragraph(escape(text, quote=False), styles[style])

    story = [say(paper.title, "eyebrow"), say(paper.room, "title"), say(paper.words, "lead")]
    rows = [
        [say(given.prize, "prize"), [say(line, "winner") for line in given.winners]]
        for given in paper.given
    ]
    if rows:
        ruled = [
            ("LINEBELOW", (0, 0), (-1, -1), 0.6, LINE),
            ("LINEABOVE", (0, 0), (-1, 0), 0.6, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
        story.append(Table(rows, colWidths=(170, 289), style=ruled, splitInRow=1))
    if paper.passed:
        story.append(say("Called, and not given", "head"))
        story += [say(line) for line in paper.passed]
    return story + _proof(paper, say)


def _proof(paper: Certificate, say: Any) -> list[Any]:
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.platypus import KeepTogether, Table

    code = QrCodeWidget(paper.address, barWidth=104, barHeight=104, barBorder=2)
    picture = Drawing(104, 104)
    picture.add(code)
    how = [
        say("Check it yourself: point a camera at the code. Your own device draws again."),
        say(paper.address, "small"),
        say("Or, on any computer with Python: festoon-lottery verify proof.json", "small"),
    ]
    aligned = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (0, 0), 0)]
    parts = [
        say("Anyone can check this draw", "head"),
        Table([[picture, how]], colWidths=(118, 341), style=aligned),
    ]
    for name, value in paper.prints:
        parts += [say(name, "small"), say(value, "print")]
    if paper.limits:
        parts.append(say("What it does not prove", "head"))
        parts += [say(f"– {line}", "small") for line in paper.limits]
    return [KeepTogether(parts)]
