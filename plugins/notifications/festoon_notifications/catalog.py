"""The words that come with the application, in each language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from host import Category

FOLDER = Path(__file__).parent / "catalog"
LOCALES = ("en", "ru")


@dataclass(frozen=True)
class Template:
    """The subject, and what stands in the letter: paragraphs apart by an empty line."""

    subject: str
    body: str


class Catalog:
    """The words in one language."""

    def __init__(self, locale: str, content: Mapping[str, Any]) -> None:
        self.locale = locale
        self.title: str = content["title"]
        self.stop: str = content["stop"]
        self.acts: Mapping[str, str] = content["act"]
        self.notes: Mapping[str, str] = content["notes"]
        self._categories: Mapping[str, Mapping[str, str]] = content["categories"]
        self._kinds: Mapping[str, Mapping[str, str]] = content["kinds"]

    def template(self, category: Category) -> Template:
        """What a message of this category says around its own words."""
        return Template(**self._categories[category.value])

    def own_words(self, kind: str) -> Mapping[str, str] | None:
        """Title and body of a kind of message in this language, where it has them."""
        return self._kinds.get(kind)


@cache
def catalog(locale: str) -> Catalog:
    """The words in a language of `LOCALES`."""
    text = (FOLDER / f"{locale}.json").read_text(encoding="utf-8")
    return Catalog(locale, json.loads(text))


def nearest(locale: str | None, otherwise: str = "en") -> str:
    """The language of `LOCALES` for a reader's BCP 47 tag; `otherwise` where there is none."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else otherwise
