"""Everything that a printer meets, and a printer.  The only folder with sockets and clocks.

``recipient`` takes its mails, ``stage`` plays scenarios at it, ``printer`` is one itself; ``defects`` are the liars and
``conforming_variants`` the printers that choose otherwise.  ``http`` serves client and printer alike.
"""
