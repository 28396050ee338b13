"""What all questions share to write results: text, numbers, columns, figures, pages and JSON."""
