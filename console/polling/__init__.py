"""The Poller: the one place that reads hosts, on a schedule or once, and makes Snapshots of what they say."""
