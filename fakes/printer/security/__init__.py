"""Security: how IPP in the clear and in TLS live together, who is let in, and by which certificates.

``admission`` is what follows from the policy; ``accounts`` knows users, ``identity`` has the certificates.
"""
