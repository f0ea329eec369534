//! OAI-PMH: whole harvests, records, deletions, and the tokens by which long lists go on.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::entry::{care_home_safety, row, row_with};
use crate::support::harvest::{Harvested, records_of, token_of};
use crate::support::xml::Element;
use crate::support::{Client, Registry};

/// Numbers of so many standards, created in one batch.
fn fill(client: &Client, count: usize) -> Vec<String> {
    let numbers: Vec<_> = (1..=count).map(|serial| format!("GB/T {serial}-2020")).collect();
    let creations: Vec<_> = numbers
        .iter()
        .map(|number| creation("370214", row(number)))
        .collect();
    client.bulk(&creations).expect(200);
    numbers
}

fn ids(records: &[Harvested]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

/// An entry's JSON as its native record tells it: lists and numbers are where the schema has them.
fn rebuilt(element: &Element) -> Value {
    const LISTS: [&str; 9] = [
        "aspects",
        "ccs",
        "elements",
        "ics",
        "issued_by",
        "keywords",
        "lead_department",
        "placements",
        "relations",
    ];
    if element.name == "cell" {
        let terms = element.all("term").into_iter();
        return terms
            .map(|term| (term.one("axis").text.clone(), term.one("value").text.clone()))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect();
    }
    if element.children.is_empty() {
        return match element.name.as_str() {
            "position" | "revision" | "order" => element.text.parse::<i64>().unwrap().into(),
            "withdrawn" => (element.text == "true").into(),
            _ => element.text.clone().into(),
        };
    }
    let mut members = json!({});
    for child in &element.children {
        let value = rebuilt(child);
        if LISTS.contains(&child.name.as_str()) {
            let list = members[&child.name].as_array().cloned().unwrap_or_default();
            members[&child.name] = list.into_iter().chain([value]).collect();
        } else {
            members[&child.name] = value;
        }
    }
    members
}

#[rstest]
fn a_harvest_is_the_catalogue(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    fill(&district, 430);
    registry.settle();
    let mut entries = BTreeMap::new();
    for mut entry in district.every("/v1/standards?limit=1000") {
        entry.as_object_mut().unwrap().remove("computed");
        entries.insert(entry["id"].as_str().unwrap().to_owned(), entry);
    }

    let whole = district.harvest("ListRecords", "metadataPrefix=registry");
    let harvested: BTreeMap<_, _> = whole
        .iter()
        .map(|record| (record.id.clone(), rebuilt(record.metadata.as_ref().unwrap())))
        .collect();
    assert_eq!(whole.len(), 430);
    assert_eq!(harvested, entries);

    let simple = district.harvest("ListRecords", "metadataPrefix=oai_dc");
    let headers = district.harvest("ListIdentifiers", "metadataPrefix=oai_dc");
    assert_eq!(ids(&simple), ids(&whole));
    assert_eq!(ids(&headers), ids(&whole));
    assert!(
        whole
            .iter()
            .all(|record| record.sets.contains(&"division:370200".to_owned()))
    );
}

#[rstest]
fn a_record_tells_a_standard_in_both_formats(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let mut content = care_home_safety();
    content["scope"] = "适用于养老机构的服务安全管理".into();
    content["source_url"] = "https://openstd.samr.gov.cn/bzgk/gb/".into();
    content["claimed_status"] = json!({"value": "in_force", "on": "2026-08-18"});
    content["placements"] = json!([
        {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}, "order": 3}
    ]);
    content["relations"] = json!([
        {"type": "replaces", "target": {"number": "MZ/T 032-2012"}},
        {"type": "implements", "target": {"document": {"title": "养老机构管理办法", "doc_number": "民政部令第66号"}}}
    ]);
    let entry = district.create("370214", content);
    registry.settle();

    let identifier = &district.harvest("ListIdentifiers", "metadataPrefix=oai_dc")[0].identifier;
    let record = |prefix: &str| {
        let reply = district.oai(&format!(
            "verb=GetRecord&identifier={identifier}&metadataPrefix={prefix}"
        ));
        Harvested::of(reply.one("GetRecord").one("record"))
            .metadata
            .unwrap()
    };
    let simple = record("oai_dc");
    let address = format!("{}{}", registry.address(), entry.path);
    for (name, expected) in [
        (
            "dc:title",
            vec![
                "养老机构服务安全基本规范",
                "Basic specification of service safety for senior care organization",
            ],
        ),
        ("dc:identifier", vec!["GB 38600-2019", &address]),
        (
            "dc:publisher",
            vec!["国家市场监督管理总局", "国家标准化管理委员会"],
        ),
        ("dc:contributor", vec!["市民政局"]),
        ("dc:date", vec!["2019-12-27"]),
        ("dc:description", vec!["适用于养老机构的服务安全管理"]),
        (
            "dc:relation",
            vec![
                "代替 MZ/T 032-2012",
                "落实 《养老机构管理办法》（民政部令第66号）",
            ],
        ),
        ("dc:source", vec!["https://openstd.samr.gov.cn/bzgk/gb/"]),
        ("dc:coverage", vec!["城阳区"]),
    ] {
        assert_eq!(simple.texts(name), expected, "{name}");
    }
    for subject in ["ICS 03.080.30", "CCS A12", "养老机构", "安全"] {
        assert!(simple.texts("dc:subject").contains(&subject), "{subject}");
    }
    for kind in ["Text", "国家标准", "National standard", "强制性"] {
        assert!(simple.texts("dc:type").contains(&kind), "{kind}");
    }
    let languages: Vec<_> = simple
        .all("dc:title")
        .iter()
        .map(|title| title.attribute("xml:lang"))
        .collect();
    assert_eq!(languages, [Some("zh"), Some("en")]);

    let mut whole = district.get(&entry.path).expect(200).json();
    whole.as_object_mut().unwrap().remove("computed");
    assert_eq!(rebuilt(&record("registry")), whole);
}

#[rstest]
fn odd_characters_stay_xml(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let odd = "𠮷 <a> & \"b\" ']]>' \r\n\t\u{1}\u{b}\u{ffff}\u{85} 养老";
    district.create("370214", row_with("GB/T 1-2020", json!({"title": odd})));
    let plain = "𠮷 <![CDATA[ ]]> \r 养老";
    district.create("370214", row_with("GB/T 2-2020", json!({"title": plain})));
    registry.settle();

    let simple = district.harvest("ListRecords", "metadataPrefix=oai_dc");
    let title = |record: &Harvested| record.metadata.as_ref().unwrap().texts("dc:title")[0].to_owned();
    assert_eq!(title(&simple[0]), "𠮷 <a> & \"b\" ']]>' \r\n\t\u{85} 养老");
    assert_eq!(title(&simple[1]), plain);

    // What XML cannot carry is not lost: such a content comes in its own bytes too.
    let whole = district.harvest("ListRecords", "metadataPrefix=registry");
    let exact = &whole[0].metadata.as_ref().unwrap().one("content_base64").text;
    let exact = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, exact).unwrap();
    let content: Value = serde_json::from_slice(&exact).unwrap();
    assert_eq!(content["title"], odd);
    assert!(!whole[1].metadata.as_ref().unwrap().has("content_base64"));
}

#[rstest]
fn withdrawn_entries_stay_as_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let kept = district.create("370214", row("GB/T 1-2020"));
    let gone = district.create("370214", row("GB/T 2-2020"));
    let withdrawn = district.withdraw(&gone);
    registry.settle();

    for prefix in ["oai_dc", "registry"] {
        let records = district.harvest("ListRecords", &format!("metadataPrefix={prefix}"));
        assert_eq!(ids(&records), [&*kept.id, &*gone.id]);
        assert_eq!((records[0].deleted, records[1].deleted), (false, true));
        assert_eq!(records[1].metadata, None);
    }
    let headers = district.harvest("ListIdentifiers", "metadataPrefix=oai_dc");
    assert!(headers[1].deleted);
    let identifier = &headers[1].identifier;
    let one = district.oai(&format!(
        "verb=GetRecord&identifier={identifier}&metadataPrefix=oai_dc"
    ));
    assert!(Harvested::of(one.one("GetRecord").one("record")).deleted);

    district.replace(&withdrawn, "370214", row("GB/T 2-2020"));
    registry.settle();
    let records = district.harvest("ListRecords", "metadataPrefix=oai_dc");
    assert!(
        records
            .iter()
            .all(|record| !record.deleted && record.metadata.is_some())
    );
}

#[rstest]
fn a_token_goes_on_with_the_list_it_began(#[values(Sqlite, Postgres)] backend: Backend) {
    // Its own address is part of what it answers, and the restart gives it another port.
    let public = [("REGISTRY_PUBLIC_URL", "https://registry.qingdao.gov.cn")];
    let mut registry = Registry::start_with(backend, &public);
    let district = registry.as_district("370214");
    fill(&district, 450);
    registry.settle();
    let expected = district.harvest("ListRecords", "metadataPrefix=registry");

    let first = district.oai("verb=ListRecords&metadataPrefix=registry");
    let token = token_of(&first, "ListRecords").expect("a list in parts");
    let live = district.every("/v1/standards?limit=1000");
    for (index, entry) in live.iter().enumerate().filter(|(index, _)| index % 9 == 0) {
        let path = format!("/v1/standards/{}", entry["id"].as_str().unwrap());
        let anything = district.with("If-Match", "*");
        if index % 2 == 0 {
            anything.delete(&format!("{path}?reason=x")).expect(200);
        } else {
            let change = json!({"reason": "改", "content": {"title": "改"}});
            anything.patch(&path, &change).expect(200);
        }
    }
    district.create("370214", row("GB/T 9999-2020"));
    registry.restart();
    registry.settle();

    let second = district.oai(&format!("verb=ListRecords&resumptionToken={token}"));
    let token = token_of(&second, "ListRecords").expect("a third part");
    let third = district.oai(&format!("verb=ListRecords&resumptionToken={token}"));
    let parts = [first, second, third];
    let cursors: Vec<_> = parts
        .iter()
        .map(|part| part.one("ListRecords").one("resumptionToken"))
        .map(|token| {
            (
                token.attribute("cursor").unwrap(),
                token.attribute("completeListSize").unwrap(),
            )
        })
        .collect();
    assert_eq!(cursors, [("0", "450"), ("200", "450"), ("400", "450")]);
    assert_eq!(
        token_of(&parts[2], "ListRecords"),
        None,
        "the last token is empty"
    );
    assert_eq!(records_of(&parts, "ListRecords"), expected);
}

#[rstest]
fn the_repository_says_what_it_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(
        backend,
        &[
            ("REGISTRY_ORIGIN", "registry.qingdao.gov.cn/standards"),
            ("REGISTRY_PUBLIC_URL", "https://registry.qingdao.gov.cn/"),
            ("REGISTRY_CONTACT", "standards@qingdao.gov.cn"),
        ],
    );
    let anyone = registry.anonymous();
    let reply = anyone.oai("verb=Identify");
    let identify = reply.one("Identify");
    for (name, expected) in [
        ("baseURL", "https://registry.qingdao.gov.cn/oai"),
        ("protocolVersion", "2.0"),
        ("adminEmail", "standards@qingdao.gov.cn"),
        ("deletedRecord", "persistent"),
        ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
    ] {
        assert_eq!(identify.one(name).text, expected);
    }
    let scheme = identify.one("description").one("oai-identifier");
    assert_eq!(
        scheme.one("repositoryIdentifier").text,
        "standards.registry.qingdao.gov.cn"
    );
    let formats = anyone.oai("verb=ListMetadataFormats");
    let formats = formats.one("ListMetadataFormats").all("metadataFormat");
    assert_eq!(formats[0].one("metadataPrefix").text, "oai_dc");
    assert_eq!(formats[1].one("metadataPrefix").text, "registry");
    assert_eq!(
        formats[1].one("schema").text,
        "https://registry.qingdao.gov.cn/oai/registry.xsd"
    );
    let schema = anyone.get("/oai/registry.xsd").expect(200);
    let schema = Element::parse(schema.text());
    assert_eq!(
        schema.attribute("targetNamespace"),
        Some(formats[1].one("metadataNamespace").text.as_str())
    );
}

#[rstest]
fn a_form_asks_the_same_as_a_query(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();
    let form = "application/x-www-form-urlencoded";
    let posted = anyone.raw("POST", "/oai", form, "verb=ListSets").expect(200);
    let posted = Element::parse(posted.text());
    assert_eq!(
        posted.one("ListSets"),
        anyone.oai("verb=ListSets").one("ListSets")
    );
    let request = posted.one("request");
    assert_eq!(request.text, format!("{}/oai", registry.address()));
    assert_eq!(request.attribute("verb"), Some("ListSets"));
    anyone.raw("POST", "/oai", "application/json", "{}").expect(415);
    anyone.head("/oai?verb=Identify").expect(200);
    let packed = anyone
        .with("Accept-Encoding", "br")
        .get("/oai?verb=Identify")
        .expect(200);
    assert_eq!(packed.header("Content-Encoding").as_deref(), Some("br"));
}
