//! OAI-PMH: every way it says no, with HTTP 200 and a code.

use rstest::rstest;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::row;

#[rstest]
fn every_fault_has_its_code(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let gone = district.create("370214", row("GB/T 1-2020"));
    district.withdraw(&gone);
    registry.settle();
    let header = &district.harvest("ListIdentifiers", "metadataPrefix=oai_dc")[0];
    let deleted = format!("verb=ListMetadataFormats&identifier={}", header.identifier);
    let unknown_id = header
        .identifier
        .replace(&gone.id, "01938f5e-7b1a-7000-8000-000000000001");
    let unknown_item = format!("verb=GetRecord&metadataPrefix=oai_dc&identifier={unknown_id}");
    let unknown_format = format!(
        "verb=GetRecord&metadataPrefix=marc21&identifier={}",
        header.identifier
    );
    let records = |rest: &str| format!("verb=ListRecords&metadataPrefix=oai_dc{rest}");

    let cases: Vec<(String, &[&str])> = vec![
        (String::new(), &["badVerb"]),
        ("verb=".into(), &["badVerb"]),
        ("verb=listrecords".into(), &["badVerb"]),
        ("verb=Identify&verb=Identify".into(), &["badVerb"]),
        ("verb=Identify&metadataPrefix=oai_dc".into(), &["badArgument"]),
        ("verb=Identify&x=%FF".into(), &["badArgument"]),
        ("verb=GetRecord".into(), &["badArgument", "badArgument"]),
        ("verb=ListRecords".into(), &["badArgument"]),
        ("verb=ListIdentifiers".into(), &["badArgument"]),
        (records("&metadataPrefix=oai_dc"), &["badArgument"]),
        (
            records("&from=yesterday&until=2026"),
            &["badArgument", "badArgument"],
        ),
        (
            records("&from=2026-11-21&until=2026-11-21T00:00:00Z"),
            &["badArgument"],
        ),
        (records("&from=2026-11-22&until=2026-11-21"), &["badArgument"]),
        (records("&set=%E5%85%BB"), &["badArgument"]),
        (records("&set="), &["badArgument"]),
        (
            records("&resumptionToken=x"),
            &["badArgument", "badResumptionToken"],
        ),
        (
            "verb=ListRecords&resumptionToken=x".into(),
            &["badResumptionToken"],
        ),
        ("verb=ListSets&resumptionToken=x".into(), &["badResumptionToken"]),
        (
            "verb=ListRecords&metadataPrefix=marc21".into(),
            &["cannotDisseminateFormat"],
        ),
        (unknown_format, &["cannotDisseminateFormat"]),
        (unknown_item, &["idDoesNotExist"]),
        (
            "verb=ListMetadataFormats&identifier=GB%2038600".into(),
            &["idDoesNotExist"],
        ),
        (deleted, &["noMetadataFormats"]),
        (records("&until=1999-12-31"), &["noRecordsMatch"]),
        (records("&from=2999-01-01"), &["noRecordsMatch"]),
        (records("&set=division:110000"), &["noRecordsMatch"]),
        (records("&set=division:999999"), &["noRecordsMatch"]),
        (records("&set=cell:qingdao"), &["noRecordsMatch"]),
        (records("&set=no:such:set"), &["noRecordsMatch"]),
    ];
    for (query, codes) in cases {
        assert_eq!(district.oai_errors(&query), codes, "{query}");
    }
}

#[rstest]
fn a_faulty_request_is_not_echoed(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();
    let reply = anyone.oai("verb=Identify&x=%22%3E%3Cscript%3E");
    assert_eq!(reply.one("request").attributes, []);
    let reply = anyone.oai("verb=ListRecords&metadataPrefix=%22%3E%3Cscript%3E%01");
    assert_eq!(
        reply.one("request").attribute("metadataPrefix"),
        Some("\"><script>")
    );
}

#[rstest]
fn words_for_people_follow_their_language(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();
    assert!(anyone.oai("verb=x").one("error").text.contains("没有动词"));
    let english = anyone.with("Accept-Language", "en");
    assert!(
        english
            .oai("verb=x")
            .one("error")
            .text
            .contains("there is no verb")
    );
}

#[rstest]
fn a_token_belongs_to_its_verb_and_its_log(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let creations: Vec<_> = (1..=501)
        .map(|serial| crate::support::catalogue::creation("370214", row(&format!("GB/T {serial}-2020"))))
        .collect();
    district.bulk(&creations).expect(200);
    registry.settle();
    let first = district.oai("verb=ListIdentifiers&metadataPrefix=oai_dc");
    let token = crate::support::harvest::token_of(&first, "ListIdentifiers").unwrap();
    let bad = ["badResumptionToken"];
    assert_eq!(
        district.oai_errors(&format!("verb=ListRecords&resumptionToken={token}")),
        bad
    );
    let other = Registry::start(backend);
    let elsewhere = other.anonymous();
    assert_eq!(
        elsewhere.oai_errors(&format!("verb=ListIdentifiers&resumptionToken={token}")),
        bad
    );
    let mut cut = token.clone();
    cut.pop();
    assert_eq!(
        district.oai_errors(&format!("verb=ListIdentifiers&resumptionToken={cut}")),
        bad
    );
}
