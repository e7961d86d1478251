"""`costeer evaluate --task lamp`: what a personal model is worth, in LaMP's formats and with its metrics."""
