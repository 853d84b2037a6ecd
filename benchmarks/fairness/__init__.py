"""Who is named as the first, where it is known who was."""
