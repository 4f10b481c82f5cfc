"""`python -m gateway.cli` is the command `chuanyu`."""

from gateway.cli.main import run

if __name__ == "__main__":
    run()
