"""Behind the commands of ``ippmailto``: from arguments to files, lines and an exit code.

Nothing is loaded here: each command starts with what it needs, and ``--help`` with nothing.
"""
