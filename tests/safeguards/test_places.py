from safeconduct.safeguards.places import is_artifact, is_door, is_secret


def test_which_places_matter() -> None:
    assert is_artifact("build")
    assert is_artifact("apps/web/dist")
    assert not is_artifact("src")
    assert not is_artifact("../build")
    assert is_secret("~/.ssh/id_ed25519")
    assert not is_secret(".env.example")
    assert is_door("/root/.ssh/authorized_keys")
    assert not is_door("src/keys.py")
