"""The node with the rooms in force, its accounts and acts, the gRPC server, the HTTPS pages, the acknowledgements."""
