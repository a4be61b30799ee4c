from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail.invite import describe_invite


def event(*lines: str) -> str:
    return "\r\n".join(
        ("BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR")
    )


def test_what_when_where_and_who_are_told() -> None:
    text = describe_invite(
        event(
            "SUMMARY:Planning\\, again",
            "DTSTART:20261124T130000Z",
            "DTEND;VALUE=DATE:20261125",
            'ATTENDEE;CN="Ann";RSVP=TRUE:mailto:ann@exam',
            " ple.org",
        )
    )
    assert text.splitlines() == [
        "Calendar: request",
        "What: Planning, again",
        "From: 2026-11-24 13:00 UTC",
        "Until: 2026-11-25",
        "Attendee: Ann <ann@example.org>",
    ]


def test_alarms_inside_an_event_are_not_the_event() -> None:
    assert "beep" not in describe_invite(event("BEGIN:VALARM", "DESCRIPTION:beep", "END:VALARM"))


@given(st.text(st.sampled_from('BEGIN:VT;="\n \\')))
def test_what_is_no_calendar_gives_nothing_to_say(text: str) -> None:
    assert describe_invite(text) == ""
