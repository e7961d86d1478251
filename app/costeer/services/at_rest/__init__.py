"""How what is stored is protected while nobody uses it: encryption, backups, and deleting everything."""
