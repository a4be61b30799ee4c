"""The screens: messages, sessions, comparing two messages, and what is asked in between."""
