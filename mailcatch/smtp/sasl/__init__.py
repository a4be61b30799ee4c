"""Mechanisms of AUTH: SASL (RFC 4422), octets in, challenges and an outcome out; no sockets."""
