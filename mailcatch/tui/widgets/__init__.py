"""The pieces of the screen. They paint spans, and never read markup."""
