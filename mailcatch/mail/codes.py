"""One-time codes: the number that a developer's test, or a person, has to type in somewhere.

A candidate needs a sentence that says so: "your code is 739214", "739214 is your code", "enter
739214 to sign in", or a line of its own below one that speaks of a code, in one of many languages.
What looks like a price, a date, a time, a phone number, an order number or part of an address is
not one, and neither is a code of another kind, such as a postal or a promotional one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailcatch.mail.safe import safe_text

_CANDIDATE = re.compile(
    r"""(?<![\w@/=&?%#.,+$€£¥-])(?<!\d:)
        (?:[A-Z]{1,3}-(?P<prefixed>\d{4,8})
        |(?P<split>\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{2}[ -]\d{2}[ -]\d{2}|(?:\d\ {1,3}){3,7}\d)
        |(?P<digits>\d{4,9})
        |(?P<mixed>(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z0-9]{3,5}-[A-Z0-9]{3,5}(?:-[A-Z0-9]{3,5})?
            |(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{5,10})
        |(?P<small>(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{5,10})
        |(?P<letters>[A-Z]{5,8}))
        (?![\w@%$€£¥]|[.,:/=-]\w|[ -]\d)""",
    re.VERBOSE,
)
# Words for a code. In writing with spaces a code follows at once, or behind a verb or a colon.
_NOUN = re.compile(
    r"""\b(?:(?!(?:bar|post|zip|source|uni|en|de|qr)-?code)(?:\w{1,20}-?)?
        (?:codes?(?!\s(?:review|base|coverage|change|freeze|of\s(?:conduct|practice|ethics)|signing)|-\w)|kod(?:e|en|et|u
        |unuz|ot)?|koodi\w{0,3})
    |c[oó]digos?|codice|kód\w?|clave|код\w{0,2}|otp|2fa|mfa|(?-i:PIN|TAN)|pin[ -]code|token
    |(?:one[ -]time|single[ -]use|temporary)\s(?:pass\w*|pin)|pass\s?code|einmal\s?-?\w+
    |(?:одноразовый\s)?пароль|mot\sde\spasse\s(?:unique|temporaire|[àa]\susage)|jelszó)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_NOUN_ELSEWHERE = re.compile(
    "验证码|驗證碼|校验码|动态码|確認コード|認証コード|認証番号|ワンタイム|인증|코드|קוד|رمز|कोड|รหัส"
)
# What every text has in which one of these words stands, or an order to type something.
_STEMS = (
    "cod", "kod", "kood", "clave", "otp", "2fa", "mfa", "token", "pin code", "pin-code", "one-time",
    "one time", "single-use", "single use", "temporary", "einmal", "mot de passe", "jelsz",
)  # fmt: skip
_FOREIGN_STEMS = ("cód", "kód", "код", "парол", *_NOUN_ELSEWHERE.pattern.split("|"))
_CAPITALS = ("PIN", "TAN")
_ORDERS = ("enter ", "use ", "type ", "input ")
# How a sentence gets from the word to the code.
_LINK = re.compile(
    r"""(?:^|[:=>\uff1a]|[\u2013\u2014-]
        |\b(?:is|are|lautet|ist|est|es|[eèé]|är|er|jest|to|on|je|ser[aá]|là|adalah))
    (?:\s(?:now|le|la|el|il|o))?[\s:=>*"'\[(【「\uff08“\u2013\u2014-]*$""",
    re.VERBOSE | re.IGNORECASE,
)
_BEHIND = re.compile(
    r"""[\])"'*”】」\uff09]*\s*(?:(?:is|as|ist|als|est|es|è|é|är|er|jest|to)\s
    |[:\u2013\u2014-]\s(?=your|the|ihr|dein|votre|ton|tu\b|su\b))[^.!?]{0,50}$""",
    re.VERBOSE | re.IGNORECASE,
)
_ORDERED = re.compile(r"\b(?:enter|use|type(?:\sin)?|input)\s[*\"'\[(]*$", re.IGNORECASE)
_ORDERED_NUMBER = re.compile(rf"{_ORDERED.pattern[:-1]}[A-Z]{{0,3}}-?\d", re.IGNORECASE)
_TO_DO = re.compile(
    r"""[\])"'*]*\s(?:to|when\syou|in\sorder\sto)\s(?:sign|log|verify|confirm|authenticate|continue|finish
    |complete|activate|reset|proceed|access|unlock)""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"[.!?。！？]\s|[。！？]")  # noqa: RUF001
_OTHER_KINDS = (
    r"promo\w*|coupon|discount|voucher|gift|referral|zip|postal|post|area|country|error|exit|status|http"
    r"|response|return|source|sample|qr|bar|dress|tracking|booking|sort|swift|reference|ref|order|invoice|ticket"
    r"|product|item|article|course|class|colou?r|tax|vat|customer|account|case|card|invite|invitation"
    r"|rabatt\w*|gutschein\w*|bestell\w*|rechnungs\w*|kunden\w*|artikel\w*|produkt\w*"
)
_OTHER_CODE = re.compile(
    rf"""\b(?:{_OTHER_KINDS})(?:\s\w{{1,12}})?[\s-]*$
    |\b(?:lines?|pieces?|parts?)\sof\s$|\b(?:answered|responded|exited|ended|failed|returned|finished)
    \swith\s(?:the\s)?$""",
    re.VERBOSE | re.IGNORECASE,
)
_ACCOUNT_OF = re.compile(r"\b\w+\saccount\s$", re.IGNORECASE)
_SOMETHING_ELSE_BEFORE = re.compile(
    r"""(?:\#|№|\b(?:order|invoice|ticket|case|ref|reference|tel|phone|fax|call|no|nr|number|id|usd|eur
    |gbp|chf|zip|room|suite|flat|box|bestellung|rechnung|commande|facture|pedido|factura|copyright
    |since|year|version|build|account|ending\ in|ends\ in|card|iban|vat|expires?|within|valid)
    )[\s.:\#-]*$|[+(]\s?\d[\d\s()-]*$|\d[\s-]$|©\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_SOMETHING_ELSE_AFTER = re.compile(
    r"""\s?(?:%|usd|eur|gbp|chf|dollars?|euros?|kb|mb|gb|minutes?|min|hours?|seconds?|days?|people|items?
    |points?|members|tokens?|[€$£]|[ap]m\b)""",
    re.VERBOSE | re.IGNORECASE,
)
# A line that sells something holds codes of another kind.
_SALE = re.compile(
    r"%\s?off\b|\b(?:discount|coupon|promo\w*|voucher|checkout|rabatt\w*|next\s(?:order|purchase)"
    r"|free\sshipping|save\s[$€£]?\d+|gift\scards?)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_ALONE = re.compile(r"[\s*:>\[\]\"'.]*[A-Z]{5,8}[\s*:>\[\]\"'.]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LINK_OR_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S{1,200}@\S+", re.IGNORECASE)
_NEAR = 80
_NEAR_ELSEWHERE = 30
_LONGEST_LINE = 2_000
_MOST = 20
_MOST_WEIGHED = 2_000


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code.

    Attributes:
        value: what is to be typed: blanks and hyphens between digits taken out.
        shown: as it stands in the message.
        line: the line it stands in, safe and short.
    """

    value: str
    shown: str
    line: str


def find_codes(subject: str, text: str) -> tuple[Code, ...]:
    """Find the one-time codes of a message, most likely first.

    Args:
        subject: the decoded subject.
        text: the readable text, already cut to a bound by the caller.
    """
    if not _may_hold_codes(f"{subject}\n{text}"):
        return ()
    scored: dict[str, tuple[int, Code]] = {}
    lines = [_blank_links(line[:_LONGEST_LINE]) for line in (subject, *text.split("\n"))]
    lines = [line for line in lines if line.strip()]
    weighed = 0
    for index, line in enumerate(lines):
        if _DIGIT.search(line) is None and _ALONE.fullmatch(line) is None:
            continue
        for match in _CANDIDATE.finditer(line):
            weighed += 1
            score = _score(lines, index, match)
            if score <= 0:
                continue
            code = Code(_value(match), match[0].strip(), safe_text(line.strip(), 120))
            if code.value not in scored or scored[code.value][0] < score:
                scored[code.value] = (score, code)
        if weighed >= _MOST_WEIGHED:
            break
    best = sorted(scored.values(), key=lambda pair: -pair[0])
    return tuple(code for _, code in best[:_MOST])


def _may_hold_codes(text: str) -> bool:
    """Say quickly of most texts that nothing in them is a code."""
    lower = text.lower()
    if any(map(lower.__contains__, _STEMS)) or any(map(text.__contains__, _CAPITALS)):
        return True
    if not text.isascii() and any(map(lower.__contains__, _FOREIGN_STEMS)):
        return True
    return any(map(lower.__contains__, _ORDERS)) and _ORDERED_NUMBER.search(text) is not None


def _score(lines: list[str], index: int, match: re.Match[str]) -> int:
    """Weigh a candidate: 0 and below is none."""
    line = lines[index]
    before, after = line[max(0, match.start() - _NEAR) : match.start()], line[match.end() :]
    if _SOMETHING_ELSE_BEFORE.search(before) or _SOMETHING_ELSE_AFTER.match(after):
        return 0
    if _SALE.search(line):
        return 0
    alone = not line[: match.start()].strip(" *:>[]\"'") and not after.strip(" *.:[]\"'")
    score = max(_reasons(lines, index, match, alone=alone), default=0)
    if not score:
        return 0
    return score + (10 if alone else 0) + (5 if match["digits"] and len(match[0]) == 6 else 0)


def _reasons(lines: list[str], index: int, match: re.Match[str], *, alone: bool) -> Iterator[int]:
    """Give a weight for each thing that says that the candidate is a code."""
    line = lines[index]
    before = line[max(0, match.start() - _NEAR) : match.start()]
    after = line[match.end() : match.end() + 70]
    if match["letters"] is None:
        yield from _said_before(before)
        yield from _said_behind(after)
        if match["small"] is None and _ORDERED.search(before) and _TO_DO.match(after):
            yield 38
    if alone:
        yield from _said_around(lines, index, match)


def _said_before(before: str) -> Iterator[int]:
    for noun in _NOUN.finditer(before):
        between = before[noun.end() :]
        if _SENTENCE_ENDS.search(between) or _LINK.search(between) is None:
            continue
        if not _is_of_another_kind(before, noun):
            yield 50 - len(between) // 4
    for noun in _NOUN_ELSEWHERE.finditer(before):
        between = before[noun.end() :]
        if len(between) <= _NEAR_ELSEWHERE and not _SENTENCE_ENDS.search(between):
            yield 50 - len(between) // 4


def _said_behind(after: str) -> Iterator[int]:
    for noun in _NOUN.finditer(after):
        if _BEHIND.fullmatch(after[: noun.start()]) and not _is_of_another_kind(after, noun):
            yield 40 - noun.start() // 4
    for noun in _NOUN_ELSEWHERE.finditer(after[:_NEAR_ELSEWHERE]):
        if not _SENTENCE_ENDS.search(after[: noun.start()]):
            yield 40 - noun.start() // 4


def _said_around(lines: list[str], index: int, match: re.Match[str]) -> Iterator[int]:
    """Weigh the lines around a line that holds nothing but the candidate."""
    for distance, near in enumerate(_around(lines, index)):
        for noun in _NOUN.finditer(near):
            if _is_of_another_kind(near, noun):
                continue
            # Letters alone may be any word, and some numbers are years: the line before has to
            # lead there.
            leads = distance == 0 and _LINK.search(near[noun.end() :].rstrip())
            if leads or not (match["letters"] or _YEAR.fullmatch(match[0])):
                yield 35 - distance
        if match["letters"] is None and _NOUN_ELSEWHERE.search(near):
            yield 35 - distance


def _is_of_another_kind(text: str, noun: re.Match[str]) -> bool:
    """Whether a word for a code is part of "promo code", "error code" and the like."""
    before = text[max(0, noun.start() - 40) : noun.start()]
    return bool(_OTHER_CODE.search(before)) and not _ACCOUNT_OF.search(before)


def _around(lines: list[str], index: int) -> Iterator[str]:
    """Give the lines beside a line that holds nothing but the candidate, nearest first."""
    for step in (1, 2, 3):
        if index - step > 0 or (index - step == 0 and step == 1):
            yield lines[index - step][-300:]
    if index + 1 < len(lines):
        yield lines[index + 1][:300]


def _value(match: re.Match[str]) -> str:
    if match["prefixed"]:
        return match["prefixed"]
    if match["split"]:
        return re.sub(r"\D", "", match["split"])
    return match[0]


def _blank_links(line: str) -> str:
    return _LINK_OR_ADDRESS.sub(" ", line) if "/" in line or "@" in line or "www." in line else line
