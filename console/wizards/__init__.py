"""Guided repairs on the screen: wizards and runs. Beside console.terminal the only package that knows the Runner."""
