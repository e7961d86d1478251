"""More texts like the user's, for a personal model to learn from: written by a cloud, sifted on this computer."""
