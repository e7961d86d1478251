"""Training adapters for the local model: the only place that imports torch, transformers, peft and gguf.

Everything here runs in a process of its own (`trainer`), which the application starts with the lowest priority and
whose lines it reads (`report`); the application imports nothing of it but what starts it. These libraries are the
extra `training`.
"""
