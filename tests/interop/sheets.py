"""openpyxl reads every export, edits one as a clerk would, and sends it back."""

import datetime
import io
import json
import urllib.error
import urllib.parse
import urllib.request

import openpyxl
import registry

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NUMBER = "DB3702/T 36-2022"


def book(path: str):
    return openpyxl.load_workbook(io.BytesIO(registry.fetch(path)))


def headings(sheet) -> list[str]:
    return [cell.value for cell in sheet[1]]


def imports(workbook, dry_run: bool):
    """Sends a workbook in and answers the status with the plan, or with what is wrong."""
    file = io.BytesIO()
    workbook.save(file)
    query = {"owner": registry.OWNER, "reason": "年度复核", "dry_run": str(dry_run).lower()}
    request = urllib.request.Request(
        registry.BASE + "/v1/imports?" + urllib.parse.urlencode(query),
        data=file.getvalue(),
        headers={"Content-Type": XLSX, "Authorization": "Bearer " + registry.TOKEN},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def column(sheet, heading: str) -> int:
    return headings(sheet).index(heading) + 1


exports = {
    "/v1/standards?format=xlsx": "编号",
    "/v1/standards?format=xlsx&lang=en": "Number",
    "/v1/frameworks/qingdao/matrix?format=xlsx": None,
    "/v1/diff?from=100&to=700&format=xlsx": None,
    "/v1/coverage/gaps?format=xlsx": None,
    "/v1/drift?format=xlsx": None,
}
for path, heading in exports.items():
    workbook = book(path)
    sheet = workbook.worksheets[0]
    assert sheet.freeze_panes == "A2", (path, sheet.freeze_panes)
    assert heading is None or heading in headings(sheet), (path, headings(sheet))
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row), path
    print(f"{path}: {[(found.title, found.max_row) for found in workbook.worksheets]}")

# A clerk mends one title, adds a standard with a date as spreadsheets hold them, and mistypes another row's origin.
workbook = book("/v1/standards?format=xlsx")
sheet = workbook.worksheets[0]
title, origin = column(sheet, "名称"), column(sheet, "来源")
sheet.cell(2, title).value = "改过的名称"
added = {"编号": NUMBER, "名称": "养老服务质量规范", "来源": "自建", "实施日期": datetime.date(2022, 6, 1)}
last = sheet.max_row + 1
for heading, value in added.items():
    sheet.cell(last, column(sheet, heading)).value = value
kept = sheet.cell(3, origin).value
sheet.cell(3, origin).value = "抄来"
status, refused = imports(workbook, dry_run=False)
assert status == 422, (status, refused)
[fault] = refused["errors"]
assert (fault["sheet"], fault["row"], fault["heading"]) == (sheet.title, 3, "来源"), fault
assert fault["cell"] == sheet.cell(3, origin).coordinate, fault

sheet.cell(3, origin).value = kept
status, plan = imports(workbook, dry_run=True)
assert status == 200 and not plan["errors"], (status, plan)
assert plan["counts"]["update"] == 1 and plan["counts"]["create"] == 1, plan["counts"]
status, done = imports(workbook, dry_run=False)
assert status == 200 and done["applied"], (status, done)

# What was written comes back as it was typed, and sent back once more it changes nothing.
workbook = book("/v1/standards?format=xlsx")
sheet = workbook.worksheets[0]
rows = {row[column(sheet, "编号") - 1].value: row for row in sheet.iter_rows(min_row=2)}
day = rows[NUMBER][column(sheet, "实施日期") - 1]
assert day.is_date and day.value == datetime.datetime(2022, 6, 1), day.value
assert "改过的名称" in {row[title - 1].value for row in rows.values()}
status, plan = imports(workbook, dry_run=True)
assert set(name for name, count in plan["counts"].items() if count) == {"unchanged"}, plan["counts"]
print(f"{len(rows)} rows went out, were edited and came back")
