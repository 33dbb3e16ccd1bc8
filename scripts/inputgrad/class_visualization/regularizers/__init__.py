"""What keeps an image from becoming an unlikely one: penalties, and edits between steps."""
