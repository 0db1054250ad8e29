"""Words for personal data: how columns, attributes and variables are named that hold what identifies a person.

Sources (read 2026-11): the identifiers of Regulation (EU) 2016/679 (GDPR) art. 4(1) and recital 30, of the HIPAA Privacy Rule's "Safe Harbor" list (45 CFR 164.514(b)(2)) and of the
California Civil Code 1798.140(v); the spellings are those that headers of public tables and models of applications use.
"""

from __future__ import annotations

PERSONAL_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "e-mail address": {
        "en": ("email", "e mail", "email address", "mail address", "email addr", "email id"),
        "de": ("email adresse", "mailadresse"),
        "es": ("correo", "correo electronico"),
        "fr": ("courriel", "adresse mail"),
    },
    "phone number": {
        "en": (
            "phone",
            "phone number",
            "phone no",
            "phone num",
            "telephone",
            "telephone number",
            "mobile number",
            "mobile no",
            "mobile phone",
            "cell phone",
            "cellphone",
            "home phone",
            "work phone",
            "contact number",
            "tel number",
        ),
        "de": ("telefonnummer", "handynummer"),
        "es": ("telefono", "numero de telefono"),
        "pt": ("telefone", "celular"),
    },
    "name of a person": {
        "en": (
            "first name",
            "last name",
            "full name",
            "middle name",
            "maiden name",
            "surname",
            "given name",
            "family name",
            "firstname",
            "lastname",
            "fullname",
            "patient name",
            "customer name",
            "employee name",
            "student name",
            "guest name",
            "person name",
            "applicant name",
            "passenger name",
            "cardholder name",
            "holder name",
            "contact name",
        ),
        "de": ("vorname", "nachname", "familienname"),
        "es": ("apellido", "apellidos", "nombre completo"),
        "fr": ("prenom", "nom de famille"),
        "it": ("cognome",),
        "nl": ("voornaam", "achternaam"),
        "pl": ("nazwisko",),
        "pt": ("sobrenome", "nome completo"),
    },
    "date of birth": {
        "en": ("dob", "date of birth", "birth date", "birthdate", "birthday", "dateofbirth"),
        "de": ("geburtsdatum",),
        "es": ("fecha de nacimiento", "fecha nacimiento"),
        "fr": ("date de naissance", "date naissance"),
        "it": ("data di nascita",),
        "nl": ("geboortedatum",),
        "pt": ("data de nascimento", "data nascimento"),
    },
    "home address": {
        "en": (
            "home address",
            "street address",
            "postal address",
            "mailing address",
            "billing address",
            "shipping address",
            "residential address",
            "customer address",
            "patient address",
            "user address",
        ),
    },
    "national identifier": {
        "en": (
            "ssn",
            "social security",
            "social security number",
            "social security no",
            "national id",
            "national id number",
            "national insurance number",
            "passport",
            "passport number",
            "passport no",
            "passport num",
            "passport id",
            "driver license",
            "drivers license",
            "driver license number",
            "drivers license number",
            "driving license number",
            "nhs number",
            "medical record number",
            "mrn",
            "aadhaar",
            "aadhaar number",
            "aadhar number",
            "nric",
            "tax id",
            "taxpayer id",
            "nino",
        ),
        "es": ("dni", "numero de pasaporte"),
        "it": ("codice fiscale",),
        "nl": ("bsn",),
        "pl": ("pesel",),
        "pt": ("cpf",),
    },
    "payment number": {
        "en": (
            "credit card",
            "credit card number",
            "credit card no",
            "credit card num",
            "cc number",
            "cc num",
            "card number",
            "card no",
            "card num",
            "cvv",
            "iban",
            "bank account",
            "bank account number",
            "debit card number",
        ),
    },
    "IP address": {"en": ("ip address", "ip addr", "client ip", "user ip", "remote ip", "remote addr", "customer ip")},
}
"""Kinds of personal data, and by language the words that name them, in lower case and without accents."""

WITH_PERSONS: dict[str, str] = {"name": "name of a person", "address": "home address", "ip": "IP address", "street": "home address"}
"""Words that also name much else: personal data only in a table that is about persons."""

PERSONS: frozenset[str] = frozenset(
    "applicant applicants client clients contact contacts customer customers employee employees guest guests member members patient patients people person persons "
    "resident residents staff student students subscriber subscribers user users voter voters".split()
)
"""Words that say that a table is about persons."""

KEYED_ONLY: frozenset[str] = frozenset(
    {
        *("phone", "phones", "telephone", "tel number", "birthday", "passport", "credit card", "bank account", "driver license", "tax id"),
        *("full name", "fullname", "customer ip", "remote addr"),
        *("ip address", "ip addr", "remote ip", "contact name", "holder name", "social security"),
    }
)
"""Words that mean something else when a plain variable has them (the phones of speech, the address of a server)."""

NEUTRAL_ENDS: frozenset[str] = frozenset("1 2 3 raw value val str text clean cleaned normalized original lower new old field input list".split())
"""Last words of a name that leave open what it holds."""

NOT_PERSONAL_STARTS: frozenset[str] = frozenset(
    "has is n num number count no hash hashed mask masked anon anonymized anonymised encrypted redacted fake faker dummy mock sample valid invalid total should use "
    "enable send sender from smtp admin support default company our my owner author maintainer service bot server sent test unique missing notify notification "
    "alert report noreply pseudo avg mean max min len file host column col product brand".split()
)
"""Words anywhere in front that say that a name holds no personal data of somebody else."""

MASKING_WORDS: tuple[str, ...] = (
    "anonym",
    "blake2",
    "censor",
    "encrypt",
    "hash",
    "hmac",
    "mask",
    "md5",
    "obfusc",
    "pseudonym",
    "redact",
    "sanitiz",
    "sanitis",
    "scrub",
    "sha1",
    "sha256",
    "sha512",
    "uuid5",
)
"""Parts of the names of functions that take away what identifies a person."""
