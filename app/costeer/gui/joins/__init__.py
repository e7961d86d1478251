"""What joins view models and widgets to a window, one module for each area.

A join connects signals, keeps what belongs to neither side (a half-written message, a question that is open), and
adds the commands of its area. The main window only makes the parts and hands them to the joins, so a feature is a
view model, a widget and a join.
"""
