"""For whom a client speaks, in words: what a proxy, XCLIENT and XFORWARD said."""

from __future__ import annotations

from mailcatch.mailbox.events import Proxy, Xclient, Xforward


def spoken_for(event: Proxy | Xclient | Xforward) -> str:
    """Return what an event says of another client, on one line. It is not safe to show."""
    match event:
        case Proxy():
            return _proxied(event)
        case Xclient():
            return f"the client is {event.peer} from here on: {_listed(event.attributes)}"
        case Xforward():
            return f"the next mail is another client's: {_listed(event.attributes)}"


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


def _listed(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in attributes.items())
