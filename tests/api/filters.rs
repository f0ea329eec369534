//! Narrowing the list of standards, and the counts beside it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{faults, problem, row, row_with};
use crate::support::{Client, Registry};

/// Six rows that differ in everything a list can be narrowed by.
fn fill(city: &Client) {
    let process = |subsystem: &str| json!({"framework": "qingdao", "cell": {"subsystem": subsystem, "dimension": "process"}});
    let rows = [
        (
            "370214",
            "GB 38600-2019",
            json!({
                "origin": "referenced", "published_on": "2019-12-27", "implemented_on": "2022-01-01", "audience": "general",
                "issued_by": ["国家市场监督管理总局", "国家标准化管理委员会"], "lead_department": ["市民政局"],
                "ics": ["03.080.30"], "ccs": ["A12"], "elements": ["facilities", "staffing"], "external_id": "A-1",
                "placements": [process("老有颐养")],
            }),
        ),
        (
            "370214",
            "GB/T 35796-2017",
            json!({
                "origin": "referenced", "published_on": "2017-12-29", "implemented_on": "2018-07-01",
                "lead_department": ["市民政局", "市卫生健康委"], "elements": ["process"],
                "placements": [
                    process("老有颐养"),
                    {"framework": "qingdao", "cell": {"subsystem": "病有良医", "dimension": "outcome"}},
                ],
            }),
        ),
        (
            "370213",
            "DB37/T 4278-2020",
            json!({"origin": "self_built", "implemented_on": "2021-01-01", "abolished_on": "2024-01-01", "audience": "public_guide",
                   "placements": [{"framework": "qingdao", "cell": {"subsystem": "幼有善育", "dimension": "process"}, "node": "新生儿疾病筛查"}]}),
        ),
        (
            "370213",
            "MZ/T 032-2012",
            json!({"claimed_status": {"value": "in_force"}, "issued_by": ["民政部"]}),
        ),
        (
            "370200",
            "T/CAS 352-2019",
            json!({"supply": "drafting", "plan_number": "2026-118"}),
        ),
        (
            "370200",
            "GB/T 35796-2012",
            json!({"implemented_on": "2013-01-01", "abolished_on": "2018-07-01"}),
        ),
    ];
    for (owner, number, members) in rows {
        city.create(owner, row_with(number, members));
    }
}

#[rstest]
fn each_filter_keeps_what_it_names(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    let anyone = registry.anonymous();
    let cases: &[(&str, &[&str])] = &[
        ("owner=370214", &["GB 38600-2019", "GB/T 35796-2017"]),
        (
            "owner=370214&owner=370213",
            &[
                "DB37/T 4278-2020",
                "GB 38600-2019",
                "GB/T 35796-2017",
                "MZ/T 032-2012",
            ],
        ),
        ("owner_exact=370200", &["GB/T 35796-2012", "T/CAS 352-2019"]),
        (
            "owner_exact=370200&owner_exact=370213",
            &[
                "DB37/T 4278-2020",
                "GB/T 35796-2012",
                "MZ/T 032-2012",
                "T/CAS 352-2019",
            ],
        ),
        ("origin=self_built", &["DB37/T 4278-2020"]),
        ("level=industry&level=group", &["MZ/T 032-2012", "T/CAS 352-2019"]),
        ("mandate=mandatory", &["GB 38600-2019"]),
        ("supply=drafting", &["T/CAS 352-2019"]),
        ("supply=drafting&supply=planned", &["T/CAS 352-2019"]),
        (
            "validity=abolished&valid_at=2026-01-01",
            &["DB37/T 4278-2020", "GB/T 35796-2012"],
        ),
        (
            "validity=in_force&valid_at=2026-01-01",
            &["GB 38600-2019", "GB/T 35796-2017", "MZ/T 032-2012"],
        ),
        ("audience=public_guide", &["DB37/T 4278-2020"]),
        (
            "elements=staffing&elements=process",
            &["GB 38600-2019", "GB/T 35796-2017"],
        ),
        (
            "lead_department=%E5%B8%82%E5%8D%AB%E7%94%9F%E5%81%A5%E5%BA%B7%E5%A7%94",
            &["GB/T 35796-2017"],
        ),
        ("issued_by=%E6%B0%91%E6%94%BF%E9%83%A8", &["MZ/T 032-2012"]),
        ("ics=03.080.30", &["GB 38600-2019"]),
        ("ics=03", &["GB 38600-2019"]),
        ("ics=03.08", &[]),
        ("ccs=A12", &["GB 38600-2019"]),
        ("ccs=A", &["GB 38600-2019"]),
        ("ccs=A10/19", &["GB 38600-2019"]),
        ("number=GB38600%E2%80%942019", &["GB 38600-2019"]),
        ("external_id=A-1", &["GB 38600-2019"]),
        ("plan_number=2026-118", &["T/CAS 352-2019"]),
        (
            "published_on_from=2017-12-29&published_on_to=2019-12-26",
            &["GB/T 35796-2017"],
        ),
        (
            "implemented_on_from=2021-01-01",
            &["DB37/T 4278-2020", "GB 38600-2019"],
        ),
        ("implemented_on_to=2013-01-01", &["GB/T 35796-2012"]),
        ("abolished_on_to=2023-12-31", &["GB/T 35796-2012"]),
        (
            "framework=qingdao",
            &["DB37/T 4278-2020", "GB 38600-2019", "GB/T 35796-2017"],
        ),
        (
            "node=%E6%96%B0%E7%94%9F%E5%84%BF%E7%96%BE%E7%97%85%E7%AD%9B%E6%9F%A5",
            &["DB37/T 4278-2020"],
        ),
        // 优孕优生服务, above 新生儿疾病筛查.
        (
            "node=%E4%BC%98%E5%AD%95%E4%BC%98%E7%94%9F%E6%9C%8D%E5%8A%A1",
            &["DB37/T 4278-2020"],
        ),
        ("node=%E5%84%BF%E7%AB%A5%E5%81%A5%E5%BA%B7%E6%9C%8D%E5%8A%A1", &[]),
        ("dimension=outcome", &["GB/T 35796-2017"]),
        (
            "origin=referenced&level=national&owner=370214",
            &["GB 38600-2019", "GB/T 35796-2017"],
        ),
    ];
    for (query, expected) in cases {
        let mut found = anyone.numbers(query);
        found.sort();
        assert_eq!(found, *expected, "{query}");
    }
    assert_eq!(
        anyone.numbers("owner=370200&limit=1000").len(),
        6,
        "an owner stands for its subtree"
    );
    assert_eq!(anyone.numbers("owner=510100"), [""; 0]);
}

#[rstest]
fn terms_of_a_place_hold_for_one_placement(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    let anyone = registry.anonymous();
    // It stands in 老有颐养 × process and in 病有良医 × outcome, so not in 老有颐养 × outcome.
    let (elderly, medical) = (
        "%E8%80%81%E6%9C%89%E9%A2%90%E5%85%BB",
        "%E7%97%85%E6%9C%89%E8%89%AF%E5%8C%BB",
    );
    for (query, expected) in [
        (
            format!("subsystem={elderly}&dimension=process"),
            vec!["GB 38600-2019", "GB/T 35796-2017"],
        ),
        (format!("subsystem={elderly}&dimension=outcome"), vec![]),
        (format!("cell=subsystem:{elderly}&cell=dimension:outcome"), vec![]),
        (
            format!("cell=subsystem:{medical}&cell=dimension:outcome"),
            vec!["GB/T 35796-2017"],
        ),
        (format!("cell=subsystem:{medical}&dimension=process"), vec![]),
        (
            format!("subsystem={elderly}&subsystem={medical}&dimension=outcome"),
            vec!["GB/T 35796-2017"],
        ),
        (
            format!("subsystem={elderly}&dimension=process&dimension=outcome"),
            vec!["GB 38600-2019", "GB/T 35796-2017"],
        ),
        (
            "node=%E6%96%B0%E7%94%9F%E5%84%BF%E7%96%BE%E7%97%85%E7%AD%9B%E6%9F%A5&dimension=outcome"
                .to_owned(),
            vec![],
        ),
    ] {
        assert_eq!(anyone.numbers(&query), expected, "{query}");
    }
}

#[rstest]
fn a_place_is_named_by_title_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    // 结果均等 is the title of `outcome`.
    let by_title = registry
        .anonymous()
        .numbers("dimension=%E7%BB%93%E6%9E%9C%E5%9D%87%E7%AD%89");
    assert_eq!(by_title, ["GB/T 35796-2017"]);
}

#[rstest]
fn withdrawn_rows_are_listed_when_asked_for(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let gone = district.create("370214", row("GB 38600-2019"));
    district.create("370214", row("GB/T 35796-2017"));
    let withdrawn = district.withdraw(&gone);

    assert_eq!(district.numbers(""), ["GB/T 35796-2017"]);
    assert_eq!(district.numbers("withdrawn=exclude"), ["GB/T 35796-2017"]);
    assert_eq!(district.numbers("withdrawn=only"), ["GB 38600-2019"]);
    let mut all = district.numbers("withdrawn=include");
    all.sort();
    assert_eq!(all, ["GB 38600-2019", "GB/T 35796-2017"]);
    let listed = district.get("/v1/standards?withdrawn=only").expect(200);
    assert_eq!(listed.at("/items/0/withdrawn"), true);
    assert_eq!(listed.at("/items/0/revision"), withdrawn.revision);
    assert_eq!(
        district
            .numbers(&format!("as_of={}", withdrawn.position - 1))
            .len(),
        2
    );
}

#[rstest]
fn each_facet_ignores_its_own_filter(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    let query =
        "/v1/standards?level=national&origin=referenced&facets=level,origin,elements,dimension&count=true";
    let list = registry.anonymous().get(query).expect(200);
    assert_eq!(list.at("/total"), 3);
    let facet = |name: &str| {
        let counts = list.at(&format!("/facets/{name}"));
        let mut counts: Vec<_> = counts
            .as_array()
            .unwrap_or_else(|| panic!("{name}\n{list:?}"))
            .iter()
            .map(|count| {
                (
                    count["value"].as_str().unwrap().to_owned(),
                    count["count"].as_u64().unwrap(),
                )
            })
            .collect();
        counts.sort();
        counts
    };
    let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|(v, n)| (v.to_string(), *n)).collect::<Vec<_>>();
    assert_eq!(
        facet("level"),
        counts(&[("group", 1), ("industry", 1), ("national", 3)])
    );
    assert_eq!(facet("origin"), counts(&[("referenced", 3)]));
    assert_eq!(
        facet("elements"),
        counts(&[("facilities", 1), ("process", 1), ("staffing", 1)])
    );
    assert_eq!(facet("dimension"), counts(&[("outcome", 1), ("process", 2)]));
    let plain = registry.anonymous().get("/v1/standards").expect(200);
    assert_eq!(plain.at("/facets"), Value::Null);
    assert_eq!(plain.at("/total"), Value::Null);
}

#[rstest]
fn a_misspelt_or_faulty_parameter_never_reads_as_no_filter(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();
    for (query, pointer) in [
        ("lavel=national", "?lavel"),
        ("level=nationl", "?level"),
        ("level=", "?level"),
        ("owner=999999", "?owner"),
        ("validity=valid", "?validity"),
        ("published_on_from=2019", "?published_on_from"),
        ("limit=0", "?limit"),
        ("limit=1001", "?limit"),
        ("limit=ten", "?limit"),
        ("limit=5&limit=6", "?limit"),
        ("count=yes", "?count"),
        ("sort=colour", "?sort"),
        ("facets=level,colour", "?facets"),
        ("withdrawn=maybe", "?withdrawn"),
        ("cell=subsystem", "?cell"),
        ("issued_by=%FF", "?issued_by"),
        ("issued_by=%zz", "?issued_by"),
        ("issued_by=a%00b", "?issued_by"),
        ("%FF=1", "?%FF"),
        ("cursor=nonsense", "?cursor"),
    ] {
        let refused = anyone.get(&format!("/v1/standards?{query}")).expect(400);
        assert_eq!(problem(&refused), "invalid-parameter", "{query}");
        assert!(
            faults(&refused).iter().any(|(at, _)| at == pointer),
            "{query}\n{refused:?}"
        );
    }
    let several = anyone.get("/v1/standards?lavel=x&limit=0&level=y").expect(400);
    assert_eq!(faults(&several).len(), 3, "\n{several:?}");
}
