"""The clerk: a program that reads written rules literally, and learns one edit at a time."""
