"""The command `intrathecal` as a person uses it: in a pipe, on a terminal, with bad files."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jsonschema
import pytest
import structlog

from hooks.__main__ import main
from hooks.commands.listening import Beside
from hooks.ehr import Ehr
from hooks.evaluation import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rules import Rulebook

ROOT = Path(__file__).parents[2]
PATIENTS = ROOT / "fhir_fixtures" / "patients"
NOW = "2026-11-22T12:00:00Z"
CHART = PATIENTS / "v01.json"
VERDICT = "DOES_NOT_MEET"


class Said:
    """What a command said, and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        """Keep it."""
        self.status, self.out, self.err = status, out, err

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """The output as JSON."""
        return json.loads(self.out)


@pytest.fixture
def log() -> Iterator[None]:
    """Leave the log of this process as it was: a command sets up its own."""
    before = structlog.get_config() if structlog.is_configured() else None
    yield
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rulebook: Rulebook,
    log: None,
) -> Callable[..., Said]:
    """Run the command in this process, with the rulebook that is already loaded."""
    del log
    monkeypatch.setattr("hooks.app.load_rulebook", lambda _: rulebook)

    def command(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["intrathecal", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, out, err)

    return command


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """Write a draft order for a trial."""
    order = {
        "resourceType": "ServiceRequest",
        "id": "t1",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": "urn:intrathecal-cds:codes", "code": "it-trial"}]},
        "subject": {"reference": "Patient/v01"},
    }
    path = tmp_path / "order.json"
    path.write_text(json.dumps(order))
    return path


# --- explain


def test_explain_prints_the_evaluation_object(run: Callable[..., Said]) -> None:
    """`explain --json` is the published evaluation object, valid against its schema."""
    said = run("explain", "--patient", CHART, "--now", NOW, "--json")

    assert said.status == 0
    jsonschema.validate(said.json, json.loads(schema()))
    assert said.json["verdict"] == VERDICT
    assert said.json["evaluatedAt"].startswith("2026-11-22T12:00:00")
    assert [one["id"] for one in said.json["criteria"]] == [
        "C1",
        "C2",
        "C3",
        "C4",
        "C5",
        "X1",
        "X2",
        "X3",
    ]


def test_explain_is_reproducible(run: Callable[..., Said]) -> None:
    """With a frozen clock the same question has the same answer, byte for byte."""
    question = ("explain", "--patient", CHART, "--now", NOW, "--json")

    assert run(*question).out == run(*question).out


def test_explain_shows_a_checklist(run: Callable[..., Said]) -> None:
    """For people each criterion has a sign and a word, and an unknown says what would settle it."""
    said = run("explain", "--patient", CHART, "--now", NOW)

    assert "DOES NOT MEET THE CRITERIA" in said.out
    assert "✓ met           C1" in said.out
    assert "✗ not met       C3" in said.out
    assert "? unknown       C4" in said.out
    assert "– none recorded X1" in said.out
    assert "→ " in said.out
    assert "== ! WARNING · ELG-01" in said.out


def test_output_in_a_pipe_is_plain(run: Callable[..., Said]) -> None:
    """No colour, no frames, no escapes of markdown where nobody renders them."""
    said = run("explain", "--patient", CHART, "--now", NOW)

    assert "\x1b" not in said.out
    assert not {"╭", "│", "╰"} & set(said.out)
    assert "**" not in said.out
    assert "\\[" not in said.out


def test_brief_leaves_details_out(run: Callable[..., Said]) -> None:
    """`--brief` keeps every card's summary, and no detail."""
    full = run("explain", "--patient", CHART, "--now", NOW)
    brief = run("explain", "--patient", CHART, "--now", NOW, "--brief")

    assert brief.out.count("\n== ") == full.out.count("\n== ")
    assert "Thresholds" in full.out
    assert "Thresholds" not in brief.out


def test_an_assumed_order_is_said(run: Callable[..., Said]) -> None:
    """Without an order the question is about a permanent pump, and standard error says so."""
    said = run("explain", "--patient", CHART, "--now", NOW, "--json")

    assert said.json["phase"] == "implant"
    assert "an order for a permanent intrathecal pump is assumed" in said.err


def test_the_order_decides_the_phase(run: Callable[..., Said], draft: Path) -> None:
    """A draft order is what the question is about."""
    said = run("explain", "--patient", CHART, "--order", draft, "--now", NOW, "--json")

    assert said.json["phase"] == "trial"
    assert "assumed" not in said.err


def test_a_bundle_of_orders_is_read(run: Callable[..., Said], draft: Path, tmp_path: Path) -> None:
    """Several drafts come in one Bundle."""
    path = tmp_path / "orders.json"
    entry = [{"resource": json.loads(draft.read_text())}]
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entry}))
    said = run("explain", "--patient", CHART, "--order", path, "--now", NOW, "--json")

    assert said.json["phase"] == "trial"


def test_a_context_is_read(run: Callable[..., Said], draft: Path, tmp_path: Path) -> None:
    """The context of a hook may bring the drafts itself."""
    path = tmp_path / "context.json"
    entry = [{"resource": json.loads(draft.read_text())}]
    orders = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    path.write_text(json.dumps({"patientId": "v01", "draftOrders": orders}))
    said = run("explain", "--patient", CHART, "--context", path, "--now", NOW, "--json")

    assert said.json["phase"] == "trial"


def test_a_missing_key_is_missing(run: Callable[..., Said]) -> None:
    """`--missing` makes a key one that could not be had: its facts are unknown, and it says so."""
    words = ("explain", "--patient", CHART, "--now", NOW, "--json")
    said = run(*words, "--missing", "conditions", "--missing", "observations").json
    states = {one["key"]: one["state"] for one in said["data"]}
    values = {one["id"]: one["value"] for one in said["criteria"]}

    assert states["conditions"] == states["observations"] == "missing"
    assert states["procedures"] != "missing"
    assert values["X1"] == values["X2"] == "unknown"


def test_a_type_that_is_absent_is_empty(run: Callable[..., Said]) -> None:
    """The chart is the whole record: what is not in it is complete and empty."""
    said = run("explain", "--patient", CHART, "--now", NOW, "--json").json

    assert {one["state"] for one in said["data"]} == {"complete", "empty"}


@pytest.mark.parametrize(
    "hook",
    ["patient-view", "order-select", "order-dispatch", "appointment-book", "encounter-discharge"],
)
def test_every_hook_can_be_explained(run: Callable[..., Said], hook: str) -> None:
    """A hook whose context was not given is asked with nothing dispatched or booked."""
    said = run("explain", "--patient", CHART, "--hook", hook, "--now", NOW, "--json")

    assert said.status == 0
    jsonschema.validate(said.json, json.loads(schema()))


@pytest.fixture
def dispatch(tmp_path: Path) -> Path:
    """Write the context of a dispatch of a stored order, in the shape of version 1.0."""
    path = tmp_path / "context.json"
    path.write_text(
        json.dumps({"order": "ServiceRequest/request-1", "performer": "Organization/1"})
    )
    return path


def test_a_dispatch_is_explained_from_its_context(run: Callable[..., Said], dispatch: Path) -> None:
    """`--context` names the dispatched orders; they are looked up in the chart."""
    words = ("--hook", "order-dispatch", "--context", dispatch, "--now", NOW, "--json")
    found = run("explain", "--patient", PATIENTS / "dispatch-pneumonia.json", *words).json
    lost = run("explain", "--patient", CHART, *words).json
    results = {one["id"]: one for one in found["rules"]}

    assert (found["phase"], results["CTR-01"]["result"]) == ("implant", "fired")
    assert {one["id"]: one["result"] for one in lost["rules"]}["CTR-01"] == "not-checked"


@pytest.mark.parametrize(
    ("hook", "context", "words", "status"),
    [
        ("order-dispatch", {"performer": "x"}, "`dispatchedOrders` is missing", 2),
        ("order-dispatch", {"order": 5}, "`order` must hold references", 2),
        ("appointment-book", {"appointments": 5}, "`appointments` must be a Bundle", 2),
        ("encounter-discharge", {"encounterId": ""}, "`encounterId` is missing", 2),
        ("patient-view", {"patientId": "somebody"}, "the chart about `v01`", 2),
        (
            "appointment-book",
            {"appointments": {"entry": [{"resource": {
                "resourceType": "Appointment", "subject": {"reference": "Patient/p2"}}}]}},
            "an appointment is for another patient", 1,
        ),
    ],
)  # fmt: skip
def test_a_context_is_held_to_what_the_service_wants(  # noqa: PLR0913, PLR0917 - a row of the table
    run: Callable[..., Said], tmp_path: Path, hook: str, context: object, words: str, status: int
) -> None:
    """`explain` refuses what the service would refuse, in its words."""
    path = tmp_path / "context.json"
    path.write_text(json.dumps(context))
    said = run("explain", "--patient", CHART, "--hook", hook, "--context", path)

    assert (said.status, said.out) == (status, "")
    assert words in said.err


def test_every_policy_side_by_side(run: Callable[..., Said], rulebook: Rulebook) -> None:
    """`--policy all` shows verdict and criteria under each policy, and marks what differs."""
    said = run("explain", "--patient", PATIENTS / "v10.json", "--now", NOW, "--policy", "all")
    lines = said.out.splitlines()
    (verdicts,) = [line for line in lines if line.strip().startswith("verdict")]
    (relief,) = [line for line in lines if line.strip().startswith("C5")]

    assert said.status == 0
    assert all(f"{one.id} {one.version}" in said.out for one in rulebook.policies.values())
    assert (verdicts.count("DOES_NOT_MEET"), verdicts.count("≠ MEETS")) == (3, 2)
    assert (relief.count("✗ not met"), relief.count("≠ ✓ met")) == (3, 2)
    assert not [line for line in lines if "≠" in line and line.strip().startswith("C1")]
    assert any(line.strip().startswith("TRL-02") and "≠ clear" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_what_no_policy_changes_is_not_marked(run: Callable[..., Said]) -> None:
    """Where all agree there is nothing to mark, and that is said."""
    said = run(
        "explain", "--patient", CHART, "--hook", "encounter-discharge", "--now", NOW,
        "--policy", "all",
    )  # fmt: skip

    assert "≠" not in said.out.replace("≠ differs", "")
    assert "Rules that answer differently\n  none" in said.out


def test_every_policy_as_data(run: Callable[..., Said], rulebook: Rulebook) -> None:
    """`--policy all --json` is a list of evaluation objects, each as its own policy gives it."""
    words = ("explain", "--patient", PATIENTS / "v10.json", "--now", NOW, "--json")
    every = run(*words, "--policy", "all").json

    assert [one["policy"]["id"] for one in every] == [
        "default", *sorted(rulebook.policies.keys() - {"default"}),
    ]  # fmt: skip
    for one in every:
        jsonschema.validate(one, json.loads(schema()))
        assert one == run(*words, "--policy", one["policy"]["id"]).json


def test_the_policy_is_chosen(run: Callable[..., Said]) -> None:
    """`--policy` names whose thresholds apply."""
    words = ("explain", "--patient", CHART, "--now", NOW, "--json")

    assert run(*words, "--policy", "cms-280.14").json["policy"]["id"] == "cms-280.14"


@pytest.mark.parametrize("patient", sorted(PATIENTS.glob("v*.json")), ids=lambda path: path.stem)
def test_explain_and_the_service_agree(run: Callable[..., Said], patient: Path) -> None:
    """The evaluation with no server is the one that the service sends, but for its id."""
    here = run("explain", "--patient", patient, "--now", NOW, "--json").json
    fired = run("fire", "intrathecal-order-sign", "--patient", patient, "--now", NOW, "--json").json
    there = fired["extension"]["org.intrathecal-cds.evaluation"]

    assert here | {"id": ""} == there | {"id": ""}


# --- mistakes of the person


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.json", None, "does not exist"),
        ("bad.json", b"{", "is not JSON: line 1, column 2"),
        ("nan.json", b'{"a": NaN}', "`nan` is not a json number"),
        ("latin.json", b'{"a": "\xe9"}', "is not UTF-8"),
        ("list.json", b"[]", "is not a FHIR resource"),
        ("condition.json", b'{"resourceType": "Condition"}', "expected a FHIR Bundle"),
        ("nobody.json", b'{"resourceType": "Bundle"}', "expected one Patient"),
        ("deep.json", b"[" * 100_000, "is not JSON"),
    ],
)
def test_a_bad_chart_is_one_line(
    run: Callable[..., Said], tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    """A file that is no chart ends the command with one line and status 2, no traceback."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    said = run("explain", "--patient", path)

    assert said.status == 2
    assert said.out == ""
    assert words in said.err
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("intrathecal: `")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("--missing", "labs"), "unknown prefetch key `labs`; known are `patient`, `conditions`"),
        (("--hook", "order-singing"), "unknown hook `order-singing`; known are `patient-view`"),
        (("--policy", "nobody"), "unknown policy `nobody`; choose from `"),
        (("--now", "yesterday"), "setting `now`"),
    ],
)
def test_a_wrong_option_is_told_the_choices(
    run: Callable[..., Said], words: tuple[str, str], answer: str
) -> None:
    """A wrong word is named, with the valid ones."""
    said = run("explain", "--patient", CHART, *words)

    assert said.status == 2
    assert answer in said.err


def test_data_of_another_patient_is_refused(run: Callable[..., Said], tmp_path: Path) -> None:
    """An order for somebody else ends the command; nothing is evaluated."""
    order = {
        "resourceType": "ServiceRequest",
        "id": "x",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/somebody-else"},
    }
    path = tmp_path / "order.json"
    path.write_text(json.dumps(order))
    said = run("explain", "--patient", CHART, "--order", path)

    assert said.status == 1
    assert "another patient" in said.err
    assert said.out == ""


def test_what_a_chart_holds_does_not_command_the_terminal(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    """Control characters in a record are not passed on to the terminal."""
    chart = json.loads(CHART.read_text())
    for entry in chart["entry"]:
        for coding in entry["resource"].get("code", {}).get("coding", []):
            coding["display"] = "\x1b]0;owned\x07\x1b[2J" + coding.get("display", "")
    path = tmp_path / "chart.json"
    path.write_text(json.dumps(chart))
    said = run("explain", "--patient", path, "--now", NOW)

    assert said.status == 0
    assert not {"\x1b", "\x07"} & set(said.out + said.err)


# --- fire


@pytest.fixture(scope="module")
def service(rulebook: Rulebook) -> Iterator[Beside]:
    """Run the service on a free port."""
    from hooks.app import create_app
    from hooks.settings import load_settings

    with Beside(create_app(load_settings(now=NOW), rulebook)) as running:
        yield running


def test_fire_shows_the_cards_of_a_service(run: Callable[..., Said], service: Beside) -> None:
    """`fire` asks discovery, fills the prefetch, posts and shows what came back."""
    said = run("fire", "intrathecal-order-sign", "--patient", CHART, "--url", service.url)

    assert said.status == 0
    assert "DOES NOT MEET THE CRITERIA" in said.out
    assert "TRL-01" in said.out
    assert "every prefetch key was had" in said.out


def test_fire_prints_the_response(run: Callable[..., Said], service: Beside) -> None:
    """`fire --json` prints the response of the service."""
    words = ("fire", "intrathecal-order-sign", "--patient", CHART, "--url", service.url)
    said = run(*words, "--json").json

    assert {card["source"]["topic"]["code"] for card in said["cards"]} >= {"ELG-01", "TRL-01"}
    assert said["extension"]["org.intrathecal-cds.evaluation"]["verdict"] == VERDICT


@pytest.mark.parametrize(
    "name",
    ["patient-view", "order-select", "order-sign", "appointment-book", "encounter-discharge"],
)
def test_fire_knows_every_service(run: Callable[..., Said], service: Beside, name: str) -> None:
    """Every service that we offer can be fired with a chart alone."""
    words = ("fire", f"intrathecal-{name}", "--patient", CHART, "--url", service.url)

    assert run(*words).status == 0


def test_a_dispatch_is_fired_from_its_context(
    run: Callable[..., Said], service: Beside, dispatch: Path, tmp_path: Path
) -> None:
    """A dispatch needs its orders: from `--context`, or named by `--order`."""
    patient = PATIENTS / "dispatch-pneumonia.json"
    order = tmp_path / "order.json"
    order.write_text('{"resourceType": "ServiceRequest", "id": "request-1"}')
    words = ("fire", "intrathecal-order-dispatch", "--patient", patient, "--url", service.url)

    assert "CRITICAL · CTR-01" in run(*words, "--context", dispatch).out
    assert "CRITICAL · CTR-01" in run(*words, "--order", order).out
    assert "`dispatchedOrders` is missing" in run(*words).err


def test_fire_starts_a_service_and_says_so(
    run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing answers, the service is started for this call, and that is said."""
    monkeypatch.setattr("hooks.commands.fire.HERE", "http://127.0.0.1:9")
    said = run("fire", "intrathecal-order-sign", "--patient", CHART)

    assert said.status == 0
    assert "nothing answers on http://127.0.0.1:9: a service is started" in said.err
    assert "Cards: " in said.out


def test_fire_is_reproducible(run: Callable[..., Said]) -> None:
    """With a frozen clock the whole response is the same, card ids included."""
    words = ("fire", "intrathecal-order-sign", "--patient", CHART, "--now", NOW, "--json")

    assert run(*words).out == run(*words).out


def test_an_unknown_service_is_told_the_choices(run: Callable[..., Said], service: Beside) -> None:
    """A service that does not exist is named, with those that do."""
    said = run("fire", "intrathecal-order-sing", "--patient", CHART, "--url", service.url)

    assert said.status == 2
    assert "unknown service `intrathecal-order-sing`" in said.err
    assert "`intrathecal-order-sign`" in said.err


def test_a_named_service_must_answer(run: Callable[..., Said]) -> None:
    """An address that was named is not replaced by another."""
    said = run("fire", "x", "--patient", CHART, "--url", "http://127.0.0.1:9")

    assert said.status == 1
    assert "no answer from `http://127.0.0.1:9/cds-services`" in said.err


def test_clock_and_policy_belong_to_our_own_service(run: Callable[..., Said]) -> None:
    """Settings of another process cannot be chosen here."""
    said = run("fire", "x", "--patient", CHART, "--url", "http://127.0.0.1:9", "--now", NOW)

    assert said.status == 2
    assert "leave out --url" in said.err


def test_a_refusal_is_shown(run: Callable[..., Said], service: Beside, tmp_path: Path) -> None:
    """An error of the service is its status and the words of its OperationOutcome."""
    path = tmp_path / "context.json"
    path.write_text('{"patientId": ""}')
    words = ("fire", "intrathecal-order-sign", "--patient", CHART, "--url", service.url)
    said = run(*words, "--context", path)

    assert said.status == 1
    assert "status 400: `patientId` is missing" in said.err


@pytest.fixture
def fhir_server() -> Iterator[str]:
    """Serve the chart as a FHIR server does, two resources a page."""
    ehr = Ehr(json.loads(CHART.read_text()))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query, _, start = unquote(self.path.removeprefix("/fhir/")).partition("&_from=")
            said = ehr.get(query)
            if said and said["resourceType"] == "Bundle":
                first = int(start or 0)
                if len(said["entry"]) > first + 2:
                    url = f"{query}&_from={first + 2}"
                    said["link"] = [{"relation": "next", "url": url}]
                said["entry"] = said["entry"][first : first + 2]
            body = json.dumps(said).encode()
            self.send_response(200 if said else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/fhir"
    server.shutdown()
    server.server_close()
    thread.join()


def test_fire_fills_the_prefetch_from_a_fhir_server(
    run: Callable[..., Said], service: Beside, fhir_server: str
) -> None:
    """With --fhir-server a patient id is enough, all pages are read, and the answer is the same."""
    words = ("fire", "intrathecal-order-sign", "--url", service.url, "--json")
    there = run(*words, "--patient", "v01", "--fhir-server", fhir_server).json
    here = run(*words, "--patient", CHART).json

    member = "org.intrathecal-cds.evaluation"
    assert there["extension"][member]["criteria"] == here["extension"][member]["criteria"]
    assert there["extension"][member]["data"] == here["extension"][member]["data"]


# --- check, rules, words


def test_check_accepts_what_is_shipped(run: Callable[..., Said]) -> None:
    """The knowledge files and fixtures of this repository hold no mistake."""
    said = run("check")

    assert said.out.splitlines()[-1] == "0 mistakes", said.out
    assert said.status == 0


def test_check_counts_in_json(run: Callable[..., Said]) -> None:
    """`check --json` is data."""
    assert run("check", "--json").json["mistakes"] == []


def test_check_names_every_mistake(run: Callable[..., Said], tmp_path: Path) -> None:
    """Unpaired fixtures, unknown rules and rules without a case are all named at once."""
    for name in ("requests/order-sign/a.json", "expected/order-sign/b.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text('{"fired": ["ELG-01"], "silent": ["NOT-99"]}')
    said = run("check", "--fixtures", tmp_path)

    assert said.status == 1
    assert "requests/order-sign/a.json: has no expected answer" in said.out
    assert "expected/order-sign/b.json: has no request" in said.out
    assert "expected/order-sign/b.json: unknown rule `NOT-99`" in said.out
    assert "rule ELG-01: no fixture in which it is silent" in said.out
    assert "rule TRL-01: no fixture in which it fires" in said.out


def test_check_reports_bad_knowledge(tmp_path: Path) -> None:
    """A bad rule of the site stops the check with file and line, and exit status 1."""
    (tmp_path / "clinical" / "ELG").mkdir(parents=True)
    (tmp_path / "clinical" / "ELG" / "ELG-01.yaml").write_text("title: no rule\nwhem: true\n")
    done = subprocess.run(
        [sys.executable, "-m", "hooks", "check"],
        env={**os.environ, "INTRATHECAL_KNOWLEDGE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 1
    assert "ELG-01.yaml:2: unknown key `whem`" in done.stdout
    assert "Traceback" not in done.stderr


def test_rules_lists_the_catalogue(run: Callable[..., Said], rulebook: Rulebook) -> None:
    """Every rule is listed with version, confidence and title."""
    listed = run("rules")
    data = run("rules", "--json").json

    assert [one["id"] for one in data] == list(rulebook.rules)
    assert all(one["id"] in listed.out and one["title"] in listed.out for one in data)
    assert all(one["source"] and one["hooks"] and one["version"] for one in data)
    assert all(one["source"] in listed.out for one in data)
    assert all(name in listed.out for one in data for name in one["parameters"])


def test_one_rule_is_shown_in_full(run: Callable[..., Said]) -> None:
    """`rules TRL-01` shows statement, hooks, source and review."""
    said = run("rules", "trl-01")

    assert "TRL-01" in said.out
    assert "order-sign" in said.out
    assert "reviewed" in said.out


def test_source_attributes_are_shown(run: Callable[..., Said], rulebook: Rulebook) -> None:
    """ONC HTI-1: all thirteen for each rule, to people and as data."""
    shown = run("rules", "SPC-03").out
    data = {one["id"]: one["source_attributes"] for one in run("rules", "--json").json}

    assert data.keys() == rulebook.rules.keys()
    assert {len(one) for one in data.values()} == {13}
    assert data["SPC-03"]["use_of_sex"] == {"used": True, "read_from": ["patient.gender"]}
    assert data["SPC-03"]["use_of_race"] == {"used": False, "read_from": []}
    assert "use of sex" in shown
    assert "used: patient.gender" in shown
    assert "none; open project" in shown
    assert shown.count("not used") + shown.count("used: ") == 9


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a site that switched two rules."""
    (tmp_path / "switches.yaml").write_text(
        "off:\n  - {rule: CTR-01, reason: asked elsewhere, date: 2026-11-22}\n"
        "silent:\n  - {rule: ELG-08, reason: on trial, date: 2026-11-01}\n"
    )
    return {**os.environ, "INTRATHECAL_KNOWLEDGE_DIR": str(tmp_path)}


@pytest.mark.parametrize("command", ["check", "rules"])
def test_switches_are_said(site: dict[str, str], command: str) -> None:
    """A safety rule that is off is allowed, and said wherever the rulebook is looked at."""
    done = subprocess.run(
        [sys.executable, "-m", "hooks", command], env=site, capture_output=True, text=True,
        check=False, cwd=ROOT,
    )  # fmt: skip

    assert "SAFETY RULE CTR-01 is switched off since 2026-11-22: asked elsewhere" in done.stdout
    assert "rule ELG-08 is silent since 2026-11-01: on trial" in done.stdout


def test_a_switched_rule_shows_its_switch(site: dict[str, str]) -> None:
    """`rules RULE --json` has the switch, and null where there is none."""
    done = subprocess.run(
        [sys.executable, "-m", "hooks", "rules", "--json"], env=site, capture_output=True,
        text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    switches = {one["id"]: one["switch"] for one in json.loads(done.stdout)}

    assert switches["CTR-01"] == {
        "mode": "off", "reason": "asked elsewhere", "since": "2026-11-22",
    }  # fmt: skip
    assert switches["CTR-02"] is None


def test_sign_off_is_one_page(run: Callable[..., Said]) -> None:
    """`--sign-off` is of everything; with a rule or as data it makes no sense."""
    assert run("rules", "--sign-off").out.startswith("# What awaits clinical sign-off\n")
    assert run("rules", "CTR-01", "--sign-off").status == 2
    assert run("rules", "--json", "--sign-off").status == 2


def test_words_lists_the_vocabulary(run: Callable[..., Said], rulebook: Rulebook) -> None:
    """Every name and word is listed with its meaning."""
    data = run("words", "--json").json

    assert len(data) == len(rulebook.vocabulary.listing())
    assert {one["kind"] for one in data} == {"name", "word"}
    assert "records|exists" in run("words").out


def test_one_word_is_shown_in_full(run: Callable[..., Said]) -> None:
    """`words exists` shows what it is in CQL."""
    said = run("words", "exists")

    assert "CQL: " in said.out
    assert said.out.count("→") == 1


@pytest.mark.parametrize(
    ("words", "answer"),
    [(("rules", "XXX-99"), "unknown rule `XXX-99`"), (("words", "nope"), "unknown word `nope`")],
)
def test_what_is_not_there_is_said(
    run: Callable[..., Said], words: tuple[str, ...], answer: str
) -> None:
    """A rule or word that does not exist ends with status 2."""
    said = run(*words)

    assert said.status == 2
    assert answer in said.err


# --- the terminal itself


def test_a_terminal_gets_colour_and_frames() -> None:
    """On a terminal cards are framed and coloured; their words and signs are the same."""
    from hooks.commands.card_view import show_cards
    from hooks.commands.terminal import Terminal

    card = {
        "indicator": "critical",
        "summary": "Stop and think",
        "detail": "**Why**\n\n- because \\[D\\]",
        "source": {"label": "Source", "topic": {"code": "ELG-01", "display": "Rule"}},
    }
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        show_cards(Terminal(stream), [card])
    said = os.read(ours, 65536).decode()
    os.close(ours)

    assert "\x1b[" in said
    assert "╭" in said
    assert "‼ CRITICAL · ELG-01" in said
    assert "because [D]" in said


def test_an_ascii_terminal_gets_ascii() -> None:
    """Where the signs cannot be written, letters take their place."""
    from hooks.commands.terminal import Terminal

    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        Terminal(stream).line("✓ met – none · ✗")
        stream.flush()
        said = raw.getvalue()

    assert said == b"+ met - none | x\n"
