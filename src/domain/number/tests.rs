use proptest::prelude::*;

use super::*;

fn read(written: &str) -> StandardNumber {
    parse(written).unwrap_or_else(|problem| panic!("{written}: {problem:?}"))
}

fn code(written: &str) -> &'static str {
    match parse(written) {
        Ok(number) => panic!("{written} was read as {number:?}"),
        Err(problem) => {
            assert!(!problem.detail.zh.is_empty() && !problem.detail.en.is_empty());
            problem.code
        }
    }
}

#[test]
fn a_number_is_taken_apart() {
    let number = read("GB/T 15629.11-2003/XG1-2006");
    assert_eq!(
        (number.prefix.as_str(), number.serial.as_str()),
        ("GB/T", "15629")
    );
    assert_eq!(number.part.as_deref(), Some("11"));
    assert_eq!(number.year, Some(2003));
    assert_eq!(number.amendment.as_deref(), Some("XG1-2006"));
    assert_eq!(number.undated(), "GB/T 15629.11");
    assert_eq!(number.display(), "GB/T 15629.11—2003/XG1-2006");
}

#[test]
fn absent_members_are_not_written() {
    let json = serde_json::to_value(read("GSB 05-1234-2000")).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "canonical": "GSB 05-1234-2000", "prefix": "GSB", "level": "national", "serial": "05-1234", "year": 2000
        })
    );
}

#[test]
fn seismology_is_not_tianjin() {
    let seismology = read("DB12-2000");
    assert_eq!((seismology.level, seismology.region), (Level::Industry, None));
    for written in ["DB12/T 900-2019", "DB 12/T900-2019", "DB12T 900-2019"] {
        let tianjin = read(written);
        assert_eq!(tianjin.canonical, "DB12/T 900-2019");
        assert_eq!(
            (tianjin.level, tianjin.region.as_deref()),
            (Level::Local, Some("120000"))
        );
    }
    let construction = read("DB/T29-6-2013");
    assert_eq!(
        (construction.level, construction.region.as_deref()),
        (Level::Local, Some("120000"))
    );
    assert_eq!(read("DB/T 29.1-2008").level, Level::Industry);
}

#[test]
fn occupational_health_is_not_guidance() {
    assert_eq!(read("GBZ 1-2010").mandate, Some(Mandate::Mandatory));
    assert_eq!(read("GBZ/T 205-2007").mandate, Some(Mandate::Recommended));
    assert_eq!(read("GB/Z 40836-2021").mandate, Some(Mandate::Guidance));
}

#[test]
fn regions_are_division_codes() {
    for (written, region) in [
        ("DB3702/T 98-2019", "370200"),
        ("DBS51/008-2019", "510000"),
        ("DG/TJ 08-2369-2021", "310000"),
        ("DBJ/T 15-51-2020", "440000"),
        ("DBJ50/T-123-2011", "500000"),
        ("JJF(鲁) 12-2020", "370000"),
        ("SJG 44-2018", "440300"),
    ] {
        assert_eq!(read(written).region.as_deref(), Some(region), "{written}");
    }
}

#[test]
fn an_organisation_ends_where_its_serial_begins() {
    for (written, organisation, serial) in [
        ("T/CSGF T/CSGF023.3—2023", "CSGF", "023"),
        ("T/PTSHOES GS001—2017", "PTSHOES", "GS001"),
        ("T/XCFW TG06-011.1—2023", "XCFW", "TG06-011"),
        ("T/CECA-G 0001-2019", "CECA-G", "0001"),
        ("Q/CSG-GPG-GPED 2 16 016-2019", "CSG-GPG-GPED", "216016"),
        ("Q/HJD0001S-2020", "HJD", "0001S"),
        ("Q/BYD1 001-2020", "BYD1", "001"),
        ("Q/320281 ABC 001-2020", "320281", "ABC001"),
    ] {
        let number = read(written);
        assert_eq!(number.organisation.as_deref(), Some(organisation), "{written}");
        assert_eq!(number.serial, serial, "{written}");
    }
}

#[test]
fn amendments_editions_and_second_numbers_come_in_any_order() {
    let whole = "YY/T 0287-2017(2018年版)/XG1-2019/ISO 13485:2016";
    for written in [
        whole,
        "YY/T 0287-2017/ISO13485:2016/XG1-2019（2018版）",
        "YY/T0287-2017/XG1-2019（含第一号修改单）(2018年版)/ISO 13485：2016",
    ] {
        assert_eq!(read(written).canonical, whole, "{written}");
    }
    assert_eq!(
        read("T/CBMF 100-2021/T/CCPA 35-2021").dual.as_deref(),
        Some("T/CCPA 35-2021")
    );
}

#[test]
fn before_the_law_a_bare_prefix_says_nothing() {
    assert_eq!(read("GB 8923-88").canonical, "GB 8923-1988");
    assert_eq!(read("GB 8923-88").mandate, None);
    assert_eq!(read("GB 8978-1996").mandate, Some(Mandate::Mandatory));
}

#[test]
fn every_refusal_says_what_is_wrong() {
    for (written, expected) in [
        ("", "blank"),
        (" \n\u{200b}", "blank"),
        ("TC291", "committee_code"),
        ("ISO 13485:2016", "foreign_number"),
        ("XX/T 1-2020", "unknown_prefix"),
        ("体育场馆服务规范", "prefix_expected"),
        ("22239-2019", "prefix_expected"),
        ("GB/X 1-2020", "unknown_suffix"),
        ("DB99/T 1-2020", "unknown_region"),
        ("DB370/T 1-2020", "unknown_region"),
        ("T/ 001-2020", "organisation_expected"),
        ("GB/T", "serial_expected"),
        ("T/CSGF", "serial_expected"),
        ("GB/T11111111111111", "serial_too_long"),
        ("T/HSCA 001.—2017", "part_expected"),
        ("GSB 1234-2000", "sign_expected"),
        ("GB/T 1-202", "not_a_year"),
        ("GB/T 1-2-2020", "too_many_groups"),
        ("GB/T 22239", "undated"),
        ("GB 5009.1~GB 5009.3", "a_range"),
        ("GB 5009系列", "a_series"),
        ("GB/T 22239-2019 信息安全技术", "trailing_text"),
        ("GB/T 22239-2019/ABC", "unknown_dual"),
        ("GB/T 1-2020;GB/T 2-2020", "several_numbers"),
    ] {
        assert_eq!(code(written), expected, "{written}");
    }
}

/// Canonical numbers of every kind.
fn canonical_numbers() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "GB", "GB/T", "GB/Z", "GBZ", "GBZ/T", "GJB", "WS", "WS/T", "DB/T", "NB/SH/T", "DB37/T", "DB3702/T",
        "DB31/", "CJJ", "JGJ/T", "T/CSGF", "T/CECA-G", "Q/CSG", "建标", "JJF(鲁)",
    ]);
    let suffix = prop::sample::select(vec!["", "/XG1-2006", "(2018年版)", "/ISO 13485:2016", "/XG2"]);
    let part = prop::option::of(1u32..400);
    (plain, 1u32..99_999, part, 1990u16..2030, suffix).prop_map(|(prefix, serial, part, year, suffix)| {
        let part = part.map(|part| format!(".{part}")).unwrap_or_default();
        format!("{prefix} {serial}{part}-{year}{suffix}")
    })
}

/// Writes a number as careless people and old pages do.
fn with_noise(canonical: &str, choices: &[u8]) -> String {
    let dashes = ["-", "—", "——", " – ", "－", "\n―", "−"];
    let blanks = [" ", "", "  ", "\r\n", "\u{3000}", "\t"];
    let mut choices = choices.iter().copied().cycle();
    let mut choose = |options: &[&'static str]| {
        let choice = usize::from(choices.next().unwrap_or_default());
        options[choice % options.len()]
    };
    let mut noisy = String::from(choose(&["", " ", "\u{feff}"]));
    for c in canonical.chars() {
        match c {
            '-' => noisy.push_str(choose(&dashes)),
            ' ' => noisy.push_str(choose(&blanks)),
            '/' => noisy.push_str(choose(&["/", "／", " / "])),
            '!'..='~' if choose(&["", "", "wide"]) == "wide" => {
                noisy.extend(char::from_u32(u32::from(c) + 0xfee0));
            }
            _ => noisy.push(c),
        }
    }
    noisy
}

proptest! {
    #[test]
    fn a_canonical_number_is_a_fixed_point(written in canonical_numbers()) {
        let number = read(&written);
        prop_assert_eq!(&number.canonical, &written);
        prop_assert_eq!(read(&number.canonical), number);
    }

    #[test]
    fn noise_changes_nothing(written in canonical_numbers(), choices in prop::collection::vec(any::<u8>(), 1..40)) {
        let noisy = with_noise(&written, &choices);
        prop_assert_eq!(read(&noisy), read(&written), "{:?}", noisy);
    }

    #[test]
    fn a_prefix_written_twice_counts_once(written in canonical_numbers()) {
        let number = read(&written);
        prop_assert_eq!(read(&format!("{} {written}", number.prefix)), number);
    }

    #[test]
    fn the_printed_form_is_read_back(written in canonical_numbers()) {
        let number = read(&written);
        prop_assert_eq!(read(&number.display()), number);
    }

    #[test]
    fn the_order_is_that_of_serial_then_part_then_year(a: (u16, u16), b: (u16, u16)) {
        let number = |(serial, part): (u16, u16)| read(&format!("GB/T {serial}.{part}-2020"));
        prop_assert_eq!(number(a).sort_key().cmp(&number(b).sort_key()), a.cmp(&b));
    }

    #[test]
    fn no_text_at_all_breaks_the_parser(written in any::<String>()) {
        let _ = parse_reference(&written);
    }

    /// Texts made of the grammar's own pieces go far deeper than arbitrary ones.
    #[test]
    fn whatever_is_accepted_is_a_fixed_point(pieces in prop::collection::vec(prop::sample::select(vec![
        "GB", "T", "/", " ", "-", ".", "Q", "T/", "Q/", "CSG", "DB", "37", "3702", "DBS", "08", "2020", "1", "XG1", "第", "号", "修改单",
        "(", ")", "2018", "年版", "ISO", ":", "~", "建标", "J", "X", "系列", "DG", "Z", "SJ", "JJF", "鲁", "88",
    ]), 0..14)) {
        let written = pieces.concat();
        match parse_reference(&written) {
            Ok(Reference::Number(number)) => prop_assert_eq!(parse(&number.canonical), Ok(number)),
            Ok(Reference::Undated(number)) => {
                let canonical = number.canonical.clone();
                prop_assert_eq!(parse_reference(&canonical), Ok(Reference::Undated(number)));
            }
            _ => {}
        }
    }
}
