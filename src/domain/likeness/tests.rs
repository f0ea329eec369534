use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case::marks_and_width("ＣＰＲ操作规范（试行）", "CPR 操作规范(试行)", 1_000)]
#[case::one_word_more("养老机构服务质量基本规范", "养老机构服务质量规范", 800)]
#[case::other_things("养老机构服务安全基本规范", "公共图书馆服务规范", 210)]
#[case::other_parts("社区服务 第一部分：术语", "社区服务 第二部分：术语", 0)]
#[case::other_years("体育场地统计 2019", "体育场地统计 2025", 0)]
#[case::single_letters("水", "水", 1_000)]
#[case::nothing_to_compare("——", "——", 0)]
fn titles_are_as_alike_as_people_would_say(#[case] a: &str, #[case] b: &str, #[case] share: u32) {
    let (a, b) = (Likeness::of(a), Likeness::of(b));
    assert_eq!(a.to(&b), share);
    assert_eq!(b.to(&a), share);
}

/// Titles that often share words.
fn titles() -> impl Strategy<Value = Vec<String>> {
    let word = prop::sample::select(vec![
        "养老",
        "机构",
        "服务",
        "质量",
        "规范",
        "社区",
        "第1部分",
        "第2部分",
        "基本",
        "安全",
    ]);
    let title = prop::collection::vec(word, 1..7).prop_map(|words| words.concat());
    prop::collection::vec(title, 0..40)
}

proptest! {
    #[test]
    fn no_alike_pair_is_missed(titles in titles(), threshold in 300u32..=1_000) {
        let titles: Vec<Likeness> = titles.iter().map(|title| Likeness::of(title)).collect();
        let mut expected = Vec::new();
        for (first, a) in titles.iter().enumerate() {
            for (second, b) in titles.iter().enumerate().skip(first + 1) {
                let share = a.to(b);
                if share >= threshold {
                    expected.push(Alike { first, second, share });
                }
            }
        }
        let titles: Vec<&Likeness> = titles.iter().collect();
        prop_assert_eq!(alike(&titles, threshold), expected);
    }

    #[test]
    fn groups_do_not_depend_on_the_order_of_links(mut links in prop::collection::vec((0usize..20, 0usize..20), 0..30)) {
        let gather = |links: &[(usize, usize)]| {
            let mut groups = Groups::new(20);
            for (a, b) in links {
                groups.join(*a, *b);
            }
            groups.gathered()
        };
        let forth = gather(&links);
        links.reverse();
        prop_assert_eq!(gather(&links), forth);
    }
}
