"""What the settings ask of guests, which answers will do, and what the rules say of it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from festoon_lottery.proof.encoding import Plain, canonical, digest
from host import JsonObject

LONGEST_ANSWER = 200
LONGEST_ADDRESS = 254
EMAIL, CODE = "email", "code"


class Refused(ValueError):
    """Why somebody cannot take part, in words for them."""


@dataclass(frozen=True)
class Answers:
    """What somebody answered: texts by question, what they ticked, their address and code."""

    texts: Mapping[str, str] = field(default_factory=dict)
    ticked: Sequence[str] = ()
    email: str = ""
    code: str = ""

    def as_json(self) -> JsonObject:
        """As it is kept."""
        return {
            "texts": dict(self.texts),
            "ticked": list(self.ticked),
            EMAIL: self.email,
            CODE: self.code,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Answers:
        """What was kept."""
        return cls(kept["texts"], kept["ticked"], kept[EMAIL], kept[CODE])


@dataclass(frozen=True)
class Conditions:
    """What it takes to take part. `codes` are folded; with `once` each lets one person in.

    An e-mail address lets one person in as well.
    """

    questions: Sequence[str] = ()
    confirmations: Sequence[str] = ()
    domains: Sequence[str] = ()
    codes: frozenset[str] = frozenset()
    code_label: str = ""
    once: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Conditions:
        """The conditions of a room's settings; none in rooms made before there were any."""
        return cls(
            questions=_texts(settings, "entryQuestions"),
            confirmations=_texts(settings, "entryConfirmations"),
            domains=[folded(one).removeprefix("@") for one in _texts(settings, "entryDomains")],
            codes=frozenset(map(folded, _texts(settings, "entryCodes"))),
            code_label=str(settings.get("entryCodeLabel") or "Your code"),
            once=settings.get("entryCodeOnce", True) is True,
        )

    @classmethod
    def announced(cls, rules: Mapping[str, Any], codes: Sequence[str]) -> Conditions:
        """Those of a round, by the `entry` of its rules and the codes that it was opened with."""
        code = rules["code"] or {"label": "", "once": True}
        return cls(
            questions=rules["questions"],
            confirmations=rules["confirmations"],
            domains=rules["emailDomains"],
            codes=frozenset(codes),
            code_label=code["label"],
            once=code["once"],
        )

    def __bool__(self) -> bool:
        return bool(self.questions or self.confirmations or self.domains or self.codes)

    def rules(self, salt: str) -> dict[str, Plain]:
        """What the rules of a round say, for everybody to read.

        Of the codes only how many there are, and a hash that cannot be guessed at without `salt`.
        """
        code: Plain = None
        if self.codes:
            text = canonical(sorted(self.codes))
            code = {
                "label": self.code_label,
                "once": self.once,
                "count": len(self.codes),
                "hash": digest("codes", bytes.fromhex(salt), text).hex(),
            }
        return {
            "questions": list(self.questions),
            "confirmations": list(self.confirmations),
            "emailDomains": list(self.domains),
            "code": code,
        }

    def schema(self) -> JsonObject:
        """What is asked, as the JSON Schema of a form. The codes are not in it."""
        asked: JsonObject = {}
        for name, label in self._named("question", self.questions):
            asked[name] = {"type": "string", "title": label, "maxLength": LONGEST_ANSWER}
        if self.domains:
            asked[EMAIL] = {
                "type": "string",
                "format": "email",
                "title": "Your e-mail address",
                "description": f"The one at {_either(self.domains)}.",
                "maxLength": LONGEST_ADDRESS,
            }
        if self.codes:
            asked[CODE] = {"type": "string", "title": self.code_label, "maxLength": LONGEST_ANSWER}
        required = list(asked)
        # A box that has to be ticked is refused in words that name it.
        for name, label in self._named("confirmation", self.confirmations):
            asked[name] = {"type": "boolean", "title": label}
        return {"type": "object", "properties": asked, "required": required}

    def names(self) -> frozenset[str]:
        """The names of the form's fields."""
        return frozenset(self.schema()["properties"])

    def judged(self, form: Mapping[str, Any]) -> Answers:
        """The answers of a form; raises `Refused` for the first that will not do.

        The form is not believed: whoever joins by the interface sends what they like.
        """
        found = Answers(
            texts={
                label: _text(form.get(name))
                for name, label in self._named("question", self.questions)
            },
            ticked=[
                label
                for name, label in self._named("confirmation", self.confirmations)
                if form.get(name) is True
            ],
            email=_text(form.get(EMAIL), LONGEST_ADDRESS) if self.domains else "",
            code=_text(form.get(CODE)) if self.codes else "",
        )
        if (reason := self.lacking(found)) is not None:
            raise Refused(reason)
        return found

    def lacking(self, given: Answers) -> str | None:
        """Why answers will not do, in words for whoever gave them; None where they do."""
        for label in self.questions:
            if not given.texts.get(label):
                return f"To take part, fill in “{label}”."
        if self.domains and _domain(given.email) not in self.domains:
            return f"To take part, enter your e-mail address at {_either(self.domains)}."
        if self.codes and folded(given.code) not in self.codes:
            return (
                f"“{self.code_label}”: what you entered is not on the organizer’s list. "
                "Look at it once more, or ask the organizer."
            )
        for label in self.confirmations:
            if label not in given.ticked:
                return f"To take part, tick “{label}”."
        return None

    def only_once(self, given: Answers) -> dict[str, str]:
        """Which of the answers may be one person's only, folded, by the field's name."""
        found = {EMAIL: folded(given.email)} if self.domains else {}
        if self.codes and self.once:
            found[CODE] = folded(given.code)
        return found

    @staticmethod
    def _named(kind: str, labels: Sequence[str]) -> list[tuple[str, str]]:
        return [(f"{kind}{number}", label) for number, label in enumerate(labels, start=1)]


def folded(text: str) -> str:
    """A text as it is compared: case, spaces and forms of letters do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _texts(settings: Mapping[str, Any], name: str) -> list[str]:
    spoken = (" ".join(one.split()) for one in settings.get(name) or ())
    return list(dict.fromkeys(one for one in spoken if one))


def _text(given: object, longest: int = LONGEST_ANSWER) -> str:
    return " ".join(given.split())[:longest] if isinstance(given, str) else ""


def _domain(address: str) -> str | None:
    name, _, domain = folded(address).partition("@")
    return domain if name and " " not in name else None


def _either(domains: Sequence[str]) -> str:
    *rest, last = domains
    return f"{', '.join(rest)} or {last}" if rest else last
