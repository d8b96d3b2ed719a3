from safeconduct.safeguards import stopping
from safeconduct.terms.findings import Action, Finding


def test_whatever_a_plan_says_these_end_a_stream_and_say_how_to_go_on() -> None:
    for verdict in (stopping.unfinished("secrets", "$.a"), stopping.revealed("secrets", "t1")):
        assert verdict.action is Action.CUT
        assert verdict.codes == ("safeguard_secrets",)
        assert verdict.reason is not None
        assert verdict.reason.code == "safeguard_secrets"
        assert verdict.findings[0].path in verdict.reason.say
        assert verdict.reason.mend
        assert stopping.Stopped(verdict).verdict is verdict


def test_what_cannot_be_taken_out_is_told_by_the_detector_that_saw_it_last() -> None:
    seen = [Finding("markings", "cui", "$.a"), Finding("secrets", "token", "$.b")]
    assert stopping.unplaced(seen).code == "safeguard_secrets"
    assert stopping.unplaced([]).code == "safeguard_unplaced"
    assert stopping.unplaced([]).mend
