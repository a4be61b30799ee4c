"""What the screen shows, without knowing how: nothing here imports Textual."""
