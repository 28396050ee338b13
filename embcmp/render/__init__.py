"""The drawing kit that all questions share: text, numbers, columns, figures, pages, JSON."""
