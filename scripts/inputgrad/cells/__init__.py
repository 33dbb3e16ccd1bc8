"""What is computed and stored: the plan, identities, the content-addressed store, its history."""
