"""The small model on this computer.

llama.cpp runs in a child process, so that a native crash, an out-of-memory kill or a hung decode costs the
answer its steering and never the window. `process` is the parent's side, `worker` and `runtime` the child's;
only `runtime` and the modules below it (`branch`, `fast_copy`, `gguf_tensors`) import llama_cpp, and only the
child imports them.
"""
