"""Facts to findings: one module an area, one registry of codes. Pure: no I/O, no clock."""
