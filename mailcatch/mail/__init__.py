"""Understanding one message: bytes in, values out."""
