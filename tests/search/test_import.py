"""Citizens' messages become issues: whatever order, encoding or rubbish the file has."""

from datetime import datetime

import pytest
import xlsxwriter
from click.testing import CliRunner
from sqlalchemy import select

from gongzhi.domains.issues.actions.catalogue import install_categories
from gongzhi.domains.issues.models import Category, Issue, Source
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.policy import SYSTEM
from gongzhi.web.importing import import_messages
from tests import factories

HEADER = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"]
ROWS = [
    ["1001", "U1", "山茶里路灯不亮", "2019/2/28 11:25:05", "\n\t\t晚上看不清台阶，请尽快修好。", "0", "12"],
    ["1002", "U2", "夜间施工噪音扰民", "2019-03-01 08:00", "半夜还在打桩，睡不着。", "1", "3"],
    ["1003", "U3", "咨询公租房政策", "2019年4月2日", "请问申请条件是什么？", "", ""],
]


@pytest.fixture
def ready(app):
    with factories.writing() as session:
        install_categories(session, SYSTEM, factories.places().id)
    return app


def bring(app, path, **options):
    with app.app_context():
        return import_messages(path, district_code="500103", progress=lambda _line: None, **options)


def stored():
    with factories.reading() as session:
        return {
            issue.import_key: (issue, code)
            for issue, code in session.execute(
                select(Issue, Category.code).join(Category).where(Issue.source == Source.IMPORT)
            )
        }


def write_csv(path, rows, encoding="utf-8-sig", delimiter=","):
    lines = (delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t")])
def test_a_csv_is_read_in_each_usual_encoding(ready, tmp_path, encoding, delimiter):
    report = bring(ready, write_csv(tmp_path / "m.csv", [HEADER, *ROWS], encoding, delimiter))
    assert (report.read, report.imported, report.bad) == (3, 3, [])
    issues = stored()
    first, code = issues["n:1001"]
    assert (first.title, first.body) == ("山茶里路灯不亮", "晚上看不清台阶，请尽快修好。")
    assert (first.source_support, first.source_oppose, first.support_score) == (12, 0, 0)
    assert first.author_id is None
    assert first.published_at.isoformat() == "2019-02-28T03:25:05+00:00"
    assert code == "FAC"
    assert issues["n:1002"][1] == "NOI"
    assert issues["n:1003"][0].source_support is None


def test_voices_of_the_source_are_shown_apart_and_never_counted(ready, tmp_path, client):
    bring(ready, write_csv(tmp_path / "m.csv", [HEADER, *ROWS]))
    issues = {key: issue.id for key, (issue, _code) in stored().items()}
    page = client().get(f"/issues/{issues['n:1001']}").text
    assert "来源平台上的支持/反对" in page
    assert "支持 12，反对 0" in page
    shown = client().get(f"/api/v1/issues/{issues['n:1001']}").json
    assert (shown["source_support"], shown["source_oppose"]) == (12, 0)
    assert shown["tally"]["total"] == 0
    assert client().get(f"/api/v1/issues/{issues['n:1001']}/tally").json["total"] == 0
    assert "来源平台上的支持/反对" not in client().get(f"/issues/{issues['n:1003']}").text


def test_an_xlsx_with_date_cells_other_columns_and_far_more_rows_claimed_than_filled(ready, tmp_path):
    path = tmp_path / "m.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    order = [4, 2, 0, 3, 6]
    sheet.write_row(0, 0, ["2019年来信汇总"])
    sheet.write_row(1, 0, [*(HEADER[place] for place in order), "一级分类", "答复意见", "答复时间"])
    moment = datetime(2019, 5, 6, 7, 8, 9)  # noqa: DTZ001 - a cell has no time zone
    cells = [ROWS[0][4], ROWS[0][2], 1001, moment, 7, "城乡建设", "已派人维修。", "2019/5/9 10:00:00"]
    for column, cell in enumerate(cells):
        if isinstance(cell, datetime):
            sheet.write_datetime(2, column, cell, book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))
        else:
            sheet.write(2, column, cell)
    sheet.write_blank(1_000_000, 40, None, book.add_format({"bold": True}))
    book.close()
    report = bring(ready, path)
    assert (report.read, report.imported) == (1, 1)
    issue, _code = stored()["n:1001"]
    assert issue.published_at.isoformat() == "2019-05-05T23:08:09+00:00"
    assert issue.body.endswith("**原平台答复**(2019-05-09)\n\n已派人维修。")
    assert issue.source_support == 7


def test_doing_it_again_brings_nothing_twice(ready, tmp_path):
    path = write_csv(tmp_path / "m.csv", [HEADER, *ROWS])
    bring(ready, path)
    more = write_csv(
        tmp_path / "n.csv", [HEADER, *ROWS, ["1004", "U4", "井盖松动", "2019/6/1 9:00", "车过就响。", "0", "0"]]
    )
    report = bring(ready, more)
    assert (report.imported, report.known) == (1, 3)
    assert len(stored()) == 4


def test_bad_rows_are_told_by_line_and_skipped(ready, tmp_path):
    bad = [
        ["2001", "U", "时间不对的留言", "前天下午", "没有日期。", "0", "0"],
        ["2002", "U", "", "2019/1/1 8:00", "", "0", "0"],
        ["2003", "U", "票数不对的留言", "2019/1/1 8:00", "票数写错了。", "很多", "0"],
        ["2004", "U", "日期不存在的留言", "2019/2/30 8:00", "二月没有三十日。", "0", "0"],
    ]
    report = bring(ready, write_csv(tmp_path / "m.csv", [HEADER, bad[0], ROWS[0], *bad[1:], ROWS[1]]))
    # The words of the good row before them take two lines.
    assert [line for line, _reason in report.bad] == [2, 5, 6, 7]
    assert report.imported == 2
    assert report.lines()[-1] == "2 imported, 0 already there, 4 skipped, of 6 rows"


def test_long_and_short_words_are_fitted_not_refused(ready, tmp_path):
    rows = [
        ["3001", "U", "）", "2019/1/1 8:00", "题目只有一个括号，内容却是完整的。", "0", "0"],
        ["3002", "U", "很长" * 100, "2019/1/1 8:00", "很长的内容。" * 3000, "0", "0"],
    ]
    assert bring(ready, write_csv(tmp_path / "m.csv", [HEADER, *rows])).imported == 2
    assert stored()["n:3001"][0].title.startswith("题目只有一个括号")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.xlsx", b"this is no workbook"),
        ("m.xlsx", b"PK\x03\x04 broken"),
        ("m.csv", b"\xff\xfe\x00\x01\x02"),
        ("m.csv", "只有,别的,列\n1,2,3\n".encode()),
        ("m.csv", b""),
        ("m.txt", b"x"),
    ],
)
def test_what_is_no_such_table_is_refused_with_a_reason(ready, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        bring(ready, path)
    assert list(refused.value.errors) == ["file"]


def test_an_unknown_district_or_place_is_refused(ready, tmp_path):
    path = write_csv(tmp_path / "m.csv", [HEADER, *ROWS])
    with pytest.raises(Invalid) as refused:
        bring(ready, path, place_code="nowhere")
    assert list(refused.value.errors) == ["place"]
    with ready.app_context(), pytest.raises(Invalid):
        import_messages(path, district_code="1", progress=print)


def test_the_command_refuses_in_one_line(tmp_path):
    from gongzhi.web.cli import cli

    result = CliRunner().invoke(cli, ["import", "messages", str(tmp_path / "missing.csv")])
    assert result.exit_code != 0
