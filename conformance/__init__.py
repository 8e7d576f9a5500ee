"""What is asked, what was said, what follows from it.  No socket, no clock, no thread.

``requirements`` is what the texts ask, ``scenarios`` what is done to a printer, ``record`` what was seen of it,
``cases`` what is judged; ``wire`` reads the octets, ``verdict`` adds up.
"""
