"""What is done when a key is pressed. Whatever takes time is done off the loop."""
