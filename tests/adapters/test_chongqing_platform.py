"""The stand-in's command refuses what it cannot serve, and makes a secret that its owner alone can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.chongqing.platform import main, secret


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """It is not mended."""
    path = tmp_path / "secret"
    path.write_text("5" * 64)
    path.chmod(0o644)
    with pytest.raises(ValueError, match="mode 600"):
        secret(path)


def test_too_few_persons_end_the_command_with_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything listens."""
    with pytest.raises(SystemExit) as ended:
        main(["--port", "0", "--seed", "1", "--persons", "0", "--secret-file", str(tmp_path / "secret")])
    assert 2 == ended.value.code
    assert "error:" in capsys.readouterr().err


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """A second reading gives the same 64 hexadecimal digits."""
    made = secret(tmp_path / "secret")
    assert made == secret(tmp_path / "secret")
    assert (64, 0o600) == (len(bytes.fromhex(made.decode()).hex()), (tmp_path / "secret").stat().st_mode & 0o777)
