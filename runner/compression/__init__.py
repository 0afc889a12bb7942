"""Token compression: units, the must-keep lexer, keep decisions, scoring; knows no loop."""
