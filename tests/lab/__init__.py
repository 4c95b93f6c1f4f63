"""The lab: the reference environment's twelve hosts on one machine, in namespaces, with real servers."""
