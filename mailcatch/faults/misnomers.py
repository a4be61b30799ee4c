"""Words that people write for what the language of rules calls otherwise.

Each table is one of wrong words and right ones; it is asked before spelling is compared.
"""

from __future__ import annotations

from typing import Final

STAGES: Final = {
    "all": "any",
    "banner": "connect",
    "connection": "connect",
    "data-end": "eom",
    "data_end": "eom",
    "end": "eom",
    "end-of-data": "eom",
    "end-of-message": "eom",
    "from": "mail",
    "handshake": "tls",
    "login": "auth",
    "mail from": "mail",
    "message": "eom",
    "rcpt to": "rcpt",
    "recipient": "rcpt",
    "sender": "mail",
    "timeout": "idle",
    "to": "rcpt",
}
CONDITIONS: Final = {
    "address": "client_address",
    "attachments": "attachment",
    "client": "client_address",
    "content": "body",
    "ehlo": "helo_name",
    "filename": "attachment",
    "from": "sender",
    "helo": "helo_name",
    "ip": "client_address",
    "mail": "sender",
    "mechanism": "sasl_method",
    "port": "server_port",
    "rcpt": "recipient",
    "recipients": "recipient_count",
    "sni": "tls_sni",
    "text": "body",
    "to": "recipient",
    "user": "sasl_username",
    "username": "sasl_username",
}
RULE_KEYS: Final = {
    **{wrong: f"match.{right}" for wrong, right in CONDITIONS.items()},
    "add": "capabilities = { add = … }",
    "answer": "reply",
    "bounce": "bounce_later",
    "cert": "tls = { cert = … }",
    "chance": "probability",
    "close": "disconnect",
    "code": "reply = { code = … }",
    "codes": "reply = { codes = … }",
    "drop": "disconnect",
    "enhanced": "reply = { enhanced = … }",
    "error": "reply",
    "first": "times",
    "for": "active = { for = … }, or ttl",
    "handshake": "tls = { handshake = … }",
    "hex": "raw = { hex = … }",
    "hide": "capabilities = { hide = … }",
    "jitter": "delay = { uniform = … }",
    "latency": "delay",
    "limit": "quota = { limit = …, window = … }",
    "message": "reply",
    "name": "id",
    "not": "match.not",
    "percent": "probability",
    "reset": 'disconnect = "rst"',
    "response": "reply",
    "sleep": "delay",
    "stage": "at",
    "state": "when_state",
    "steps": "sequence",
    "text": "reply = { text = … }",
    "version": "tls = { version = … }",
    "wait": "delay",
    "window": "quota = { limit = …, window = … }",
}
REPLY_KEYS: Final = {"line": "text", "lines": "text", "message": "text", "status": "enhanced"}
PLACEHOLDERS: Final = {
    "address": "ip",
    "client": "ip",
    "domain": "rcpt_domain",
    "ehlo": "helo",
    "from": "sender",
    "hostname": "host",
    "id": "token",
    "recipient": "rcpt",
    "server": "host",
    "to": "rcpt",
}
COUNTED_BY: Final = {
    "content": "fingerprint",
    "from": "sender",
    "global": "rule",
    "ip": "client",
    "mail": "fingerprint",
    "message": "fingerprint",
    "message-id": "fingerprint",
    "rcpt": "recipient",
    "session": "connection",
    "to": "recipient",
}
UNITS: Final = {"mail": "transaction", "message": "transaction", "session": "connection"}
ENDINGS: Final = {
    "close": "fin",
    "drop": "rst",
    "no": "false, without quotation marks",
    "none": "false, without quotation marks",
    "reset": "rst",
}
TIMES_OF_ENDING: Final = {"during": "mid-reply", "mid": "mid-reply", "middle": "mid-reply"}
AFTER_SEQUENCE: Final = {"error": "fail", "loop": "cycle", "ok": "pass", "repeat": "cycle"}
STEPS: Final = {"accept": "pass", "next": "pass", "ok": "pass", "succeed": "pass"}
