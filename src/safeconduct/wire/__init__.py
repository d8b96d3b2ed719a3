"""How does each dialect say it? Readers, minimal edits, refusals and stream facts for the three dialects we speak.

The room turns bytes into a :class:`~safeconduct.terms.call.CallView` and answers of ours into bytes. It leaves to others
what is allowed (``policy``), in which order things happen (``exchange``) and every socket (``gateway``).
Start at :func:`safeconduct.wire.dialect.of`.
"""
