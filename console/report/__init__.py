"""What `--check` prints: text, json, nagios, openmetrics, each a pure function of one CheckResult."""
