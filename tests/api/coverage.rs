//! What is wanting in a catalogue, what is there twice, and what is about to happen to it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::entry::{care_home_safety, faults, row_with};
use crate::support::{Client, Registry};

const CITY: &str = "370200";
const CHENGYANG: &str = "370214";
const LICANG: &str = "370213";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn in_cell(subsystem: &str, dimension: &str) -> Value {
    json!([{"framework": "qingdao", "cell": {"subsystem": subsystem, "dimension": dimension}}])
}

/// A query as it travels: what is not ASCII by its bytes.
fn encoded(query: &str) -> String {
    let travels = |byte: u8| {
        if byte.is_ascii() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    query.bytes().map(travels).collect()
}

/// A row in force since 2018, placed for the elderly's process.
fn placed(number: &str, title: &str) -> Value {
    row_with(
        number,
        json!({"title": title, "implemented_on": "2018-01-01", "placements": in_cell("老有颐养", "process")}),
    )
}

fn items(client: &Client, path: &str) -> Vec<Value> {
    client.every(path)
}

/// The only item with these members.
#[track_caller]
fn the(items: &[Value], members: Value) -> Value {
    let wanted = members.as_object().unwrap();
    let mut found = items
        .iter()
        .filter(|item| wanted.iter().all(|(name, value)| item[name] == *value));
    let one = found
        .next()
        .unwrap_or_else(|| panic!("no {members} in {items:#?}"));
    assert_eq!(found.next(), None, "one {members}");
    one.clone()
}

#[rstest]
fn a_cell_is_a_gap_until_something_in_it_is_in_force(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(CHENGYANG);
    let gaps = |parameters: &str| {
        items(
            &district,
            &format!("/v1/coverage/gaps?owner=370214&limit=7{parameters}"),
        )
    };
    assert_eq!(gaps("").len(), 30, "every cell of an empty catalogue");
    let cell = json!({"subsystem": "老有颐养", "dimension": "process"});

    let plan = json!({"external_id": "p", "title": "居家养老服务规范", "origin": "self_built", "level": "local",
                      "supply": "planned", "placements": in_cell("老有颐养", "process")});
    let plan = district.create(CHENGYANG, plan);
    let gap = the(&gaps(""), json!({"cell": cell}));
    assert_eq!(gap["gap"], "only_planned");
    assert_eq!(gap["label"], "老有颐养 · 过程均等");
    assert_eq!(gap["stock"]["planned"], 1);
    assert_eq!(gap["own"][0]["id"], plan.id);
    assert_eq!(gaps("&gap=only_planned").len(), 1);

    let plan = district.change(&plan, json!({"supply": "drafting"}));
    assert_eq!(the(&gaps(""), json!({"cell": cell}))["gap"], "only_drafting");

    let safety = row_with(
        "GB 38600-2019",
        json!({"implemented_on": "2022-01-01", "abolished_on": "2024-01-01", "published_on": "2019-12-27",
               "placements": in_cell("老有颐养", "process")}),
    );
    let safety = district.create(CHENGYANG, safety);
    let on = |day: &str| gaps(&format!("&valid_at={day}"));
    assert_eq!(
        the(&on("2021-06-01"), json!({"cell": cell}))["gap"],
        "only_upcoming"
    );
    assert_eq!(on("2023-06-01").len(), 29, "in force: no gap");
    assert_eq!(
        the(&on("2025-06-01"), json!({"cell": cell}))["gap"],
        "nothing_in_force"
    );

    // As of then nothing was there.
    let then = gaps(&format!("&as_of={}&valid_at=2023-06-01", plan.position));
    assert_eq!(then.len(), 30);
    let unknown = json!({"implemented_on": null, "published_on": null, "abolished_on": null});
    district.change(&safety, unknown);
    assert_eq!(the(&gaps(""), json!({"cell": cell}))["gap"], "only_unknown");
}

#[rstest]
fn a_gap_names_what_others_have_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let above = city.create(CITY, placed("GB/T 35796-2017", "养老机构服务质量基本规范"));
    city.create(LICANG, placed("GB/T 35796-2017", "养老机构服务质量基本规范"));
    let beside = city.create(LICANG, placed("GB 38600-2019", "养老机构服务安全基本规范"));
    let ended = row_with(
        "MZ/T 032-2012",
        json!({"abolished_on": "2020-01-01", "placements": in_cell("老有颐养", "process")}),
    );
    city.create(CITY, ended);

    let gaps = items(&city, "/v1/coverage/gaps?owner=370214");
    let gap = the(&gaps, json!({"label": "老有颐养 · 过程均等"}));
    assert_eq!(gap["gap"], "empty");
    assert_eq!(gap["above"]["standards"], 1, "what has ended is no help: {gap:#}");
    assert_eq!(gap["above"]["items"][0]["id"], above.id);
    assert_eq!(gap["above"]["items"][0]["validity"], "in_force");
    assert_eq!(gap["beside"]["standards"], 2);
    assert_eq!(gap["beside"]["items"][0]["id"], beside.id);
    // For the city as a whole there is no gap, and nobody beside it here has anything.
    assert_eq!(items(&city, "/v1/coverage/gaps?owner=370200").len(), 29);
    let own = items(&city, "/v1/coverage/gaps?owner_exact=370200");
    assert_eq!(own.len(), 29);
}

#[rstest]
fn a_node_is_covered_by_what_stands_below_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let gaps = || items(&city, "/v1/coverage/gaps?owner=370200&by=node");
    let names = |gaps: &[Value]| {
        gaps.iter()
            .map(|gap| gap["node"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = names(&gaps());
    assert!(
        before.contains(&"优孕优生服务".to_owned()) && before.contains(&"新生儿疾病筛查".to_owned()),
        "{before:?}"
    );
    let screening = row_with(
        "WS/T 423-2022",
        json!({"implemented_on": "2023-01-01",
               "placements": [{"framework": "qingdao", "cell": {"dimension": "process"}, "node": "新生儿疾病筛查"}]}),
    );
    city.create(CITY, screening);
    let after = gaps();
    assert_eq!(
        after.len(),
        before.len() - 2,
        "the service and the element above it"
    );
    let gap = the(&after, json!({"node": "儿童健康服务"}));
    assert_eq!(gap["cell"], json!({"subsystem": "幼有善育"}));
    assert_eq!(gap["label"], "幼有善育 · 儿童健康服务");
}

#[rstest]
fn duplicates_are_grouped_with_their_reason(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let mut safety = care_home_safety();
    safety["placements"] = in_cell("老有颐养", "process");
    city.create(CITY, safety.clone());
    safety["implemented_on"] = json!("2021-01-01");
    city.create(CHENGYANG, safety);
    city.create(CITY, placed("GB/T 35796-2017", "养老机构服务质量基本规范"));
    city.create(CITY, placed("GB/T 35796-2025", "养老机构服务质量基本规范"));
    city.create(CITY, placed("DB3702/T 35-2021", "养老机构服务质量规范"));
    city.create(CITY, placed("MZ/T 1.1-2020", "社区服务 第1部分：术语"));
    city.create(CITY, placed("MZ/T 1.2-2020", "社区服务 第2部分：术语"));
    // Elsewhere it is no duplicate.
    let elsewhere = json!({"title": "养老机构服务质量规范", "placements": in_cell("病有良医", "process")});
    city.create(CITY, row_with("DB37/T 9-2019", elsewhere));

    let groups = items(&city, "/v1/coverage/duplicates?owner=370200");
    let reasons: Vec<_> = groups
        .iter()
        .map(|group| group["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        reasons,
        ["number_differs", "same_number", "other_edition", "near_title"],
        "{groups:#?}"
    );
    assert_eq!(groups[0]["differs"], json!(["implemented_on"]));
    assert_eq!(groups[0]["cell"], Value::Null);
    assert_eq!(groups[0]["rows"], 2);
    assert_eq!(groups[1]["label"], "老有颐养 · 过程均等");
    let editions: Vec<_> = groups[2]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["number"].clone())
        .collect();
    assert_eq!(editions, ["GB/T 35796-2017", "GB/T 35796-2025"]);
    assert_eq!(groups[3]["score"], 0.8);
    let near: Vec<_> = groups[3]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["number"].clone())
        .collect();
    assert_eq!(
        near,
        ["DB3702/T 35-2021", "GB/T 35796-2017"],
        "one row stands for all editions"
    );

    let one = |parameters: &str| items(&city, &format!("/v1/coverage/duplicates?{parameters}"));
    assert_eq!(one("reason=near_title&threshold=0.81").len(), 0);
    assert_eq!(one("reason=near_title,same_number").len(), 2);
    assert_eq!(one("owner_exact=370214").len(), 0);
    let faulty = city
        .get("/v1/coverage/duplicates?threshold=2&reason=colour&framework=qingdo")
        .expect(400);
    let faults = faults(&faulty);
    assert_eq!(faults.len(), 2, "{faults:?}");
    let unknown = city.get("/v1/coverage/duplicates?framework=qingdo").expect(400);
    assert!(
        unknown.at("/detail").as_str().unwrap().contains("是否指 qingdao"),
        "{unknown:?}"
    );
}

#[rstest]
fn two_owners_are_compared_cell_by_cell_and_row_by_row(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.create(CHENGYANG, placed("GB/T 35796-2017", "养老机构服务质量基本规范"));
    city.create(LICANG, placed("GB/T 35796-2017", "养老机构服务质量基本规范"));
    city.create(CHENGYANG, placed("GB 38600-2019", "养老机构服务安全基本规范"));
    let elsewhere = json!({"origin": "self_built", "implemented_on": "2018-01-01", "placements": in_cell("病有良医", "process")});
    city.create(CHENGYANG, row_with("DB3702/T 35-2021", elsewhere.clone()));
    city.create(LICANG, placed("DB3702/T 35-2021", "DB3702/T 35-2021 的名称"));
    city.create(LICANG, placed("WS/T 423-2022", "医疗机构感染监测"));

    let compared = city
        .get("/v1/coverage/compare?owner=370214&with=370213&limit=2&count=true")
        .expect(200);
    assert_eq!(compared.at("/totals/this"), json!({"rows": 3, "distinct": 3}));
    assert_eq!(compared.at("/totals/with"), json!({"rows": 3, "distinct": 3}));
    let cells = compared.at("/cells").as_array().unwrap().clone();
    assert_eq!(cells.len(), 30);
    let cell = the(&cells, json!({"label": "老有颐养 · 过程均等"}));
    assert_eq!(
        (&cell["this"]["rows"], &cell["with"]["rows"], &cell["difference"]),
        (&json!(2), &json!(3), &json!(-1))
    );
    let standings = compared.at("/standings");
    let count =
        |standing: &str| the(standings.as_array().unwrap(), json!({"standing": standing}))["count"].clone();
    assert_eq!(
        [
            count("only_this"),
            count("only_with"),
            count("differs"),
            count("both")
        ],
        [1, 1, 1, 1].map(|n| json!(n))
    );

    let all = items(&city, "/v1/coverage/compare?owner=370214&with=370213&limit=1");
    let told: Vec<_> = all
        .iter()
        .map(|one| (one["number"].as_str().unwrap(), one["standing"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("DB3702/T 35-2021", "differs"),
            ("GB 38600-2019", "only_this"),
            ("GB/T 35796-2017", "both"),
            ("WS/T 423-2022", "only_with"),
        ]
    );
    assert_eq!(all[0]["differs"], json!(["origin", "placements"]));
    assert_eq!(
        items(
            &city,
            "/v1/coverage/compare?owner=370214&with=370213&standing=only_this,only_with"
        )
        .len(),
        2
    );
    assert_eq!(
        faults(&city.get("/v1/coverage/compare?owner=370214").expect(400)),
        [("?with".to_owned(), "required".to_owned())]
    );
}

#[rstest]
fn two_moments_are_compared_even_across_a_new_number(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(CHENGYANG);
    let seismic = placed("GB 50011-2010", "建筑抗震设计规范");
    let seismic = district.create(CHENGYANG, seismic);
    let gone = district.create(CHENGYANG, placed("GB 38600-2019", "养老机构服务安全基本规范"));
    let before = gone.position;
    district.change(
        &seismic,
        json!({"number": "GB/T 50011-2010", "title": "建筑抗震设计标准"}),
    );
    district.withdraw(&gone);

    let all = items(
        &district,
        &format!("/v1/coverage/compare?owner=370214&with_as_of={before}"),
    );
    let renumbered = the(&all, json!({"standing": "differs"}));
    assert_eq!(renumbered["differs"], json!(["number"]));
    assert_eq!(renumbered["this"]["numbers"], json!(["GB/T 50011-2010"]));
    assert_eq!(renumbered["with"]["numbers"], json!(["GB 50011-2010"]));
    assert_eq!(
        the(&all, json!({"standing": "only_with"}))["number"],
        "GB 38600-2019"
    );
    assert_eq!(all.len(), 2);
    // The same position on another day: in force or not yet.
    let days = items(
        &district,
        "/v1/coverage/compare?owner=370214&valid_at=2026-01-01&with_valid_at=2017-01-01",
    );
    assert_eq!(
        the(&days, json!({"standing": "differs"}))["differs"],
        json!(["validity"])
    );
    district.get("/v1/coverage/compare?with_as_of=99999").expect(400);
}

#[rstest]
fn what_begins_and_ends_soon_is_told_by_day(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(CHENGYANG);
    let safety =
        json!({"published_on": "2024-08-01", "implemented_on": "2024-12-01", "abolished_on": "2025-01-15"});
    district.create(CHENGYANG, row_with("GB 38600-2019", safety));
    let told = |parameters: &str| {
        let path = format!("/v1/coverage/trials?owner=370214&{parameters}");
        let items = items(&district, &path);
        items
            .iter()
            .map(|one| {
                (
                    one["milestone"].as_str().unwrap().to_owned(),
                    one["on"].as_str().unwrap().to_owned(),
                    one["days"].as_i64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let one = |name: &str, on: &str, days: i64| (name.to_owned(), on.to_owned(), days);
    // The city's framework concerns the district.
    assert_eq!(
        told("valid_at=2024-11-30"),
        [
            one("implementation", "2024-12-01", 1),
            one("trial_ends", "2024-12-30", 30),
            one("abolition", "2025-01-15", 46),
        ]
    );
    assert_eq!(told("valid_at=2024-11-30&days=30").len(), 2);
    assert_eq!(
        told("valid_at=2024-11-30&framework=qingdao"),
        [one("trial_ends", "2024-12-30", 30)]
    );
    assert_eq!(
        told("valid_at=2024-12-31&milestone=trial_ended"),
        [one("trial_ended", "2024-12-30", -1)]
    );
    // A final edition ends it.
    let city = registry.as_city();
    let trial = city.get("/v1/frameworks/qingdao").expect(200);
    let last = trial.at("/position").as_i64().unwrap();
    let now_final =
        json!({"reason": "试行期满，转为正式", "content": {"trial_from": null, "trial_to": null}});
    city.if_match(&trial.etag())
        .patch("/v1/frameworks/qingdao", &now_final)
        .expect(200);
    assert_eq!(told("valid_at=2024-12-31&milestone=trial_ended"), []);
    assert_eq!(
        told(&format!("as_of={last}&valid_at=2024-12-31&milestone=trial_ended")).len(),
        1
    );
}

#[rstest]
#[case::gaps("/v1/coverage/gaps?owner=370214", "老有颐养 · 过程均等")]
#[case::duplicates("/v1/coverage/duplicates?owner=370214", "GB/T 35796-2017")]
#[case::comparison("/v1/coverage/compare?owner=370214&with=370213", "养老机构服务质量基本规范")]
#[case::trials("/v1/coverage/trials?owner=370214&valid_at=2024-11-30", "trial_ends")]
fn findings_are_tables_too(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[case] path: &str,
    #[case] told: &str,
) {
    let registry = Registry::start(backend);
    let district = registry.as_district(CHENGYANG);
    let mut rows = vec![
        placed("GB/T 35796-2017", "养老机构服务质量基本规范"),
        placed("GB/T 35796-2025", "养老机构服务质量基本规范"),
    ];
    for row in &mut rows {
        row["implemented_on"] = json!("2099-01-01");
    }
    let creations: Vec<_> = rows.into_iter().map(|row| creation(CHENGYANG, row)).collect();
    district.bulk(&creations).expect(200);
    let csv = district
        .with("Accept", "text/csv")
        .get(&format!("{path}&bom=true"))
        .expect(200);
    assert!(
        csv.text().starts_with('\u{feff}') && csv.text().contains(told),
        "{csv:?}"
    );
    let page = district
        .with("Accept", "text/csv")
        .get(&format!("{path}&limit=1"))
        .expect(200);
    assert!(
        page.text().starts_with(|c: char| c.is_ascii_lowercase()),
        "{page:?}"
    );
    let lines = district
        .with("Accept", "application/x-ndjson")
        .get(path)
        .expect(200);
    assert_eq!(lines.lines().last().unwrap()["end"], true);
    let workbook = district.with("Accept", XLSX).get(path).expect(200);
    assert!(workbook.body.starts_with(b"PK"));
    // A cursor belongs to its question.
    let cursor = district.get(&format!("{path}&limit=1")).expect(200).at("/next");
    if let Some(cursor) = cursor.as_str() {
        let other = path.replace("370214", "370203");
        district.get(&format!("{other}&cursor={cursor}")).expect(400);
    }
    district.get(&format!("{path}&colour=red")).expect(400);
    district.get(&format!("{path}&as_of=99999")).expect(400);
}

#[rstest]
fn a_framework_has_no_findings_before_it_is_registered(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    for resource in ["gaps", "duplicates"] {
        let path = format!("/v1/coverage/{resource}?as_of=1999-01-01");
        let refused = registry.anonymous().get(&path).expect(400);
        assert_eq!(
            faults(&refused),
            [("?as_of".to_owned(), "not_registered_yet".to_owned())]
        );
    }
}

#[rstest]
fn a_filter_that_names_nothing_known_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();
    for (parameters, pointer, code, meant) in [
        ("subsystem=幼有", "?subsystem", "unknown_value", "幼有善育"),
        ("dimension=过程", "?dimension", "unknown_value", "process"),
        ("cell=subsystm:老有颐养", "?cell", "unknown_axis", "subsystem"),
        ("node=新生儿筛查", "?node", "unknown_node", "新生儿疾病筛查"),
        ("framework=qingdo", "?framework", "unknown_framework", "qingdao"),
    ] {
        let parameters = encoded(parameters);
        for resource in ["/v1/standards", "/v1/changes", "/v1/snapshot", "/v1/digest"] {
            let refused = anyone.get(&format!("{resource}?{parameters}")).expect(400);
            assert_eq!(
                faults(&refused),
                [(pointer.to_owned(), code.to_owned())],
                "{refused:?}"
            );
            let detail = refused.at("/detail");
            assert!(
                detail.as_str().unwrap().contains(&format!("是否指 {meant}")),
                "{refused:?}"
            );
        }
        anyone.get(&format!("/v1/diff?from=0&{parameters}")).expect(400);
    }
    anyone
        .get(&encoded("/v1/frameworks/qingdao/matrix?subsystem=幼有"))
        .expect(400);
    // What came later is known, and had no rows yet.
    let district = registry.as_district(CHENGYANG);
    let before = district.create(CHENGYANG, care_home_safety()).position;
    let framework = json!({"owner": CHENGYANG, "content": {"slug": "letters", "title": "字母", "axes": [{"id": "letter", "title": "字母", "values": [{"id": "a", "title": "A"}]}]}});
    district.post("/v1/frameworks", &framework).expect(201);
    assert_eq!(
        district.numbers(&format!("framework=letters&cell=letter:a&as_of={before}")),
        [""; 0]
    );
}
