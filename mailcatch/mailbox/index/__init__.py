"""The index of a mailbox: derived from its files, shared by processes, deleted at any time.

Every text in it has passed `safe_text` or `safe_lines`, but names of files, fingerprints and the
addresses of envelopes.
"""
