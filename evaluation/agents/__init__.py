"""Agents whose tools bring them orders of strangers: does what was planted reach a tool call, and is honest work disturbed?"""
