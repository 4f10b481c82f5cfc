"""Generated from proto/gateway/wire/v1 by scripts/generate; never edited."""
