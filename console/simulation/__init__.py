"""The simulated fleet (DESIGN 9): hosts that live in memory and print what real hosts print.

`state` has the values, `server`, `agent`, `scripts` and `dynamics` let time pass, `scenarios` tell what happened
before the console looks, `printing` turns a host into the raw text of each probe section, and `transport`, `client`
and `witnesses` answer the Poller. Nothing here opens a socket, a file of a host, or a process.
"""
