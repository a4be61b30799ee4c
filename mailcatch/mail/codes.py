"""One-time codes: the number that a developer's test, or a person, has to type in somewhere.

A candidate needs a reason: a word such as "code" or "PIN" near it, in one of many languages. What
looks like a price, a date, a time, a phone number, an order number or part of an address is not
one, however near such a word stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailcatch.mail.safe import safe_text

_CANDIDATE = re.compile(
    r"""(?<![\w@/=&?%#.,:+$€£¥-])
        (?:[A-Z]{1,3}-(?P<prefixed>\d{4,8})
        |(?P<split>\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{2}[ -]\d{2}[ -]\d{2}|(?:\d\ ){3,7}\d)
        |(?P<digits>\d{4,9})
        |(?P<mixed>(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z0-9]{3,5}-[A-Z0-9]{3,5}(?:-[A-Z0-9]{3,5})?
            |(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{5,10}))
        (?![\w@%$€£¥]|[.,:/=-]\w|[ -]\d)""",
    re.VERBOSE,
)
_REASON = re.compile(
    r"""\b(?:codes?(?!\s(?:review|base|coverage|change|freeze|of\sconduct))
    |otp|2fa|mfa|pin|passcodes?|pass\s?codes?|token|one[- ]time|verification|verify
    |c[oó]digos?|codice|kode|kod|koodi|kód|clave|einmal\w*|best[aä]tigungs\w*|sicherheits\w*
    |verifizierungs\w*|zugangs\w*|tan|v[eé]rification|verificatie\w*|verificaci[oó]n|código|код\w*
    |пароль|mot\sde\spasse|jelszó|engangskode|tilgangskode|vahvistus\w*)\b
    |验证码|驗證碼|校验码|动态码|確認コード|認証コード|認証番号|ワンタイム|인증|코드|קוד|رمز|कोड|รหัส""",
    re.VERBOSE | re.IGNORECASE,
)
_NOT_THIS_CODE = re.compile(
    r"""\b(?:promo\w*|coupon|discount|voucher|gift|referral|zip|postal|post|area|country|error|status
    |source|qr|bar|dress|tracking|booking|sort|swift|reference|ref|order|invoice|ticket|product|item
    |customer|account|case|rabatt\w*|gutschein\w*|bestell\w*|rechnungs\w*|kunden\w*)
    [\s-]*(?:codes?|kode|código|token|n(?:o|umber|r|ummer)\b)?\s*\S{0,2}\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_SOMETHING_ELSE_BEFORE = re.compile(
    r"""(?:\#|№|\b(?:order|invoice|ticket|case|ref|reference|tel|phone|fax|call|no|nr|number|id|usd|eur
    |gbp|chf|zip|room|suite|flat|box|bestellung|rechnung|commande|facture|pedido|factura|copyright
    |since|year|version|build|account|ending\ in|ends\ in|card|iban|vat|expires?|within|valid)
    )[\s.:\#-]*$|[+(]\s?\d[\d\s()-]*$|\d[\s-]$|©\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_SOMETHING_ELSE_AFTER = re.compile(
    r"""\s?(?:%|usd|eur|gbp|chf|dollars?|euros?|kb|mb|gb|minutes?|min|hours?|seconds?|days?|people|items?
    |points?|members|[€$£]|[ap]m\b)""",
    re.VERBOSE | re.IGNORECASE,
)
# A line that sells something holds codes of another kind.
_SALE = re.compile(
    r"%\s?off\b|\b(?:discount|coupon|promo\w*|voucher|checkout|rabatt\w*)\b", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LINK_OR_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S{1,200}@\S+", re.IGNORECASE)
_NEAR = 80
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
    if _DIGIT.search(subject) is None and _DIGIT.search(text) is None:
        return ()
    scored: dict[str, tuple[int, Code]] = {}
    lines = [_blank_links(line[:_LONGEST_LINE]) for line in (subject, *text.split("\n"))]
    lines = [line for line in lines if line.strip()]
    weighed = 0
    for index, line in enumerate(lines):
        if _DIGIT.search(line) is None:
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


def _score(lines: list[str], index: int, match: re.Match[str]) -> int:
    """Weigh a candidate: 0 and below is none."""
    line = lines[index]
    before, after = line[max(0, match.start() - _NEAR) : match.start()], line[match.end() :]
    if _SOMETHING_ELSE_BEFORE.search(before) or _SOMETHING_ELSE_AFTER.match(after):
        return 0
    if _NOT_THIS_CODE.search(before) or _SALE.search(line):
        return 0
    alone = not line[: match.start()].strip(" *:>[]\"'") and not after.strip(" *.:[]\"'")
    score = 0
    for reason in _reasons(lines, index, match, alone=alone):
        score = max(score, reason)
    if not score:
        return 0
    if _YEAR.fullmatch(match[0]) and not alone and score < 40:
        return 0
    return score + (10 if alone else 0) + (5 if match["digits"] and len(match[0]) == 6 else 0)


def _reasons(lines: list[str], index: int, match: re.Match[str], *, alone: bool) -> Iterator[int]:
    """Give a weight for each word near the candidate that says it is a code."""
    line = lines[index]
    before = line[max(0, match.start() - _NEAR) : match.start()]
    for word in _REASON.finditer(before):
        if not _NOT_THIS_CODE.search(before[: word.end()]):
            yield 50 - (len(before) - word.end()) // 4
    word_after = _REASON.search(line[match.end() : match.end() + 60])
    if word_after:
        yield 40 - word_after.start() // 4
    if not alone:
        return
    for distance, near in enumerate(_around(lines, index)):
        if _REASON.search(near) and not _NOT_THIS_CODE.search(near.rstrip(" .:")):
            yield 35 - distance


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
