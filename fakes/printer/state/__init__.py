"""What the reference printer is and has: its jobs, its subscriptions and their leases, its clock, who may do what."""

from __future__ import annotations

from .clock import Clock
from .jobs import Job, Jobs
from .printer import Outlet, Printer
from .subscriptions import Subscription, Subscriptions

__all__ = ["Clock", "Job", "Jobs", "Outlet", "Printer", "Subscription", "Subscriptions"]
