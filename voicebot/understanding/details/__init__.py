"""Details in the caller's words: numbers, names, addresses, e-mails, references; exact, or asked again."""
