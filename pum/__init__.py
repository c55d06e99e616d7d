"""Personalization User Model: assistants that learn how each person likes to be helped."""

__version__ = "0.1.0"
