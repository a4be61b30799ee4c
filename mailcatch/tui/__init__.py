"""The screen: a mailbox looked at in a terminal. Only this package imports Textual."""
