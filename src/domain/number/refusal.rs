//! Why a text is no standard's number: each refusal names what was found and what was expected.

use crate::domain::text::Text;
use crate::text;

/// A refused number: a stable code, and what is wrong in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberProblem {
    pub code: &'static str,
    pub detail: Text,
}

fn refuse(code: &'static str, detail: Text) -> NumberProblem {
    NumberProblem { code, detail }
}

/// Enough of what was found to find it again, never a whole page pasted by mistake.
fn excerpt(found: &str) -> String {
    const SHOWN: usize = 24;
    let mut shown: String = found.chars().take(SHOWN).collect();
    if found.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

pub(super) fn blank() -> NumberProblem {
    refuse("blank", text!("标准号为空", "the number is blank"))
}

pub(super) fn too_long(limit: usize) -> NumberProblem {
    refuse(
        "too_long",
        text!("标准号最长 {limit} 字节", "a number has at most {limit} bytes"),
    )
}

pub(super) fn prefix_expected(found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "prefix_expected",
        text!(
            "标准号应以代号开头，如 GB/T、WS、DB37/T、T/…、Q/…；现为「{found}」",
            "a number starts with a prefix such as GB/T, WS, DB37/T, T/…, Q/…; found \"{found}\""
        ),
    )
}

pub(super) fn unknown_prefix(letters: &str) -> NumberProblem {
    let letters = excerpt(letters);
    refuse(
        "unknown_prefix",
        text!(
            "「{letters}」不是已知的国家、行业、地方或团体标准代号",
            "\"{letters}\" is no known prefix of national, industry, local or group standards"
        ),
    )
}

pub(super) fn committee_code(found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "committee_code",
        text!(
            "「{found}」是标准化技术委员会的编号，不是标准号",
            "\"{found}\" is the code of a technical committee, not the number of a standard"
        ),
    )
}

pub(super) fn foreign_number(body: &str) -> NumberProblem {
    refuse(
        "foreign_number",
        text!(
            "{body} 标准号不是中国标准号；双编号写作「GB/T …/{body} …」",
            "a number of {body} is not a Chinese one; a dual number is written \"GB/T …/{body} …\""
        ),
    )
}

pub(super) fn document_number(found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "document_number",
        text!(
            "「{found}」像是公文的文号，不是标准号",
            "\"{found}\" looks like the number of an official document, not of a standard"
        ),
    )
}

pub(super) fn unknown_suffix(prefix: &str, found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "unknown_suffix",
        text!(
            "代号 {prefix} 之后不能是「{found}」",
            "the prefix {prefix} is not followed by \"{found}\""
        ),
    )
}

pub(super) fn unknown_region(digits: &str) -> NumberProblem {
    let digits = excerpt(digits);
    refuse(
        "unknown_region",
        text!(
            "「{digits}」不是行政区划代码：DB 之后应为省（2 位）、市（4 位）或县（6 位）代码",
            "\"{digits}\" is no division code: DB is followed by that of a province (2 digits), city (4) or county (6)"
        ),
    )
}

pub(super) fn organisation_expected(prefix: &str, found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "organisation_expected",
        text!(
            "{prefix}/ 之后应为团体或企业代号，现为「{found}」",
            "{prefix}/ is followed by the code of an organisation; found \"{found}\""
        ),
    )
}

pub(super) fn serial_expected(prefix: &str, found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "serial_expected",
        text!(
            "{prefix} 之后应为顺序号，现为「{found}」",
            "{prefix} is followed by a serial number; found \"{found}\""
        ),
    )
}

pub(super) fn serial_too_long(serial: &str, limit: usize) -> NumberProblem {
    let serial = excerpt(serial);
    refuse(
        "serial_too_long",
        text!(
            "顺序号「{serial}」过长，最多 {limit} 位",
            "the serial number \"{serial}\" is too long, at most {limit} characters"
        ),
    )
}

pub(super) fn part_expected(before: &str) -> NumberProblem {
    let before = excerpt(before);
    refuse(
        "part_expected",
        text!(
            "「{before}」的圆点之后应为部分号",
            "the dot after \"{before}\" is followed by the number of a part"
        ),
    )
}

pub(super) fn sign_expected(prefix: &str, found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "sign_expected",
        text!(
            "{prefix} 的顺序号由两位代号和编号组成（如 08-2369），现为「{found}」",
            "the serial of {prefix} is a two-digit sign and a number (such as 08-2369); found \"{found}\""
        ),
    )
}

pub(super) fn not_a_year(found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "not_a_year",
        text!(
            "「{found}」不是年份：应为四位年份，1999 年以前可为两位",
            "\"{found}\" is no year: four digits, or two before 1999"
        ),
    )
}

pub(super) fn too_many_groups(found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "too_many_groups",
        text!(
            "「{found}」中横线过多：顺序号之后只有年份",
            "too many dashes in \"{found}\": only the year follows the serial number"
        ),
    )
}

pub(super) fn unknown_dual(found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "unknown_dual",
        text!(
            "斜线之后应为修改单（XG1-2006）、国际标准号（ISO …）或另一标准号，现为「{found}」",
            "the slash is followed by an amendment (XG1-2006), an international number (ISO …) or another number; found \"{found}\""
        ),
    )
}

pub(super) fn year_expected(number: &str) -> NumberProblem {
    refuse(
        "year_expected",
        text!(
            "{number} 之后的横线应接年份",
            "the dash after {number} is followed by a year"
        ),
    )
}

pub(super) fn trailing_text(number: &str, found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "trailing_text",
        text!(
            "标准号 {number} 之后多出「{found}」",
            "\"{found}\" stands after the number {number}"
        ),
    )
}

pub(super) fn several_numbers(first: &str, found: &str) -> NumberProblem {
    let found = excerpt(found);
    refuse(
        "several_numbers",
        text!(
            "此处只写一个标准号；{first} 之后还有「{found}」",
            "one number only stands here; \"{found}\" comes after {first}"
        ),
    )
}

pub(super) fn range_of_two_series(first: &str, last: &str) -> NumberProblem {
    refuse(
        "range_of_two_series",
        text!(
            "范围的两端代号不同：{first}、{last}",
            "the ends of a range share their prefix: {first}, {last}"
        ),
    )
}

pub(super) fn range_backwards(first: &str, last: &str) -> NumberProblem {
    refuse(
        "range_backwards",
        text!(
            "范围应由小到大：{first}、{last}",
            "a range runs from the lower number to the higher: {first}, {last}"
        ),
    )
}

pub(super) fn undated(number: &str) -> NumberProblem {
    refuse(
        "undated",
        text!(
            "{number} 没有年份，指的是最新版本而非某一标准；应写作 {number}-年份",
            "{number} has no year: it refers to the latest edition and identifies none; write {number}-YYYY"
        ),
    )
}

pub(super) fn range(first: &str, last: &str) -> NumberProblem {
    refuse(
        "a_range",
        text!(
            "{first} 至 {last} 是一个范围，不是一个标准",
            "{first} to {last} is a range, not one standard"
        ),
    )
}

pub(super) fn series(of: &str) -> NumberProblem {
    refuse(
        "a_series",
        text!(
            "{of} 指一个系列，不是一个标准",
            "{of} stands for a series, not for one standard"
        ),
    )
}
