"""Certificates for a server on this machine: its own authority, good ones and broken ones.

It imports nothing of ours, and is loaded only where TLS is asked for.
"""
