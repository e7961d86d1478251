"""The window: a thin shell over the services, and the only room that imports PySide6.

Model, view, view model: `view_models/` hold state and tell of changes, `widgets/` show it and know no service,
`main_window` joins them, and `jobs` is the one bridge between the window's thread and the workers.
"""
