//! OAI-PMH at a mirror: the same records under the same names, and no second before it is over at the source.

use rstest::rstest;

use crate::mirror::{mirror_at, wait_until_equal};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::row;

#[rstest]
fn a_mirror_is_harvested_as_its_source_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    let district = source.as_district("370214");
    district.create("370214", row("GB/T 1-2020"));
    let gone = district.create("370214", row("GB/T 2-2020"));
    district.withdraw(&gone);
    source.settle();
    let expected = district.harvest("ListIdentifiers", "metadataPrefix=oai_dc");

    // Only a later entry tells a mirror that a second is over at the source.
    let newest = district.create("370214", row("GB/T 3-2020"));
    let mirror = mirror_at(&source.address());
    wait_until_equal(&mirror, &source);
    let anyone = mirror.anonymous();
    assert_eq!(
        anyone.harvest("ListIdentifiers", "metadataPrefix=oai_dc"),
        expected
    );
    let recorded_at = district.get(&newest.path).expect(200).at("/recorded_at");
    let date = anyone.oai("verb=Identify").one("responseDate").text.clone();
    assert_eq!(date[..19], recorded_at.as_str().unwrap()[..19]);
}
