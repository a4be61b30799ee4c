from hypothesis import HealthCheck, settings

# How long an example takes depends on who else uses the machine; pytest-timeout ends what hangs.
settings.register_profile(
    "mailcatch", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("mailcatch")
