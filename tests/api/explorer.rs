//! The explorer's pages: they tell the facts, in both languages, at any time, and never repeat what breaks a page.

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{care_home_safety, row, row_with};
use crate::support::{Answer, Client, Registry};

const DISTRICT: &str = "370214";

/// What a tag-happy person might write.
const HOSTILE: &str = r#"<script>alert(1)</script><img src=x onerror="alert('x')">"#;

fn placed(subsystem: &str, dimension: &str) -> serde_json::Value {
    json!([{"framework": "qingdao", "cell": {"subsystem": subsystem, "dimension": dimension}}])
}

/// Somebody with a browser.
fn reader(registry: &Registry, language: &str) -> Client {
    registry
        .anonymous()
        .with("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .with("Accept-Language", language)
}

#[track_caller]
fn assert_says(page: &Answer, words: &[&str]) {
    for word in words {
        assert!(page.text().contains(word), "no {word:?} in\n{}", page.text());
    }
}

#[track_caller]
fn assert_silent(page: &Answer, words: &[&str]) {
    for word in words {
        assert!(!page.text().contains(word), "{word:?} in\n{}", page.text());
    }
}

#[rstest]
fn an_empty_registry_says_what_to_do_next(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let chinese = reader(&registry, "zh-CN").get("/").expect(200);
    assert_says(
        &chinese,
        &[
            "lang=\"zh-CN\"",
            "目录还是空的",
            "standards-registry import",
            "青岛市基本公共服务标准体系框架",
        ],
    );
    let english = reader(&registry, "en").get("/").expect(200);
    assert_says(&english, &["lang=\"en\"", "still empty", "Qingdao Framework"]);
    for path in [
        "/frameworks",
        "/frameworks/qingdao",
        "/owners",
        "/changes",
        "/diff",
        "/dates",
        "/log",
        "/?sort=number",
    ] {
        reader(&registry, "zh").get(path).expect(200);
    }
}

#[rstest]
fn the_language_is_the_readers_or_the_one_asked_for(#[values(Sqlite)] backend: Backend) {
    let registry = Registry::start(backend);
    assert_says(
        &reader(&registry, "fr, en;q=0.5").get("/log").expect(200),
        &["lang=\"en\""],
    );
    assert_says(
        &reader(&registry, "fr").get("/log").expect(200),
        &["lang=\"zh-CN\""],
    );
    let asked = reader(&registry, "zh").get("/changes?lang=en").expect(200);
    assert_says(
        &asked,
        &["lang=\"en\"", "/frameworks?lang=en", "/changes?lang=zh"],
    );
    assert_eq!(asked.header("Content-Language").as_deref(), Some("en"));
    reader(&registry, "zh").get("/changes?lang=fr").expect(400);
}

#[rstest]
fn a_search_narrows_as_the_list_does(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    district.create(DISTRICT, care_home_safety());
    district.create(
        DISTRICT,
        row_with(
            "GB/T 35796-2017",
            json!({"placements": placed("老有颐养", "process")}),
        ),
    );
    let reader = reader(&registry, "zh");
    let front = reader.get("/").expect(200);
    assert_says(
        &front,
        &[
            "<strong>2</strong><span>目录条目",
            "<strong>29</strong><span>空格",
        ],
    );
    let both = reader.get("/?sort=number").expect(200);
    assert_says(
        &both,
        &[
            "<strong>2</strong> 项标准",
            "GB 38600-2019",
            "GB/T 35796-2017",
            "城阳区",
        ],
    );
    let placed = reader
        .get("/?subsystem=%E8%80%81%E6%9C%89%E9%A2%90%E5%85%BB&dimension=process")
        .expect(200);
    assert_says(
        &placed,
        &[
            "<strong>1</strong> 项标准",
            "GB/T 35796-2017",
            "老有颐养 · 过程均等",
            "/v1/standards?subsystem=",
        ],
    );
    assert_silent(&placed, &["GB 38600-2019"]);
    // A form sends every field; blanks mean nothing.
    let blank = reader.get("/?number=&level=national&owner=").expect(200);
    assert_says(&blank, &["<strong>2</strong> 项标准"]);
    let refused = reader.get("/?level=none&nonsense=1").expect(400);
    assert_says(&refused, &["<h1>参数有误", "?level", "?nonsense"]);
    let nothing = reader.get("/?level=enterprise").expect(200);
    assert_says(&nothing, &["没有符合条件的标准"]);
}

#[rstest]
fn what_is_searched_for_is_marked(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let mut content = care_home_safety();
    content["scope"] = json!("适用于机构的服务管理，不含<b>社区</b>");
    district.create(DISTRICT, content);
    district.create(DISTRICT, row("GB/T 35796-2017"));
    let reader = reader(&registry, "zh");
    // 养老
    let page = reader.get("/?q=%E5%85%BB%E8%80%81").expect(200);
    assert_says(
        &page,
        &[
            "<strong>1</strong> 项标准",
            "<mark>养老</mark>机构服务安全基本规范",
            "value=\"养老\"",
            "/v1/standards?q=%E5%85%BB%E8%80%81",
        ],
    );
    // 社区
    let page = reader.get("/?q=%E7%A4%BE%E5%8C%BA&level=national").expect(200);
    assert_says(&page, &["<mark>社区</mark>", "适用范围"]);
    assert_silent(&page, &["<b>"]);
    let page = reader.get("/?q=gbt35796").expect(200);
    assert_says(&page, &["<mark>GB/T 35796</mark>-2017"]);
    let again = reader.get("/?q=%E5%85%BB%E8%80%81&sort=number").expect(200);
    assert_says(&again, &["GB 38600-2019"]);
    reader.get("/?sort=relevance").expect(400);
}

#[rstest]
fn a_standard_tells_its_life(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let old = district.create(
        DISTRICT,
        row_with("MZ/T 032-2012", json!({"implemented_on": "2012-04-01"})),
    );
    let mut content = care_home_safety();
    content["placements"] = placed("老有颐养", "process");
    content["scope"] = json!("适用于养老机构的服务安全管理");
    content["relations"] = json!([{"type": "replaces", "target": {"number": "MZ/T 032-2012"}}]);
    let entry = district.create(DISTRICT, content);
    let entry = district.change(&entry, json!({"scope": "适用于养老机构及社区的服务安全管理"}));
    let reader = reader(&registry, "zh");
    let page = reader.get(&format!("/standards/{}", entry.id)).expect(200);
    assert_says(
        &page,
        &[
            "GB 38600-2019",
            "养老机构服务安全基本规范",
            "现行",
            "2022-01-01",
            "代替",
            "按来源更新",
            "tlog-proof",
            "<ins>适用于养老机构<mark>及社区</mark>的服务安全管理</ins>",
        ],
    );
    let replaced = reader.get(&format!("/standards/{}", old.id)).expect(200);
    assert_says(&replaced, &["被代替", "GB 38600-2019"]);
    let before = reader
        .get(&format!("/standards/{}?valid_at=2021-12-31", old.id))
        .expect(200);
    assert_says(
        &before,
        &["现行", "您看到的是现在所知的目录", "2021-12-31", "回到现在"],
    );
    let compared = reader
        .get(&format!("/standards/{}/diff?from=1&to=2", entry.id))
        .expect(200);
    assert_says(&compared, &["第 1 版与第 2 版", "<mark>及社区</mark>"]);
    reader
        .get(&format!("/standards/{}/diff?from=1&to=9", entry.id))
        .expect(404);
}

#[rstest]
fn leaving_a_catalogue_is_not_called_abolition(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let entry = district.create(DISTRICT, row("DB37/T 2893-2016"));
    let left = district.withdraw(&entry);
    let page = reader(&registry, "zh")
        .get(&format!("/standards/{}", left.id))
        .expect(200);
    assert_says(
        &page,
        &["此条目已移出目录", "并不表示标准已废止", "DB37/T 2893-2016"],
    );
    let then = format!("/standards/{}?as_of={}", entry.id, entry.position);
    assert_silent(
        &reader(&registry, "zh").get(&then).expect(200),
        &["此条目已移出目录"],
    );
}

#[rstest]
fn what_was_erased_is_said_to_be_and_not_shown(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let entry = district.create(DISTRICT, row_with("GB/T 1-2020", json!({"scope": "秘密"})));
    let order = json!({"entry": entry.id, "revisions": [1], "reason": "误录", "basis": "第四十七条"});
    let counsel = registry.as_subject("counsel", &[DISTRICT], "admin");
    counsel.post("/v1/redactions", &order).expect(201);
    let reader = reader(&registry, "zh");
    for path in [
        format!("/standards/{}", entry.id),
        "/changes".to_owned(),
        "/?withdrawn=include".to_owned(),
    ] {
        let page = reader.get(&path).expect(200);
        assert_says(&page, &["内容已依法删除"]);
        assert_silent(&page, &["秘密"]);
    }
    let gone = reader
        .get(&format!("/standards/{}/diff?from=1&to=1", entry.id))
        .expect(410);
    assert_says(&gone, &["内容已依法删除", "第四十七条"]);
}

#[rstest]
fn nothing_written_or_asked_becomes_markup(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let content = json!({
        "title": HOSTILE, "external_id": HOSTILE, "origin": "self_built", "level": "internal",
        "scope": HOSTILE, "keywords": [HOSTILE], "source_url": "https://example.org/\"><script>",
    });
    let entry = district.post(
        "/v1/standards",
        &json!({"owner": DISTRICT, "reason": HOSTILE, "content": content}),
    );
    let entry = match entry.status.as_u16() {
        201 => entry,
        // An address that is none is refused; the rest is as hostile without it.
        _ => {
            let mut content = content;
            content.as_object_mut().unwrap().remove("source_url");
            let body = json!({"owner": DISTRICT, "reason": HOSTILE, "content": content});
            district.post("/v1/standards", &body).expect(201)
        }
    };
    let id = entry.at("/id").as_str().unwrap().to_owned();
    let reader = reader(&registry, "zh");
    let asked = "%3Cscript%3Ealert(1)%3C/script%3E%22%27";
    for (path, status) in [
        ("/".to_owned(), 200),
        ("/?sort=number".to_owned(), 200),
        (format!("/standards/{id}"), 200),
        ("/changes".to_owned(), 200),
        ("/diff".to_owned(), 200),
        (format!("/?number={asked}"), 200),
        (format!("/?keywords={asked}"), 200),
        (format!("/?level={asked}"), 400),
        (format!("/dates?to={asked}"), 200),
        (format!("/{asked}"), 404),
    ] {
        let page = reader.get(&path).expect(status);
        assert_silent(&page, &["<script>alert", "<img", "onerror=\"", "\"><script"]);
    }
}

#[rstest]
fn a_date_is_chosen_once_and_kept(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    registry
        .as_district(DISTRICT)
        .create(DISTRICT, row("GB/T 1-2020"));
    let reader = reader(&registry, "zh");
    let sent = |path: &str| reader.get(path).expect(303).header("Location").unwrap();
    assert_eq!(
        sent("/dates?date=2015-01-01&known=now&to=/changes"),
        "/changes?valid_at=2015-01-01"
    );
    assert_eq!(
        sent("/dates?date=2026-01-01&known=then&lang=en"),
        "/?lang=en&as_of=2026-01-01"
    );
    assert_eq!(
        sent("/dates?date=2026-01-01&known=then&to=//example.org"),
        "/?as_of=2026-01-01"
    );
    reader.get("/dates?date=yesterday").expect(400);
    let page = reader.get("/?as_of=1").expect(200);
    assert_says(
        &page,
        &["日志位置 1", "/frameworks?as_of=1", "/v1/standards?as_of=1"],
    );
    let before = reader.get("/?as_of=1999-01-01").expect(200);
    assert_says(&before, &["其时目录还是空的", "看现在的样子"]);
    assert_silent(&before, &["standards-registry import"]);
    let refused = reader.get("/?as_of=2999-01-01").expect(400);
    assert_says(&refused, &["as_of 尚未到来", "看现在的样子"]);
}

#[rstest]
fn pages_are_kept_by_their_tags_and_answer_head(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = reader(&registry, "zh");
    for path in ["/", "/frameworks/qingdao", "/changes", "/log"] {
        let page = reader.get(path).expect(200);
        reader.with("If-None-Match", &page.etag()).get(path).expect(304);
        assert!(reader.head(path).expect(200).body.is_empty());
    }
    registry
        .as_district(DISTRICT)
        .create(DISTRICT, row("GB/T 1-2020"));
    assert_says(&reader.get("/").expect(200), &["GB/T 1-2020"]);
}

#[rstest]
fn programs_are_told_in_their_own_way(#[values(Sqlite)] backend: Backend) {
    let registry = Registry::start(backend);
    let program = registry.anonymous().with("Accept", "application/json");
    let refused = program.get("/nowhere").expect(404);
    assert_eq!(
        refused.header("Content-Type").as_deref(),
        Some("application/problem+json")
    );
    let page = reader(&registry, "zh").get("/nowhere").expect(404);
    assert_says(&page, &["<h1>没有找到</h1>", "回到首页"]);
    let missing = reader(&registry, "en")
        .get("/standards/00000000-0000-7000-8000-000000000001")
        .expect(404);
    assert_says(
        &missing,
        &["no such standard", "Search by number or title", "name=\"q\""],
    );
    // Who follows a link to data with a browser is answered in the same frame, who wants data is not.
    let nowhere = "/v1/standards/00000000-0000-7000-8000-000000000001";
    let page = reader(&registry, "zh").get(nowhere).expect(404);
    assert_says(&page, &["<h1>没有找到</h1>", "name=\"q\""]);
    assert_eq!(page.header("Cache-Control").as_deref(), Some("no-store"));
    let told = |accept: &str, status: u16| {
        let program = registry.anonymous().with("Accept", accept);
        program.get(nowhere).expect(status).at("/type")
    };
    for accept in ["*/*", "application/json", "application/json, text/html;q=0.5"] {
        assert_eq!(told(accept, 404), "/problems/not-found", "{accept}");
    }
    // Pages and nothing else is what data cannot come in.
    assert_eq!(told("text/html", 406), "/problems/not-acceptable");
}

#[rstest]
fn a_row_that_left_tells_a_browser_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let entry = district.create(DISTRICT, row("DB37/T 2893-2016"));
    let left = district.withdraw(&entry);
    let gone = reader(&registry, "en")
        .get(&format!("/v1/standards/{}", left.id))
        .expect(410);
    let history = format!("href=\"/standards/{}\"", left.id);
    assert_says(&gone, &["lang=\"en\"", "Its history remains", &history]);
    assert!(gone.etag().starts_with("\"2."), "{}", gone.etag());
}

#[rstest]
fn a_mistyped_number_is_answered_with_what_may_be_meant(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    registry
        .as_district(DISTRICT)
        .create(DISTRICT, care_home_safety());
    let page = reader(&registry, "zh").get("/?q=GB+38601-2019").expect(200);
    assert_says(&page, &["您要找的是不是", "/?q=GB+38600-2019", "相近编号"]);
    let found = reader(&registry, "zh").get("/?q=GB+38600-2019").expect(200);
    assert_silent(&found, &["您要找的是不是"]);
}

#[rstest]
fn a_thousand_additions_are_told_together(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let first = district.create(DISTRICT, row("GB/T 1-2020"));
    let operations: Vec<_> = (2..=1001)
        .map(|n| {
            let content = row(&format!("GB/T {n}-2020"));
            json!({"op": "create", "kind": "standard", "owner": DISTRICT, "content": content, "reason": "首批入库"})
        })
        .collect();
    district
        .post("/v1/bulk", &json!({"operations": operations}))
        .expect(200);
    district.change(&first, json!({"scope": "改过"}));
    let reader = reader(&registry, "zh");
    let since = format!("/diff?from={}", first.position);
    let page = reader.get(&since).expect(200);
    assert_says(
        &page,
        &[
            "<strong>1000</strong><span>新增",
            "<strong>1</strong><span>有改动",
            "首批入库",
            "全部 1000 项",
            "side=added",
            "<summary>适用范围</summary>",
        ],
    );
    assert_eq!(
        page.text().matches("首批入库").count(),
        1,
        "the reason is told once"
    );
    assert_silent(&page, &["GB/T 900-2020"]);
    let mut path = format!("{since}&side=added");
    let mut seen = 0;
    loop {
        let page = reader.get(&path).expect(200);
        seen += page.text().matches("<span class=\"number\">GB/T").count();
        assert_silent(&page, &["改过"]);
        let Some(next) = page.text().split("rel=\"next\" href=\"").nth(1) else {
            break;
        };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!(seen, 1000);
}
