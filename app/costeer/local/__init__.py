"""The small model on this computer.

llama.cpp runs in a child process, so that a native crash, an out-of-memory kill or a hung decode costs the
answer its steering and never the window. `process` is the parent's side, `worker` and `runtime` the child's;
only `runtime` and the modules below it (`branch`, `fast_copy`, `gguf_tensors`) import llama_cpp, and only the
child imports them. Chat templates are rendered in another child process: `template_process` is the parent's side,
`template_worker` and `template_sandbox` the child's; only the last one imports jinja2.
"""
