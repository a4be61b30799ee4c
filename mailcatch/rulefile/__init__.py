"""Editing a rule file: what the commands and the screen share. Nothing here knows what a rule does.

`document` changes text, `file` reads and writes it so that no change is lost, `served` waits until
the server has taken it.
"""
