"""What lies in the vault is held against what the log says, before anything is recorded or opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.reading import flag, read
from safeconduct.cli import main
from safeconduct.storage.vault.keystore import Dek
from safeconduct.terms.faults import Refused
from support.registry_cli import Home
from support.vault_home import RESTRICTED, STANDARD, VaultHome


@pytest.fixture
def home(tmp_path: Path) -> VaultHome:
    made = VaultHome(tmp_path)
    made.mira.run(main.app, "case", "open", "leak", "--organization", "acme", "--why", "a leak was reported")
    return made


def refused(home: VaultHome, call: str) -> str:
    with _desk(home.mira) as desk, pytest.raises(Refused) as no:
        read(home.vault, desk, call, "request", "leak", "why")
    assert not home.read(main.app, "vault", "reads")
    return no.value.faults[0].code


def _desk(home: Home):  # type: ignore[no-untyped-def]
    return open_desk(home.environ)


def test_content_is_read_and_its_repr_does_not_show_it(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    with _desk(home.mira) as desk:
        found = read(home.vault, desk, call, "answer", "leak", "why")
    assert found.content == b"what she was told"
    assert "what she was told" not in repr(found)


def test_p9_the_name_of_a_restricted_model_given_to_another_opens_nothing_of_before(home: VaultHome) -> None:
    call = home.call(model=RESTRICTED)
    home.mira.run(main.app, "model", "withdraw", RESTRICTED, "--why", "renamed", "--yes")
    words = ("--id", "tame-1", "--upstream", "anthropic", "--tier", "standard", "--dialect", "messages", "--family", "t")
    home.mira.run(main.app, "model", "add", *words, "--alias", RESTRICTED)
    with _desk(home.mira) as desk:
        resolved = desk.registry.resolve_model(RESTRICTED)
        assert resolved is not None
        assert resolved.tier == "standard"
        assert read(home.vault, desk, call, "answer", "leak", "why").content is None, "a second officer is asked"
    assert not home.read(main.app, "vault", "reads")


def test_p9_an_answer_that_may_be_of_a_restricted_model_takes_a_second_officer(home: VaultHome) -> None:
    call = home.call(model=STANDARD, context=("host=a.example", f"fallback={RESTRICTED}"))
    with _desk(home.mira) as desk:
        assert read(home.vault, desk, call, "answer", "leak", "why").content is None
    assert not home.read(main.app, "vault", "reads")


def test_p8_a_key_row_given_to_another_subject_or_organization_opens_nothing(home: VaultHome) -> None:
    """Whoever can write the store of keys says that the key is of somebody else, or puts another's key there."""
    mine, other = home.call(model=STANDARD, subject="sc_ann"), home.call(model=STANDARD, subject="sc_ben")
    with home.vault.open_keys() as keys:
        (ann,) = keys.deks(subject="sc_ann")
        (ben,) = keys.deks(subject="sc_ben")
        keys._connection.execute("UPDATE dek SET subject = 'sc_ben' WHERE id = ?", (ann.id,))
        assert refused(home, mine) == "content_altered"
        keys._connection.execute("UPDATE dek SET subject = 'sc_ann', wrapped = ? WHERE id = ?", (ben.wrapped, ann.id))
    with _desk(home.mira) as desk, pytest.raises(Refused) as no:
        read(home.vault, desk, mine, "request", "leak", "why")
    assert no.value.faults[0].code == "key_unopened"
    assert other


def test_p8_a_store_of_keys_that_lacks_the_key_is_no_erasure(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    with home.vault.open_keys() as keys:
        keys._connection.execute("DELETE FROM dek")
    assert refused(home, call) == "key_missing"


def test_p8_what_was_removed_without_its_key_is_told_as_removed(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    store = home.vault.store()
    (place, *_) = store.places()
    store.remove(place)
    assert refused(home, call) == "content_erased"


def test_a_flag_takes_nothing_out_of_the_class_that_a_law_asks_for(home: VaultHome) -> None:
    """In a class of our own, however long, the next erasure would take the record with it."""
    (home.paths.settings_file).write_text("[vault.class.decade]\ndays = 3660\n")
    call = home.call(kept_class="export")
    with _desk(home.mira) as desk, pytest.raises(Refused) as no:
        flag(home.vault, desk, call, "decade", "why")
    assert no.value.faults[0].code == "must_be_kept"
    with home.vault.open_keys() as keys:
        assert {each.kept_class for each in keys.deks(subject="sc_ann")} == {"export"}
    (home.paths.settings_file).write_text("[vault.class.decade]\ndays = 3660\nprotected = true\n")
    with _desk(home.mira) as desk:
        assert flag(home.vault, desk, call, "decade", "why")[1] == 2


def test_a_flag_reaches_a_store_that_another_key_wrapped(home: VaultHome) -> None:
    call = home.call(model=STANDARD)
    home.vault.new_key("acme")
    with _desk(home.mira) as desk:
        assert flag(home.vault, desk, call, "flagged", "why")[1] == 2
        assert read(home.vault, desk, call, "request", "leak", "why").content == b"what ann asked"
    with home.vault.open_keys() as keys:
        (flagged,) = keys.deks(kept_class="flagged")
        assert isinstance(flagged, Dek)
        assert flagged.wrapped[:8] == home.vault.publics().of("acme").name


def test_a_flag_that_a_crash_cut_off_is_done_by_doing_it_again(home: VaultHome, monkeypatch: pytest.MonkeyPatch) -> None:
    class Struck(BaseException):
        pass

    def strike(*_: object) -> None:
        raise Struck

    call = home.call(model=STANDARD)
    with _desk(home.mira) as desk:
        with monkeypatch.context() as patch:
            patch.setattr("safeconduct.storage.vault.keystore.KeyStore.rewrap", strike)
            with pytest.raises(Struck):
                flag(home.vault, desk, call, "flagged", "why")
        assert flag(home.vault, desk, call, "flagged", "why")[1] == 2
