"""How well and how fast we screen, beside what others do."""
