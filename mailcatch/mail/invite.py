"""A calendar part shown as text (RFC 5545, RFC 6047): what, when, where and who."""

import re
from datetime import datetime

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)")
_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_ZONE = re.compile(r";TZID=\"?([^;:\"]*)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([nN,;\\])")
_MOST_LINES = 5_000
_LABELS = {
    "SUMMARY": "What",
    "DTSTART": "From",
    "DTEND": "Until",
    "RRULE": "Repeats",
    "LOCATION": "Where",
    "ORGANIZER": "Organiser",
    "ATTENDEE": "Attendee",
    "STATUS": "Status",
    "URL": "Link",
    "DESCRIPTION": "About",
}


def describe_invite(calendar: str) -> str:
    """Give the events of an iCalendar text in readable lines; not yet safe to show.

    Args:
        calendar: the decoded content of a text/calendar part. What is no iCalendar gives "".
    """
    lines: list[str] = []
    inside: list[str] = []
    events = 0
    for raw in _FOLD.sub("", calendar[:1_000_000]).splitlines()[:_MOST_LINES]:
        match = _LINE.fullmatch(raw.rstrip())
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2], match[3]
        if name == "BEGIN":
            inside.append(value.upper())
            if value.upper() in ("VEVENT", "VTODO"):
                events += 1
                if events > 1:
                    lines.append("")
        elif name == "END":
            inside = inside[:-1]
        elif name == "METHOD" and inside == ["VCALENDAR"]:
            lines.append(f"Calendar: {_unescape(value).lower()}")
        elif inside and inside[-1] in ("VEVENT", "VTODO") and name in _LABELS:
            lines.append(f"{_LABELS[name]}: {_readable(name, parameters, value)}")
    return "\n".join(lines)


def _readable(name: str, parameters: str, value: str) -> str:
    if name in ("DTSTART", "DTEND"):
        zone = _ZONE.search(parameters)
        return _moment(value) + (f" ({zone[1]})" if zone else "")
    if name in ("ORGANIZER", "ATTENDEE"):
        address = re.sub(r"(?i)^mailto:", "", value)
        called = _NAME.search(parameters)
        who = (called[1] or called[2] or "") if called else ""
        return f"{who} <{address}>" if who and who != address else address
    return _unescape(value)


def _moment(value: str) -> str:
    for form, shown in (
        ("%Y%m%dT%H%M%SZ", "%Y-%m-%d %H:%M UTC"),
        ("%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M"),
        ("%Y%m%d", "%Y-%m-%d"),
    ):
        try:
            return datetime.strptime(value, form).strftime(shown)  # noqa: DTZ007
        except ValueError:
            continue
    return value


def _unescape(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
