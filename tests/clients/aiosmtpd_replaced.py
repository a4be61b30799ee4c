"""A pytest plugin (`-p aiosmtpd_replaced`): whoever imports aiosmtpd's SMTP gets our Connection."""

import aiosmtpd.smtp

from mailcatch.smtp.connection import Connection

aiosmtpd.smtp.SMTP = Connection  # type: ignore[misc, assignment]
