"""Telephone numbers, in the one form in which they are kept."""

from __future__ import annotations

LONGEST_PHONE = 40
"""Characters that are looked at; a number in E.164 has at most 16."""


def clean_phone(text: str) -> str:
    """A number in E.164, `+79161234567`, from however it was typed with its country's code.

    Raises `ValueError` with a message for the person. Whether anybody answers there is not asked.
    """
    if len(text) > LONGEST_PHONE:
        raise ValueError("is no telephone number")
    # Every country's numbers come with it: few hosts are asked for any.
    import phonenumbers

    typed = text.strip()
    # As 00 is dialled where a + cannot be.
    typed = f"+{typed[2:]}" if typed.startswith("00") else typed
    if not typed.startswith("+"):
        raise ValueError("must begin with + and the code of the country, like +44 or +7")
    try:
        number = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException as error:
        raise ValueError("is no telephone number") from error
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise ValueError("is no telephone number: look at its digits once more")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown_phone(number: str) -> str:
    """A kept number as people write it: `+7 916 123-45-67`."""
    import phonenumbers  # as above

    return phonenumbers.format_number(
        phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
