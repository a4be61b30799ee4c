"""The lines of a session file."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mailbox.events import AnyEvent, Client, Close, Connect, Server, decode, encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
EVENTS = st.one_of(
    st.builds(Client, st.integers(0), text=TEXT, end=st.sampled_from(["\r\n", "\n", ""])),
    st.builds(Client, st.integers(0), base64=st.binary(max_size=40)),
    st.builds(Server, st.integers(0), text=TEXT),
    st.builds(Close, st.integers(0), TEXT, TEXT, TEXT),
)


@given(st.lists(EVENTS, max_size=10))
def test_events_come_back_as_they_were(events: list[AnyEvent]) -> None:
    assert decode(encode(events)) == events


@given(st.lists(EVENTS, max_size=10))
def test_each_event_is_one_line_of_json(events: list[AnyEvent]) -> None:
    lines = encode(events).splitlines()
    assert len(lines) == len(events)
    for line in lines:
        assert {"event", "t"} <= json.loads(line).keys()
        assert all(octet >= 0x20 for octet in line)


@given(st.lists(EVENTS, min_size=1, max_size=10), st.data())
def test_a_torn_end_is_passed_over(events: list[AnyEvent], data: st.DataObject) -> None:
    lines = encode(events)
    torn = lines[: data.draw(st.integers(0, len(lines)))]
    found = decode(torn)
    assert found == events[: len(found)]
    assert len(found) >= torn.count(b"\n")


@given(st.binary(max_size=300))
def test_no_octets_raise(octets: bytes) -> None:
    decode(octets)
    decode(b'{"event":"client","t":1,"text":"' + octets + b'"}\n')


def test_fields_and_events_of_a_later_version_are_passed_over() -> None:
    lines = b'{"event":"novelty","t":1}\n{"event":"server","t":2,"text":"220","mood":"good"}\n'
    assert decode(lines) == [Server(2, "220")]


def test_defaults_are_left_out() -> None:
    assert encode([Client(7, "NOOP")]) == b'{"event":"client","t":7,"text":"NOOP"}\n'
    opening = encode([Connect(0, 1, "name", "at", "peer", "listener", "server")])
    assert json.loads(opening) == {
        "event": "connect",
        "t": 0,
        "format": 1,
        "session": "name",
        "at": "at",
        "peer": "peer",
        "listener": "listener",
        "server": "server",
    }
