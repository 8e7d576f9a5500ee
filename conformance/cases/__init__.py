"""What is judged: a module for each part of the texts (``test_*.py``), with a function for each case.

``case`` and ``findings`` are what a case is written with, the ``..._lookup`` modules what cases share.  To add a case,
write a function in the module of its section; it reads the evidence and nothing else.
"""
