"""Names that say that something is personal data, and names that only look so."""

from __future__ import annotations

import pytest

from mlops_lint.facts.personal_names import is_masking, personal_kind, speaks_of_persons, weak_kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("email", "e-mail address"),
        ("userEMail", "e-mail address"),
        ("Customer_Email_Address", "e-mail address"),
        ("emails", "e-mail address"),
        ("Téléphone", "phone number"),
        ("Telefonnummer", "phone number"),
        ("phone_number_1", "phone number"),
        ("SSN", "national identifier"),
        ("First Name", "name of a person"),
        ("lastName", "name of a person"),
        ("date_of_birth", "date of birth"),
        ("client_ip", "IP address"),
        ("cc_num", "payment number"),
    ],
)
def test_personal(name: str, kind: str) -> None:
    assert personal_kind(name) == kind


@pytest.mark.parametrize(
    "name",
    [
        "email_count",
        "is_email_valid",
        "hashed_email",
        "email_domain",
        "smtp_email",
        "phoneme",
        "phone_model",
        "name",
        "address",
        "nickname",
        "mobile",
        "",
        "x" * 300,
    ],
)
def test_not_personal(name: str) -> None:
    assert personal_kind(name) == ""


@pytest.mark.parametrize("name", ["phones", "ip_address", "birthday", "passport"])
def test_a_plain_variable_may_mean_something_else(name: str) -> None:
    assert personal_kind(name)
    assert personal_kind(name, is_keyed=False) == ""


def test_weak_words_and_tables_about_persons() -> None:
    assert weak_kind("Name") == "name of a person"
    assert weak_kind("first_name") == ""
    assert speaks_of_persons("data/customers_2024.csv")
    assert not speaks_of_persons("data/houses.csv")


def test_masking() -> None:
    assert is_masking("hash_email")
    assert is_masking("anonymize")
    assert not is_masking("send_email")
