"""The steps, a module each.  One that was published is never changed."""
