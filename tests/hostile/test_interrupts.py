"""Control-C ends a command with one line and exit code 130, however early it comes."""

from __future__ import annotations

import pytest

from embcmp import __main__


def test_control_c_before_the_command_line_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("embcmp.cli.main", interrupt)
    with pytest.raises(SystemExit) as e:
        __main__.main()
    assert e.value.code == 130
    assert capsys.readouterr().err == "embcmp: interrupted\n"
