"""How long an import takes and how much memory, beside reading the file alone."""
