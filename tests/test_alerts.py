"""``deploy/alerts.yml``: rules that Prometheus takes, of metrics that there are."""

import re

from tests.conftest import PROJECT
from tests.prometheus import promtool

RULES = PROJECT / "deploy" / "alerts.yml"
STORIES = PROJECT / "tests" / "alerts_test.yml"


def test_prometheus_takes_the_rules() -> None:
    checked = promtool("check", "rules", "--lint-fatal", str(RULES))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_alert_comes_when_it_should_and_none_while_all_is_well() -> None:
    tested = promtool("test", "rules", str(STORIES))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_has_a_story_in_which_it_comes_and_one_in_which_it_does_not() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    stories = STORIES.read_text()
    well, _, ill = stories.partition("- name: nobody answers")
    for part in (well, ill):
        assert set(re.findall(r"alertname: (\w+)", part)) == alerts


def test_every_metric_in_the_rules_is_documented() -> None:
    page = (PROJECT / "docs" / "metrics.md").read_text()
    documented = set(re.findall(r"^\| `([a-z_]+)", page, re.MULTILINE))
    expressions = "\n".join(
        line for line in RULES.read_text().splitlines() if not line.strip().startswith("#")
    )
    named = {name.removesuffix("_bucket") for name in re.findall(r"escalator_[a-z_]+", expressions)}
    assert named <= documented
    assert len(named) > 10
