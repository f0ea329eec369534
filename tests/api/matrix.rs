//! A framework's cells, counted: zeros included, and everything adds up.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::entry::{body, row, row_with};
use crate::support::{Client, Registry};

const DISTRICT: &str = "370214";
const CITY: &str = "370200";

fn test_data(name: &str) -> Value {
    let path = format!("{}/tests/data/frameworks/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn matrix(client: &Client, framework: &str, parameters: &str) -> Value {
    client
        .get(&format!("/v1/frameworks/{framework}/matrix?{parameters}"))
        .expect(200)
        .json()
}

/// Rows and distinct standards of the cell or margin with these values.
fn count_at(matrix: &Value, cell: Value) -> (u64, u64) {
    let groups = ["cells", "margins"].map(|group| matrix[group].as_array().unwrap());
    let mut cells = groups.into_iter().flatten();
    let found = cells
        .find(|found| found["cell"] == cell)
        .unwrap_or_else(|| panic!("no cell {cell} in {matrix:#}"));
    count(found)
}

fn count(counted: &Value) -> (u64, u64) {
    (
        counted["rows"].as_u64().unwrap(),
        counted["distinct"].as_u64().unwrap(),
    )
}

/// Within each count, every breakdown adds up to the rows.
fn assert_adds_up(matrix: &Value) {
    let groups = ["cells", "margins"].map(|group| matrix[group].as_array().unwrap());
    let counts = groups
        .into_iter()
        .flatten()
        .chain([&matrix["total"], &matrix["unplaced"]]);
    for counted in counts {
        for (name, shares) in counted["by"].as_object().unwrap() {
            let sum: u64 = shares
                .as_array()
                .unwrap()
                .iter()
                .map(|share| share["count"].as_u64().unwrap())
                .sum();
            assert_eq!(sum, counted["rows"].as_u64().unwrap(), "{name} of {counted:#}");
        }
    }
}

fn in_qingdao(number: &str, cells: &[(&str, &str)]) -> Value {
    let placements: Vec<_> = cells
        .iter()
        .map(|(subsystem, dimension)| json!({"framework": "qingdao", "cell": {"subsystem": subsystem, "dimension": dimension}}))
        .collect();
    row_with(number, json!({ "placements": placements }))
}

#[rstest]
fn every_cell_is_there_even_if_nothing_stands_in_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let matrix = matrix(&registry.anonymous(), "qingdao", "");
    let cells = matrix["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 30);
    assert_eq!(
        cells[0],
        json!({"cell": {"subsystem": "幼有善育", "dimension": "opportunity"}, "rows": 0, "distinct": 0,
               "by": {"origin": [], "level": [], "supply": [], "validity": []}})
    );
    assert_eq!(matrix["margins"].as_array().unwrap().len(), 13);
    assert_eq!(count(&matrix["total"]), (0, 0));
    assert_eq!(matrix["framework"], "qingdao");
    assert_eq!(matrix["position"], registry.anonymous().log_head());
}

#[rstest]
fn margins_and_total_count_an_entry_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.create(
        CITY,
        in_qingdao(
            "GB 38600-2019",
            &[
                ("老有颐养", "opportunity"),
                ("老有颐养", "process"),
                ("病有良医", "process"),
            ],
        ),
    );
    // The same standard in a district's catalogue is another row, and the same standard.
    city.create(DISTRICT, in_qingdao("GB 38600-2019", &[("老有颐养", "process")]));
    city.create(
        DISTRICT,
        in_qingdao("GB/T 42195-2022", &[("老有颐养", "process")]),
    );
    city.create(DISTRICT, row("WS/T 423-2022"));
    let planned = json!({"external_id": "p", "title": "拟制定", "origin": "self_built", "level": "local", "supply": "planned",
                         "placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]});
    city.create(DISTRICT, planned);

    let counted = matrix(&city, "qingdao", "");
    assert_adds_up(&counted);
    let cell = |subsystem: &str, dimension: &str| {
        count_at(&counted, json!({"subsystem": subsystem, "dimension": dimension}))
    };
    assert_eq!(cell("老有颐养", "opportunity"), (1, 1));
    assert_eq!(cell("老有颐养", "process"), (4, 3));
    assert_eq!(cell("病有良医", "process"), (1, 1));
    assert_eq!(cell("学有优教", "process"), (0, 0));
    assert_eq!(count_at(&counted, json!({"subsystem": "老有颐养"})), (4, 3));
    assert_eq!(count_at(&counted, json!({"dimension": "process"})), (4, 3));
    assert_eq!(count(&counted["total"]), (4, 3));
    assert_eq!(count(&counted["unplaced"]), (1, 1));
    assert_eq!(
        counted["total"]["by"]["origin"],
        json!([{"value": "referenced", "count": 3}, {"value": "self_built", "count": 1}])
    );
    assert_eq!(
        counted["total"]["by"]["supply"],
        json!([{"value": "existing", "count": 3}, {"value": "planned", "count": 1}])
    );

    // Only what is asked for, only of whom is asked about.
    let own = matrix(&city, "qingdao", "owner=370214&by=origin,level");
    assert_adds_up(&own);
    assert_eq!(count(&own["total"]), (3, 3));
    let names: Vec<_> = own["total"]["by"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 2);
    let existing = matrix(&city, "qingdao", "owner=370214&supply=existing");
    assert_eq!(count(&existing["total"]), (2, 2));
    assert_eq!(count(&matrix(&city, "qingdao", "owner=370213")["total"]), (0, 0));
    city.get("/v1/frameworks/qingdao/matrix?by=colour").expect(400);
}

#[rstest]
fn a_matrix_can_be_drawn_as_of_any_position_and_day(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let dated = |mut content: Value| {
        content["published_on"] = json!("2019-12-27");
        content["implemented_on"] = json!("2022-01-01");
        content
    };
    let first = city.create(
        CITY,
        dated(in_qingdao("GB 38600-2019", &[("老有颐养", "process")])),
    );
    let moved = city.replace(
        &first,
        CITY,
        dated(in_qingdao("GB 38600-2019", &[("病有良医", "process")])),
    );
    let gone = city.withdraw(&moved);

    let at = |position: u64, subsystem: &str| {
        let counted = matrix(&city, "qingdao", &format!("as_of={position}"));
        assert_eq!(counted["position"], position);
        count_at(&counted, json!({"subsystem": subsystem, "dimension": "process"})).0
    };
    assert_eq!(
        [
            at(first.position - 1, "老有颐养"),
            at(first.position, "老有颐养"),
            at(moved.position, "老有颐养")
        ],
        [0, 1, 0]
    );
    assert_eq!(
        [
            at(first.position, "病有良医"),
            at(moved.position, "病有良医"),
            at(gone.position, "病有良医")
        ],
        [0, 1, 0]
    );

    let validity = |day: &str| {
        let counted = matrix(
            &city,
            "qingdao",
            &format!("as_of={}&valid_at={day}&by=validity", first.position),
        );
        assert_eq!(counted["valid_at"], day);
        counted["total"]["by"]["validity"][0]["value"].clone()
    };
    assert_eq!(validity("2021-12-31"), "upcoming");
    assert_eq!(validity("2022-01-01"), "in_force");
}

#[rstest]
fn a_matrix_at_an_old_position_has_the_cells_of_then(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let framework = json!({"slug": "trial", "title": "试验", "axes": [
        {"id": "part", "title": "部分", "values": [{"id": "one", "title": "一"}, {"id": "two", "title": "二"}]}]});
    let created = district
        .post("/v1/frameworks", &body(DISTRICT, framework.clone()))
        .expect(201);
    let mut wider = framework;
    wider["axes"][0]["values"] = json!([{"id": "one", "title": "第一"}, {"id": "three", "title": "三"}, {"id": "four", "title": "四"}]);
    district
        .if_match(&created.etag())
        .put("/v1/frameworks/trial", &body(DISTRICT, wider))
        .expect(200);

    let parts = |parameters: &str| -> Vec<Value> {
        let counted = matrix(&district, "trial", parameters);
        counted["cells"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell["cell"]["part"].clone())
            .collect()
    };
    assert_eq!(parts(""), ["one", "three", "four"]);
    let then = created.at("/position");
    assert_eq!(parts(&format!("as_of={then}")), ["one", "two"]);
    let old = matrix(&district, "trial", &format!("as_of={then}"));
    assert_eq!(old["axes"][0]["values"][0]["title"], "一");
    let earlier = then.as_u64().unwrap() - 1;
    district
        .get(&format!("/v1/frameworks/trial/matrix?as_of={earlier}"))
        .expect(404);
}

#[rstest]
fn a_row_stands_in_its_districts_framework_and_the_citys(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    district
        .post("/v1/frameworks", &body(DISTRICT, test_data("chengyang")))
        .expect(201);
    let own = ["通用基础", "基准指标", "实施提供", "绩效评价", "管理保障"];
    let rows: Vec<_> = (0..25)
        .map(|serial| {
            row_with(
                &format!("T/QDAS {}-2024", serial + 1),
                json!({"placements": [
                    {"framework": "chengyang", "cell": {"subsystem": own[serial % 5]}},
                    {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "过程均等"}}]}),
            )
        })
        .collect();
    district.push(DISTRICT, &rows).expect(200);

    let of_district = matrix(&district, "chengyang", "");
    assert_eq!(of_district["cells"].as_array().unwrap().len(), 5);
    for subsystem in own {
        assert_eq!(count_at(&of_district, json!({"subsystem": subsystem})), (5, 5));
    }
    assert_eq!(count(&of_district["total"]), (25, 25));
    let of_city = matrix(&district, "qingdao", "");
    assert_eq!(
        count_at(&of_city, json!({"subsystem": "老有颐养", "dimension": "process"})),
        (25, 25)
    );
    assert_eq!(
        district
            .numbers(
                "framework=chengyang&cell=subsystem:绩效评价"
                    .replace("绩效评价", "%E7%BB%A9%E6%95%88%E8%AF%84%E4%BB%B7")
                    .as_str()
            )
            .len(),
        5
    );
}

#[rstest]
fn a_catalogue_of_279_is_178_referenced_and_101_self_built(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let zone = "510100-gaoxin";
    let gaoxin = registry.as_subject("gaoxin", &[zone], "standards:write frameworks:write");
    gaoxin
        .post("/v1/frameworks", &body(zone, test_data("chengdu")))
        .expect(201);
    let parts = [
        "通用基础标准",
        "基本公共服务事项标准",
        "服务事项管理与动态调整标准",
    ];
    let rows: Vec<_> = (0..279)
        .map(|serial| {
            let number = if serial < 178 {
                format!("GB/T {}-2020", 50_000 + serial)
            } else {
                format!("T/CDGX {serial}-2023")
            };
            let origin = if serial < 178 { "referenced" } else { "self_built" };
            let placements =
                json!([{"framework": "chengdu-gaoxin", "cell": {"subsystem": parts[serial % 3]}}]);
            row_with(&number, json!({"origin": origin, "placements": placements}))
        })
        .collect();
    gaoxin.push(zone, &rows).expect(200);

    let counted = matrix(&gaoxin, "chengdu-gaoxin", "");
    assert_adds_up(&counted);
    assert_eq!(count(&counted["total"]), (279, 279));
    assert_eq!(
        counted["total"]["by"]["origin"],
        json!([{"value": "referenced", "count": 178}, {"value": "self_built", "count": 101}])
    );
    let sum: u64 = counted["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| cell["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, 279);
    assert_eq!(counted["margins"], json!([]));
}

#[rstest]
fn three_axes_have_a_cell_for_every_combination(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let yuexiu = registry.as_district("440104");
    yuexiu
        .post("/v1/frameworks", &body("440104", test_data("yuexiu")))
        .expect(201);
    let cell = json!({"category": "服务提供", "field": "公共教育", "level": "国家"});
    let operations: Vec<_> = (1..=7)
        .map(|serial| {
            let placements = json!([{"framework": "yuexiu", "cell": cell}]);
            creation(
                "440104",
                row_with(
                    &format!("GB/T {serial}-2020"),
                    json!({ "placements": placements }),
                ),
            )
        })
        .collect();
    yuexiu.bulk(&operations).expect(200);

    let counted = matrix(&yuexiu, "yuexiu", "");
    let cells = counted["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 4 * 9 * 5);
    assert_eq!(
        counted["margins"].as_array().unwrap().len(),
        4 + 9 + 5 + 36 + 20 + 45
    );
    assert_eq!(count_at(&counted, cell), (7, 7));
    assert_eq!(
        count_at(&counted, json!({"category": "服务提供", "level": "国家"})),
        (7, 7)
    );
    assert_adds_up(&counted);
    let mut by_rows: BTreeMap<u64, usize> = BTreeMap::new();
    for cell in cells {
        *by_rows.entry(cell["rows"].as_u64().unwrap()).or_default() += 1;
    }
    assert_eq!(by_rows, BTreeMap::from([(0, 179), (7, 1)]));
}
