"""`costeer evaluate --task preference`: whether steering by preferences does what it says, beside other ways."""
