"""``python -m safeconduct``: the command line."""

from safeconduct.cli.main import run

if __name__ == "__main__":
    run()
