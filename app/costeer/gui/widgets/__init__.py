"""What the window shows. Widgets know how something looks and what was clicked; they know no service."""
