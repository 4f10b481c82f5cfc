"""The framed stream between gateways: exchanges in signed frames, gathered, bounded, cancelled, asked again."""
