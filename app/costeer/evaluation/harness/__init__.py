"""What every evaluation has in common: rows in, methods side by side, each metric with its interval, one report.

`task` is what an evaluation has to be, `store` keeps what has been computed so that a killed run goes on,
`observations` and `intervals` make tables of single values, `run` drives it, `page` and `drawing` show it.
"""
