"""What can go wrong with certificates, in words for the person who sees it."""

from __future__ import annotations


class CertificateError(Exception):
    """A certificate that cannot be made or used. The message says why, and what to do."""
