"""What happened in a run, how it is kept, and how to make it happen again."""
