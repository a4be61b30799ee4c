"""The mailbox directory: plain files that server, screen, command line and CI artifacts share."""
