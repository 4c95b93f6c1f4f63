"""How raw text comes from hosts: the protocol, and its SSH and simulated forms."""
