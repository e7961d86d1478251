"""Answers as they are shown: Markdown is read in blocks, cut into pieces, and written into a QTextDocument.

`reader` (markdown-it) and `flatten` know no Qt; `writer` puts pieces into the document; `document` keeps both in
step while an answer grows; `workshop` is what all answers of a window share. Nothing here reads a file or opens a
connection, and no HTML of an answer is interpreted. The libraries are imported with the first answer, not before.
"""
