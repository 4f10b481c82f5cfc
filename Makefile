# Each target does all of its own set-up. See README.md.
.PHONY: install demo test check bench torture generate lock clean
install: ; @scripts/install dev
demo: install ; @.venv/bin/chuanyu demo
test: install ; @scripts/test
check: install ; @scripts/check
bench: ; @scripts/install bench && scripts/bench
torture: install ; @scripts/torture
generate: ; @scripts/generate
lock: ; @scripts/lock
clean: ; rm -rf .venv .venv-generate .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/out
