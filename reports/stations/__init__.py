"""Stations: many places with printers that work off one queue, and a store that all of them write to.

The queue is procrastinate's, in the PostgreSQL where the store is.  Who gets which job, that no two play at once at one
printer, and that the job of a station that died is given to another, is its business.  Needs the extra ``stations``.
"""
