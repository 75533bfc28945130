"""The rules: pure, on the standard library alone; time comes in as an argument.

Numbers in parentheses, like (11), are the rules of ``docs/semantics.md``.
"""
