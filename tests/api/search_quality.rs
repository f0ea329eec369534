//! What people ask and what they expect first, written down before any answer was looked at.

use std::path::PathBuf;
use std::process::Command;

use rstest::rstest;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::query::encoded;
use crate::support::{Registry, data};

/// Asked of a real catalogue of 1,339 sports standards.
const OF_SPORTS: &[(&str, &str)] = &[
    ("GB/T 20394-2019", "GB/T 20394-2019"),
    ("gbt20394", "GB/T 20394-2019"),
    ("ＧＢ／Ｔ２０３９４－２０１９", "GB/T 20394-2019"),
    ("36246", "GB 36246-2018"),
    ("19851.10", "GB/T 19851.10-2005"),
    ("44090-2024", "GB/T 44090-2024"),
    ("DB11/T 410", "DB11/T 410-2023"),
    ("t/csgf 009", "T/CSGF 009-2020"),
    ("GB/T 18102", "GB/T 18102-2020"),
    ("GB/T 20349-2019", "GB/T 20394-2019"),
    ("体育用人造草", "GB/T 20394-2019"),
    ("人造草", "GB/T 20394-2019"),
    ("篮球", "GB/T 22868-2008"),
    ("网球拍", "GB/T 19851.10-2005"),
    ("乒乓球台 安全", "GB/T 32597-2016"),
    ("运动冰场", "GB/T 22517.8-2024"),
    ("登山健身步道", "GB/T 44090-2024"),
    ("健身步道", "T/CAAB 0001-2022"),
    ("足球鞋", "GB/T 19706-2015"),
    ("轮滑鞋", "GB/T 20096-2021"),
    ("可视性运动服", "T/CTES 1003-2017"),
    ("游泳眼镜", "QB/T 4734-2023"),
    ("公共游泳场所卫生", "DB11/T 1931-2021"),
    ("老年人 健身场所", "T/CSGF 009-2020"),
    ("自行车行李架", "GB/T 22790-2023"),
    ("滑雪单板固定器", "GB/T 40940-2021"),
    ("青少年体育培训 安徽", "DB34/T 4798-2024"),
    ("体育馆服务规范", "T/JSVA 008-2022"),
    ("LED显示屏", "GB/T 29458-2024"),
    ("体育场馆 led", "GB/T 29458-2024"),
    ("pvc 运动地板", "T/GMPA 10-2022"),
    ("PTFE", "GB/T 39142.1-2020"),
    ("bmx", "GB 13472-1992"),
    ("\"智慧体育场馆\"", "T/CSVA 0103-2022"),
    ("合成材料运动场地面层", "GB/T 14833-2020"),
    ("跆拳道俱乐部 礼仪", "T/NTB 10-2020"),
    ("游泳 节水", "GB/T 38802-2020"),
    ("国家体育总局 赛艇", "TY/T 3601-2023"),
    ("浸渍纸层压木质地板", "GB/T 18102-2020"),
    ("滑雪指导员考评", "DB23/T 3717-2024"),
];

/// Asked of the sample catalogue, which every copy of the project has.
const OF_SAMPLE: &[(&str, &str)] = &[
    ("GB/T 35796-2017", "GB/T 35796-2017"),
    ("gbt35796", "GB/T 35796-2017"),
    ("35796-2017", "GB/T 35796-2017"),
    ("ＧＢ ３８６００", "GB 38600-2019"),
    ("GB/T 38600", "GB 38600-2019"),
    ("GB 5749", "GB 5749-2022"),
    ("建标 109", "建标 109-2008"),
    ("JGJ39", "JGJ 39-2016(2019年版)"),
    ("ws/t 423", "WS/T 423-2022"),
    ("GB/T 22329-2019", "GB/T 22239-2019"),
    ("50016", "GB 50016-2014(2018年版)"),
    ("养老机构服务质量", "GB/T 35796-2017"),
    ("养老 安全", "GB 38600-2019"),
    ("养老机构等级", "GB/T 37276-2018"),
    ("老年人能力评估", "GB/T 42195-2022"),
    ("居家养老", "GB/T 43153-2023"),
    ("日间照料中心 设施", "GB/T 33169-2016"),
    ("老年助餐", "社区老年助餐服务规范"),
    ("幼儿园建设", "建标 175-2016"),
    ("托育", "社区托育服务点设置指南"),
    ("玩具", "GB 6675.1-2014"),
    ("校车", "GB 24407-2012"),
    ("教室照明", "GB/T 36876-2018"),
    ("课桌椅", "GB/T 3976-2014"),
    ("近视", "GB 40070-2021"),
    ("就业服务 术语", "GB/T 33528-2017"),
    ("社会保险经办", "GB/T 32621-2016"),
    ("医院消毒", "GB 15982-2012"),
    ("手卫生", "WS/T 313-2019"),
    ("电子病历", "WS 445.1-2014"),
    ("生活饮用水", "GB 5749-2022"),
    ("垃圾分类", "GB/T 19095-2019"),
    ("无障碍", "GB 50763-2012"),
    ("公共图书馆服务", "GB/T 28220-2023"),
    ("室外健身器材", "GB 19272-2024"),
    ("游泳场所", "GB 19079.1-2013"),
    ("消防安全标志", "GB 13495.1-2015"),
    ("网络安全等级保护", "GB/T 22239-2019"),
    ("政务服务 投诉", "GB/T 36113-2018"),
    ("海水浴场", "海水浴场安全管理服务规范"),
];

fn project(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), path].iter().collect()
}

/// How many answers come first and among the first ten; tells which do not.
fn ask(registry: &Registry, questions: &[(&str, &str)]) -> (usize, usize) {
    assert_eq!(questions.len(), 40);
    let (mut first, mut among_ten) = (0, 0);
    for (words, expected) in questions {
        let path = format!("/v1/standards?limit=10&q={}", encoded(words));
        let answer = registry.anonymous().get(&path).expect(200);
        let items = answer.at("/items");
        let is_it = |item: &serde_json::Value| {
            item["content"]["number"] == *expected || item["content"]["title"] == *expected
        };
        match items.as_array().unwrap().iter().position(is_it) {
            Some(0) => (first, among_ten) = (first + 1, among_ten + 1),
            place => {
                among_ten += usize::from(place.is_some());
                let instead = &items[0]["content"];
                println!(
                    "{words}: {expected} at {place:?}, first is {} {}",
                    instead["number"], instead["title"]
                );
            }
        }
    }
    println!("{first} of 40 first, {among_ten} among the first ten");
    (first, among_ten)
}

fn import(registry: &Registry, source: &PathBuf, more: impl FnOnce(&mut Command)) {
    let mut import = registry.command("import");
    import
        .args(["--server", &registry.address(), "--owner", "370200"])
        .arg(source);
    more(&mut import);
    let output = import.output().expect("the import runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[rstest]
fn people_find_what_they_expect_in_a_real_catalogue(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(catalogue) = data::shared("catalogue/catalogue-2026-08-18.json") else {
        return;
    };
    let registry = Registry::start(backend);
    import(&registry, &catalogue, |import| {
        import
            .arg("--skip-dirty")
            .arg("--mapping")
            .arg(project("data/mapping-sports-catalogue.toml"));
    });
    let (first, among_ten) = ask(&registry, OF_SPORTS);
    assert!(
        first >= 36 && among_ten >= 39,
        "{first} first, {among_ten} among ten"
    );
}

#[rstest]
fn people_find_what_they_expect_in_the_sample(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    import(&registry, &project("data/sample-catalogue.json"), |_| {});
    let (first, among_ten) = ask(&registry, OF_SAMPLE);
    assert!(
        first >= 36 && among_ten >= 39,
        "{first} first, {among_ten} among ten"
    );
}
