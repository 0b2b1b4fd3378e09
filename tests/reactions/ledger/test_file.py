"""The exported file is checked without this platform, and a single thing done to it is found and named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gongzhi.reactions.ledger.checking import check_file
from gongzhi.reactions.ledger.heads import sign_grown_logs
from gongzhi.reactions.ledger.merkle import leaf_hash
from gongzhi.reactions.ledger.probes import locate, probes
from tests import factories as f
from tests.reactions.ledger.conftest import many_acts
from tests.reactions.ledger.test_growing import rotate

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def exported(app, client, morning):
    """A log of 45 entries and one more for a new key, with heads in between, as its file's lines."""
    many_acts(client, 20)
    many_acts(client, 20)
    signed(app, morning)
    many_acts(client, 5)
    signed(app, morning)
    rotate(app)
    return client().get("/ledger/file").get_data(as_text=True).splitlines(keepends=True)


def signed(app, morning):
    morning.shift(timedelta(minutes=1))
    with app.app_context():
        sign_grown_logs()


def place_of(lines, entry):
    """Where in the file an entry stands."""
    return next(place for place, line in enumerate(lines) if line.startswith(f'{{"entry":{entry},'))


def faults(lines, **more):
    return check_file(lines, **more).faults


def test_an_untouched_file_holds(exported):
    report = check_file(exported)
    assert report.faults == []
    assert "46 entries, 4 signed heads, 2 keys" in report.summary


def test_a_changed_entry_is_named(exported):
    place = place_of(exported, 17)
    exported[place] = exported[place].replace("issue", "isssue", 1)
    assert faults(exported) == ["entry 17 was changed"]


def test_a_removed_entry_is_named(exported):
    del exported[place_of(exported, 12)]
    assert faults(exported) == ["entry 12 is missing"]


def test_the_last_entry_cut_off_is_named(exported):
    del exported[place_of(exported, 45)]
    assert faults(exported) == ["entry 45 is missing"]


def test_two_exchanged_entries_are_named(exported):
    one, two = place_of(exported, 3), place_of(exported, 4)
    exported[one], exported[two] = exported[two], exported[one]
    assert faults(exported) == ["entries 3 and 4 change places"]


def test_two_exchanged_entries_with_their_numbers_mended_are_named(exported):
    one, two = place_of(exported, 3), place_of(exported, 30)
    first, second = json.loads(exported[one]), json.loads(exported[two])
    first["record"], second["record"] = second["record"], first["record"]
    exported[one], exported[two] = json.dumps(first) + "\n", json.dumps(second) + "\n"
    assert faults(exported) == ["entries 3 and 30 change places"]


def test_a_removed_entry_with_the_rest_renumbered_is_named(exported):
    del exported[place_of(exported, 12)]
    for place, line in enumerate(exported):
        row = json.loads(line)
        if row.get("entry", 0) > 12:
            row["entry"] -= 1
            exported[place] = json.dumps(row) + "\n"
    assert faults(exported)[0] == "entry 12 is missing"


def test_an_added_entry_is_named(exported):
    exported.insert(place_of(exported, 5), json.dumps({"entry": 46, "record": "{}"}) + "\n")
    assert "entry 46 was added: the log has no such entry there" in faults(exported)


def test_an_entry_changed_together_with_its_hash_is_named_and_no_head_fits(exported):
    place = place_of(exported, 17)
    row = json.loads(exported[place])
    row["record"] = row["record"].replace("issue", "isssue", 1)
    exported[place] = json.dumps(row, ensure_ascii=False) + "\n"
    block = json.loads(exported[1])
    block["hashes"][17] = leaf_hash(row["record"].encode()).hex()
    exported[1] = json.dumps(block) + "\n"
    assert faults(exported)[0] == "entry 17 was changed, and its hash with it"
    # And when the checksums are made anew as well, the first head that does not fit says where.
    block["probes"] = probes(block["hashes"])
    exported[1] = json.dumps(block) + "\n"
    assert faults(exported) == [
        "head of size 20 does not follow from the entries: it differs since the beginning, in entries 0 to 19"
    ]


def test_a_hash_changed_in_its_block_is_told_from_a_changed_entry(exported):
    block = json.loads(exported[1])
    block["hashes"][7] = "00" * 32
    exported[1] = json.dumps(block) + "\n"
    assert faults(exported) == ["the hash of entry 7 was changed; the entry was not"]


def head_rows(lines):
    return [place for place, line in enumerate(lines) if line.startswith('{"head"')]


def change_head(lines, which, **more):
    place = head_rows(lines)[which]
    row = json.loads(lines[place])
    row["head"].update(more)
    lines[place] = json.dumps(row) + "\n"


def test_a_changed_head_is_named(exported):
    change_head(exported, 1, root="00" * 32)
    found = faults(exported)
    assert found[0].startswith("head of size 40 does not follow from the entries")
    assert "signature of head of size 40 does not fit" in found


def test_a_signature_of_another_key_is_named(exported):
    other = json.loads(exported[head_rows(exported)[0]])["head"]["signature"]
    change_head(exported, 1, signature=other)
    assert faults(exported) == ["signature of head of size 40 does not fit"]


def test_a_removed_head_is_noticed(exported):
    del exported[head_rows(exported)[1]]
    assert faults(exported) == ["the file says 4 heads and has 3"]


def test_a_key_nobody_vouches_for_is_named(exported):
    top = json.loads(exported[0])
    top["keys"][1]["endorsement"] = top["keys"][0]["endorsement"]
    exported[0] = json.dumps(top) + "\n"
    assert faults(exported) == [f"key {top['keys'][1]['key']} is not endorsed by the key before it"]


def test_a_file_cut_off_in_the_middle_is_noticed(exported):
    found = faults(exported[: place_of(exported, 30)])
    assert "the end of the file is missing" in found
    assert "entries 30 to 45 are missing" in found


@pytest.mark.parametrize(
    "line",
    ["not json\n", "[1]\n", '{"what": 1}\n', '{"entry": "x", "record": ""}\n', '{"head": {"size": 3}}\n', "[" * 9999],
)
def test_rubbish_is_refused_and_never_a_traceback(exported, line):
    exported.insert(5, line)
    assert faults(exported)


def test_a_head_kept_earlier_finds_a_log_that_was_made_anew(exported):
    kept = json.loads(exported[head_rows(exported)[1]])["head"]
    assert faults(exported, known_head=kept) == []
    assert faults(exported, known_head={**kept, "root": "00" * 32}) == [
        "the head of size 40 kept earlier does not fit this log"
    ]
    assert faults(exported, known_head={**kept, "size": 90}) == [
        "the log is shorter than the head of size 90 kept earlier"
    ]


def test_checksums_tell_which_single_hash_was_changed():
    hashes = [leaf_hash(bytes([number])).hex() for number in range(200)]
    stated = probes(hashes)
    assert locate(hashes, stated) is None
    for place in (0, 1, 127, 128, 199):
        assert locate([*hashes[:place], "00", *hashes[place + 1 :]], stated) == place


def run(*words, cwd, **environment):
    """The command with nothing of this installation around it."""
    return subprocess.run(
        [sys.executable, "-m", "gongzhi.web.cli", *words],
        cwd=cwd, env={"PYTHONPATH": str(ROOT / "platform"), "PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_command_needs_neither_database_nor_settings(exported, tmp_path):
    tmp_path = tmp_path / "elsewhere"
    tmp_path.mkdir()
    (tmp_path / "file.jsonl").write_text("".join(exported), encoding="utf-8")
    held = run("verify", "file.jsonl", cwd=tmp_path)
    assert (held.returncode, held.stderr) == (0, "")
    assert held.stdout.startswith("ok   log 500103-")
    exported[place_of(exported, 17)] = exported[place_of(exported, 17)].replace("issue", "isssue", 1)
    (tmp_path / "changed.jsonl").write_text("".join(exported), encoding="utf-8")
    refused = run("verify", "changed.jsonl", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stdout == "FAIL entry 17 was changed\n"
    assert refused.stderr == "gongzhi: changed.jsonl does not hold: 1 fault\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changed.jsonl", "file.jsonl"]


def test_verify_does_not_load_the_application():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, gongzhi.web.verifying; print([n for n in sys.modules if n in ('flask', 'sqlalchemy')])"],
        env={"PYTHONPATH": str(ROOT / "platform")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert loaded.stdout == "[]\n"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{}", b'{"kind": "other"}', b"[" * 5000])
def test_what_is_no_export_is_refused_in_a_line(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    ended = run("verify", "file", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("gongzhi: ") and "Traceback" not in ended.stderr


def test_export_rotation_and_erasure_by_command(database, app, acts, tmp_path):
    settings = {
        "GONGZHI_DATABASE_URL": database.render_as_string(hide_password=False),
        "GONGZHI_DATA_DIR": str(tmp_path),
        "GONGZHI_SECRET_KEY": app.config["SETTINGS"].secret_key,
    }
    rotated = run("ledger", "rotate-key", cwd=tmp_path, **settings)
    assert rotated.returncode == 0, rotated.stderr
    assert rotated.stdout.startswith("the ledger is signed with key ")
    forgotten = run("ledger", "forget-words", acts.issue, cwd=tmp_path, **settings)
    assert forgotten.stdout.startswith("2 salts destroyed")
    written = run("export", "ledger", "--output", "out.jsonl", cwd=tmp_path, **settings)
    assert (written.returncode, written.stdout) == (0, "written to out.jsonl\n")
    assert run("verify", "out.jsonl", cwd=tmp_path).returncode == 0
    printed = run("export", "ledger", "--district", "500103", cwd=tmp_path, **settings)
    first = json.loads(printed.stdout.splitlines()[0])
    assert (first["kind"], first["district"]) == ("gongzhi-ledger", "500103")
    refused = run("export", "ledger", "--district", "999", cwd=tmp_path, **settings)
    assert refused.returncode == 1 and refused.stderr.startswith("gongzhi: ")


def test_salts_and_people_are_not_in_the_file(acts, client):
    written = client().get("/ledger/file").get_data(as_text=True)
    salt = client().get("/api/v1/ledger/entries/3").json["words"]["salt"]
    assert salt and salt not in written
    assert "何小满" not in written and acts.resident.id not in written


def test_a_visitor_of_a_district_without_a_log_gets_no_file(app, client):
    assert client().get("/ledger/file").status_code == 404
    assert f.places().id
