use proptest::prelude::*;
use serde_json::json;

use super::fold::{Folded, Marks, fold};
use super::token::{tokens, tokens_of_needle};
use super::*;
use crate::domain::standard::StandardContent;

fn query(text: &str) -> SearchQuery {
    SearchQuery::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

/// Each term by its first needle.
fn needles(text: &str) -> Vec<String> {
    let terms = query(text).terms.into_iter();
    terms
        .map(|term| term.needles.into_iter().next().unwrap())
        .collect()
}

fn standard(number: &str, title: &str) -> StandardContent {
    serde_json::from_value(json!({
        "number": number, "title": title, "origin": "referenced", "level": "national", "supply": "existing",
    }))
    .unwrap()
}

/// Whether the needles find a text, as the databases compare.
fn finds(query: &SearchQuery, text: &SearchText) -> bool {
    let is_in = |needle: &String| {
        [&text.numbers, &text.title, &text.rest]
            .iter()
            .any(|kept| kept.contains(needle.as_str()))
    };
    query.terms.iter().all(|term| term.needles.iter().any(is_in))
}

/// Whether the index leads to a text.
fn leads(query: &SearchQuery, text: &SearchText) -> bool {
    let kept = text.tokens();
    let kept: Vec<&str> = kept.split(' ').collect();
    let has = |token: &Token| {
        kept.iter().any(|kept| match token.is_prefix {
            true => kept.starts_with(&token.text),
            false => *kept == token.text,
        })
    };
    let terms = query.tokens().0;
    terms.iter().all(|any| any.iter().any(|all| all.iter().all(has)))
}

#[test]
fn spellings_of_a_text_fold_alike() {
    for (written, folded) in [
        ("养老机构 服务", " 养老机构 服务 "),
        ("ＬＥＤ显示屏", " led 显示屏 "),
        ("3岁以下", " 3 岁以下 "),
        ("PM2.5（细颗粒物）", " pm 2 5 细颗粒物 "),
        ("GB/T 35796—2017", " gb t 35796 2017 "),
        ("", " "),
        ("——", " "),
    ] {
        assert_eq!(fold(written), folded, "{written}");
    }
    assert_eq!(
        Folded::of("T/CSGF 009-2020", Marks::Join).text(),
        " tcsgf 009 2020 "
    );
}

#[test]
fn chinese_is_cut_into_words_and_what_stands_between_is_kept_together() {
    assert_eq!(needles("养老机构服务质量"), ["养老", "机构", "服务", "质量"]);
    assert_eq!(needles("体育场馆 LED显示屏"), ["体育", "场馆", " led", "显示屏"]);
    assert_eq!(needles("\"养老机构\" 安全"), ["养老机构", "安全"]);
    assert_eq!(needles("“养老机构"), ["养老机构"]);
    assert_eq!(needles("35796-2017"), [" 35796 2017"]);
    assert_eq!(needles("Services for the facilities"), [" service", " facilit"]);
    assert_eq!(needles("安全的要求"), ["安全", "要求"]);
    assert_eq!(needles("的"), ["的"]);
    assert_eq!(needles("社区托育服务"), ["社区", "托育", "服务"]);
    assert_eq!(needles("托育和养老"), ["托育", "养老"]);
}

#[test]
fn a_number_is_one_term_however_it_is_written() {
    for written in [
        "GB/T 35796-2017",
        "gbt35796-2017",
        "ＧＢ／Ｔ３５７９６—２０１７",
        "GB／T 35796 – 2017",
        "GB/T  35796 -2017",
    ] {
        let query = query(written);
        assert_eq!(query.terms.len(), 1, "{written}");
        assert_eq!(
            query.number.as_ref().unwrap().canonical,
            "GB/T 35796-2017",
            "{written}"
        );
        assert!(
            finds(&query, &SearchText::of(&standard("GB/T 35796-2017", "规范"))),
            "{written}"
        );
    }
    let beside = query("gbt19851 网球");
    assert_eq!(beside.terms.len(), 2);
    assert!(finds(
        &beside,
        &SearchText::of(&standard("GB/T 19851.10-2005", "网球拍"))
    ));
    for part in ["35796", "357", "35796-2017", "gbt35796", "GBT357", "gb/t"] {
        assert!(
            finds(
                &query(part),
                &SearchText::of(&standard("GB/T 35796-2017", "规范"))
            ),
            "{part}"
        );
    }
    for other in ["5796", "GB 35796", "GB/T 35"] {
        assert!(
            !finds(
                &query(other),
                &SearchText::of(&standard("GB/T 35796-2017", "规范"))
            ),
            "{other}"
        );
    }
}

#[test]
fn faults_are_named() {
    let code = |text: &str| SearchQuery::parse(text).unwrap_err().code;
    assert_eq!(code(&"养".repeat(201)), "too_long");
    assert_eq!(code(&"a1 ".repeat(17)), "too_many_words");
    for nothing in ["", " ", "——", "\"\"", "?!"] {
        assert_eq!(code(nothing), "nothing_to_find", "{nothing:?}");
    }
    assert!(SearchQuery::parse(&"养".repeat(200)).is_ok());
}

#[test]
fn highlights_count_characters_of_the_text_as_it_is() {
    let mut standard = standard("GB/T 35796-2017", "养老机构ＬＥＤ屏、服务质量基本规范");
    standard.keywords = vec!["服务".to_owned(), "安全".to_owned()];
    let shown = |text: &str| {
        let found = highlights(&query(text), &standard).into_iter();
        let marked = |highlight: Highlight| {
            let characters: Vec<char> = highlight.text.chars().collect();
            let ranges = highlight.ranges.iter();
            let marked: Vec<String> = ranges
                .map(|[start, length]| characters[*start..start + length].iter().collect())
                .collect();
            format!("{}: {}", highlight.field, marked.join("|"))
        };
        found.map(marked).collect::<Vec<_>>()
    };
    assert_eq!(shown("服务"), ["title: 服务", "keywords: 服务"]);
    assert_eq!(shown("led 养老机构"), ["title: 养老机构ＬＥＤ"]);
    assert_eq!(shown("gbt35796"), ["number: GB/T 35796"]);
    assert_eq!(shown("357"), ["number: 357"]);
    assert_eq!(shown("屏服务"), ["title: 屏|服务", "keywords: 服务"]);
}

#[test]
fn a_long_text_is_shown_around_the_place() {
    let mut standard = standard("GB/T 1-2020", "总则");
    standard.scope = Some(format!("{}助餐{}", "本".repeat(300), "文".repeat(300)));
    let found = highlights(&query("助餐"), &standard);
    let [scope] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(scope.text.chars().count(), 160);
    assert_eq!(scope.ranges, [[40, 2]]);
}

#[test]
fn near_numbers_are_one_slip_away() {
    let registered = [
        "GB/T 35796-2017",
        "GB/T 35796-2010",
        "GB 38600-2019",
        "GB/T 35769-2018",
        "DB37/T 35796-2017",
        "GB/T 19851.10-2005",
    ];
    let near = |text: &str| closest(&query(text), registered.map(str::to_owned));
    assert_eq!(near("GB/T 35976-2017"), ["GB/T 35796-2017"]);
    assert_eq!(
        near("GB/T 35796-2018"),
        ["GB/T 35796-2010", "GB/T 35796-2017", "GB/T 35769-2018"]
    );
    assert_eq!(near("GB 35796-2017"), ["GB/T 35796-2017"]);
    assert_eq!(near("GB/T 38600-2019"), ["GB 38600-2019"]);
    assert_eq!(near("GB 386OO-2019"), ["GB 38600-2019"]);
    assert_eq!(near("3860-2019"), ["GB 38600-2019"]);
    assert_eq!(near("gbt19851.11-2005"), ["GB/T 19851.10-2005"]);
    assert!(near("GB/T 35976-2018").is_empty());
    assert!(near("养老").is_empty());
    assert!(variants(&query("养老机构")).is_none());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(query) = SearchQuery::parse(&text) {
            prop_assert!(!query.terms.is_empty());
            for token in query.tokens().0.into_iter().flatten().flatten() {
                prop_assert!(token.text.chars().all(char::is_alphanumeric), "{:?}", token);
            }
            for needle in query.terms.iter().flat_map(|term| &term.needles) {
                prop_assert!(!needle.contains(['%', '_', '\n']) && !needle.trim().is_empty(), "{:?}", needle);
            }
            variants(&query);
        }
    }

    #[test]
    fn the_index_leads_to_whatever_is_found(
        title in "[养老服务机构安全幼儿园GBgb0-9/. （）-]{1,20}",
        asked in "[养老服务机构安全幼儿园GBgb0-9/. \"-]{1,8}",
    ) {
        let text = SearchText::of(&standard("GB/T 35796-2017", &title));
        if let Ok(query) = SearchQuery::parse(&asked)
            && finds(&query, &text)
        {
            prop_assert!(leads(&query, &text), "{:?} in {:?}", query.tokens(), text.tokens());
        }
    }

    #[test]
    fn every_part_of_a_chinese_title_is_found(title in "[一-龥]{2,12}", from in 0usize..10, length in 1usize..6) {
        let part: String = title.chars().skip(from).take(length).collect();
        prop_assume!(!part.is_empty());
        let text = SearchText::of(&standard("GB/T 35796-2017", &title));
        let query = SearchQuery::parse(&part).unwrap();
        prop_assert!(finds(&query, &text) && leads(&query, &text));
    }

    #[test]
    fn highlights_lie_within_their_text(title in any::<String>(), asked in any::<String>()) {
        if let Ok(query) = SearchQuery::parse(&asked) {
            for highlight in highlights(&query, &standard("GB/T 35796-2017", &title)) {
                let length = highlight.text.chars().count();
                prop_assert!(highlight.ranges.iter().all(|[start, part]| *part > 0 && start + part <= length));
            }
        }
    }

    #[test]
    fn tokens_hold_no_blanks(text in any::<String>()) {
        let folded = fold(&text);
        prop_assert!(tokens([folded.as_str()]).iter().all(|token| token.chars().all(char::is_alphanumeric)));
        prop_assert!(folded.trim().is_empty() || !tokens_of_needle(&folded).is_empty());
    }
}
