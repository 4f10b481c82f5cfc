"""What listens and counts: the node with the rooms in force, the gRPC server, the HTTPS pages, the acknowledgements."""
