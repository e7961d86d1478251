"""The personal model: what it is trained on, how it is asked, and whether it has learnt anything (CDCDA-PLM)."""
