"""The settings: a dialog with a page for each area, made of rows that say what they do."""
