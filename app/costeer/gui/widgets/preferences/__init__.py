"""What answers are to be like: the sliders, the answers that the user chose, and the training behind both."""
