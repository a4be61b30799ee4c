"""Who speaks for whom, in words: what a proxy, XCLIENT, XFORWARD and ATRN changed."""

from __future__ import annotations

from typing import Final

from mailcatch.mailbox.events import Proxy, Relayed, Turned, Xclient, Xforward

Speaking = Proxy | Xclient | Xforward | Turned | Relayed
SPEAKING: Final = (Proxy, Xclient, Xforward, Turned, Relayed)


def in_words(event: Speaking) -> str:
    """Return what an event says of who speaks, on one line. It is not safe to show."""
    match event:
        case Proxy():
            return _proxied(event)
        case Xclient():
            return f"the client is {event.peer} from here on: {_listed(event.attributes)}"
        case Xforward():
            return f"the next mail is another client's: {_listed(event.attributes)}"
        case Turned():
            domains = f" for {', '.join(event.domains)}" if event.domains else ""
            return f"the roles are reversed: {event.messages} to send{domains}"
        case Relayed():
            return _relayed(event)


def _proxied(event: Proxy) -> str:
    told = f"through the proxy {event.via} (PROXY version {event.version})"
    if event.local:
        return f"{told}, for nobody else"
    facts = {
        "to": event.destination,
        "for": event.server_name,
        "with": " ".join(filter(None, (event.tls, event.cipher))),
        "client certificate": event.subject,
        "id": event.unique_id,
    }
    return ", ".join((told, *(f"{name} {value}" for name, value in facts.items() if value)))


def _relayed(event: Relayed) -> str:
    people = ", ".join(
        f"<{one.address}>" if one.accepted else f"<{one.address}> (not taken)"
        for one in event.recipients
    )
    return f"{event.file} to {people}: {event.answer}"


def _listed(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in attributes.items())
