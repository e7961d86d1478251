"""A real llama.cpp server on this computer, so that the first answer needs no account."""
