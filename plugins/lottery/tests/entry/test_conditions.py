"""Entry conditions: what answers let in, in which words they keep out, and what the rules tell."""

from __future__ import annotations

from typing import Any

import pytest

from festoon_lottery.entry.conditions import Answers, Conditions, Refused

SALT = "00" * 16
EVERYTHING = {
    "entryQuestions": ["Full name", " Department ", "Full name"],
    "entryConfirmations": ["I am of age"],
    "entryDomains": ["@ACME.com", "acme.org"],
    "entryCodes": ["A 1", "a  1", "B-2"],
    "entryCodeLabel": "Staff number",
}
GOOD = {
    "question1": " Anna  Petrova ",
    "question2": "Sales",
    "email": "Anna@acme.COM",
    "code": "a 1",
    "confirmation1": True,
}


def test_a_room_that_asks_nothing_has_no_conditions() -> None:
    for settings in ({}, {"entryQuestions": [], "entryCodes": [" "], "entryCodeLabel": "X"}):
        asked = Conditions.of(settings)
        assert not asked
        assert asked.schema() == {"type": "object", "properties": {}, "required": []}


def test_the_form_asks_everything_and_tells_no_code() -> None:
    told = Conditions.of(EVERYTHING).schema()
    assert list(told["properties"]) == [*GOOD]
    assert told["required"] == ["question1", "question2", "email", "code"]
    assert told["properties"]["email"]["description"] == "The one at acme.com or acme.org."
    assert "b-2" not in str(told).lower()


def test_answers_that_will_do_are_kept_as_they_were_given() -> None:
    found = Conditions.of(EVERYTHING).judged(GOOD | {"more": "of this"})
    assert found.texts == {"Full name": "Anna Petrova", "Department": "Sales"}
    assert (found.email, found.code, found.ticked) == ("Anna@acme.COM", "a 1", ["I am of age"])
    assert Answers.of_json(found.as_json()) == found
    once = Conditions.of(EVERYTHING).only_once(found)
    assert once == {"email": "anna@acme.com", "code": "a 1"}
    many = Conditions.of({**EVERYTHING, "entryCodeOnce": False}).only_once(found)
    assert many == {"email": "anna@acme.com"}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("question1", " ", "fill in “Full name”"),
        ("question2", 7, "fill in “Department”"),
        ("email", "anna@acme.com.evil.example", "e-mail address at acme.com or acme.org"),
        ("email", "@acme.com", "e-mail address"),
        ("email", "a@b@acme.com", "e-mail address"),
        ("email", "a b@acme.com", "e-mail address"),
        ("email", None, "e-mail address"),
        ("code", "", "“Staff number”"),
        ("code", "C3", "not on the organizer’s list"),
        ("code", ["A 1"], "not on the organizer’s list"),
        ("confirmation1", "true", "tick “I am of age”"),
        ("confirmation1", False, "tick “I am of age”"),
    ],
)
def test_an_answer_that_will_not_do_keeps_out_in_words(name: str, given: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        Conditions.of(EVERYTHING).judged({**GOOD, name: given})


def test_the_rules_tell_all_but_the_codes_and_hold_the_same_conditions() -> None:
    asked = Conditions.of(EVERYTHING)
    rules = asked.rules(SALT)
    assert rules["questions"] == ["Full name", "Department"]
    code = rules["code"]
    assert isinstance(code, dict)
    assert (code["count"], code["once"], code["label"]) == (2, True, "Staff number")
    # Another salt or another list gives another hash, and nothing else tells of them.
    assert rules != asked.rules("01" * 16)
    assert rules != Conditions.of({**EVERYTHING, "entryCodes": ["A 1", "B-3"]}).rules(SALT)
    held = Conditions.announced(rules, sorted(asked.codes))
    assert held.rules(SALT) == rules
    assert held.lacking(asked.judged(GOOD)) is None
    assert held.lacking(Answers()) is not None
    plain = Conditions.of({"entryQuestions": ["Full name"]})
    assert Conditions.announced(plain.rules(SALT), ()).rules(SALT) == plain.rules(SALT)
