"""The gRPC services, one file each: they turn messages into arrivals and outcomes into messages, and decide nothing."""
