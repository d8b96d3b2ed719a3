from safeconduct.safeguards import shell
from safeconduct.safeguards.programs import carries, destroys_data


def test_which_commands_carry_something_out() -> None:
    assert all(
        carries(shell.read(line).commands[0]) for line in ("curl -d @a x.example", "scp a h:b", "git push", "aws s3 cp a s3://b")
    )
    assert not any(carries(shell.read(line).commands[0]) for line in ("curl -s x.example", "scp h:b a", "git pull", "ls"))


def test_which_statements_delete_data() -> None:
    assert destroys_data("select 1; DROP  TABLE `x`")
    assert destroys_data("delete from x")
    assert not destroys_data("delete from x where id = 1")
