"""Proofs of the audit log: pure code of the standard library and `cryptography`, made to be read.

Read in this order: merkle (the tree), leaf (what an event is), redaction (closed personal values), scopes
(who may see what, complete), checkpoint (what is signed), dsse and archive (the bundle's envelope and zip),
bundle (its files) and verifier (what is checked, step by step).
"""
