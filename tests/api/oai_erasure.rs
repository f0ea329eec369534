//! OAI-PMH: contents that were erased are deleted for harvesters, and those who have them hear of it.

use std::time::{SystemTime, UNIX_EPOCH};

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{Entry, row_with};
use crate::support::harvest::Harvested;
use crate::support::{Client, Registry};

/// Leaves of an entry what a redaction leaves: hashes, and nothing that queries could find.
fn erase(registry: &Registry, entry: &Entry) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let of_entry = |column: &str| {
        format!(
            "SELECT {column} FROM entry_version WHERE entry_id = '{}'",
            entry.id
        )
    };
    for statement in [
        format!(
            "UPDATE content SET bytes = NULL, erased_at = {now} WHERE sha256 IN ({})",
            of_entry("content_sha256")
        ),
        format!(
            "DELETE FROM version_placement WHERE from_position IN ({})",
            of_entry("from_position")
        ),
        format!(
            "UPDATE entry_version SET title = '', number = NULL WHERE entry_id = '{}'",
            entry.id
        ),
    ] {
        registry.execute(&statement).unwrap();
    }
}

fn told(client: &Client, arguments: &str) -> Vec<(String, bool)> {
    let records = client.harvest("ListRecords", &format!("metadataPrefix=registry{arguments}"));
    let told = |record: Harvested| {
        assert_eq!(record.deleted, record.metadata.is_none());
        (record.id, record.deleted)
    };
    records.into_iter().map(told).collect()
}

#[rstest]
fn an_erasure_is_news(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let cell = json!({"subsystem": "老有颐养", "dimension": "process"});
    let placed = json!({"placements": [{"framework": "qingdao", "cell": cell}]});
    let erased = district.create("370214", row_with("GB/T 1-2020", placed.clone()));
    let kept = district.create("370214", row_with("GB/T 2-2020", placed));
    registry.settle();
    let since = district.oai("verb=Identify").one("responseDate").text.clone();

    erase(&registry, &erased);
    registry.wait_until("done with the second of the erasure", || {
        !told(&district, &format!("&from={since}")).is_empty()
    });
    let news = vec![(erased.id.clone(), true)];
    for set in ["", "&set=division:370214", "&set=cell:qingdao:dimension.process"] {
        assert_eq!(told(&district, &format!("&from={since}{set}")), news, "{set}");
        let all = [news[0].clone(), (kept.id.clone(), false)];
        assert_eq!(told(&district, set), all, "{set}");
    }
    let until = format!("&until={}", &since);
    assert_eq!(
        told(&district, &until),
        [(kept.id, false)],
        "not what it was before"
    );

    let header = &district.harvest("ListIdentifiers", "metadataPrefix=oai_dc")[0];
    assert!(header.deleted && header.datestamp >= since);
    let formats = format!("verb=ListMetadataFormats&identifier={}", header.identifier);
    assert_eq!(district.oai_errors(&formats), ["noMetadataFormats"]);
}
