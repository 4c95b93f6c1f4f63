"""The failover scripts of a scripted region (REFERENCE 4): what is installed on its two database hosts.

`files/` is the tree that both hosts get, `hosts/1` and `hosts/2` what one of them gets. No Python runs on a host.
"""
