//! Turns a finished run folder into a summary, a table, Markdown, JSON and one HTML page.
