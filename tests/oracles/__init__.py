"""Programs of others that read our calendar objects and mails, and share no code with what writes them."""
