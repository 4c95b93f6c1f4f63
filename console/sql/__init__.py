"""SQL texts by server version for the probe, and the client's eye on the network."""
