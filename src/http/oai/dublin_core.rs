//! A standard as unqualified Dublin Core: what every harvester understands.

use std::io::Result as Written;

use crate::domain::division::Divisions;
use crate::domain::standard::{Relation, StandardContent, Target};
use crate::domain::term::Term;
use crate::http::oai::xml::Xml;

const CHINESE: &[(&str, &str)] = &[("xml:lang", "zh")];
const ENGLISH: &[(&str, &str)] = &[("xml:lang", "en")];

/// Where a record comes from.
pub struct Provenance<'r> {
    /// The entry's own address.
    pub address: &'r str,
    pub owner: &'r str,
}

pub fn write(xml: &mut Xml, standard: &StandardContent, provenance: &Provenance) -> Written<()> {
    let attributes = [
        ("xmlns:oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        (
            "xsi:schemaLocation",
            "http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
        ),
    ];
    xml.element("oai_dc:dc", &attributes, |xml| {
        titles(xml, standard)?;
        identifiers(xml, standard, provenance)?;
        bodies(xml, standard)?;
        dates(xml, standard)?;
        subjects(xml, standard)?;
        kinds(xml, standard)?;
        if let Some(scope) = &standard.scope {
            xml.text_with("dc:description", CHINESE, scope)?;
        }
        for relation in &standard.relations {
            xml.text_with("dc:relation", CHINESE, &relation_text(relation))?;
        }
        if let Some(source) = &standard.source_url {
            xml.text("dc:source", source)?;
        }
        if let Some(division) = Divisions::built_in().get(provenance.owner) {
            xml.text_with("dc:coverage", CHINESE, &division.name)?;
        }
        Ok(())
    })
}

fn titles(xml: &mut Xml, standard: &StandardContent) -> Written<()> {
    xml.text_with("dc:title", CHINESE, &standard.title)?;
    match &standard.title_en {
        Some(title) => xml.text_with("dc:title", ENGLISH, title),
        None => Ok(()),
    }
}

fn identifiers(xml: &mut Xml, standard: &StandardContent, provenance: &Provenance) -> Written<()> {
    let own = [&standard.number, &standard.plan_number, &standard.external_id];
    for identifier in own.into_iter().flatten() {
        xml.text("dc:identifier", identifier)?;
    }
    xml.text("dc:identifier", provenance.address)
}

fn bodies(xml: &mut Xml, standard: &StandardContent) -> Written<()> {
    for body in &standard.issued_by {
        xml.text_with("dc:publisher", CHINESE, body)?;
    }
    for department in &standard.lead_department {
        xml.text_with("dc:contributor", CHINESE, department)?;
    }
    Ok(())
}

fn dates(xml: &mut Xml, standard: &StandardContent) -> Written<()> {
    // Dublin Core cannot tell one date from another, so the one that stands in citations comes alone.
    match standard.published_on.or(standard.implemented_on) {
        Some(day) => xml.text("dc:date", &day.to_string()),
        None => Ok(()),
    }
}

fn subjects(xml: &mut Xml, standard: &StandardContent) -> Written<()> {
    for code in &standard.ics {
        xml.text("dc:subject", &format!("ICS {code}"))?;
    }
    for code in &standard.ccs {
        xml.text("dc:subject", &format!("CCS {code}"))?;
    }
    for keyword in &standard.keywords {
        xml.text_with("dc:subject", CHINESE, keyword)?;
    }
    Ok(())
}

fn kinds(xml: &mut Xml, standard: &StandardContent) -> Written<()> {
    xml.text("dc:type", "Text")?;
    let (level, mandate) = (standard.level, standard.mandate);
    xml.text_with("dc:type", CHINESE, &format!("{}标准", level.zh()))?;
    xml.text_with("dc:type", ENGLISH, &format!("{} standard", level.en()))?;
    match mandate {
        Some(mandate) => {
            xml.text_with("dc:type", CHINESE, mandate.zh())?;
            xml.text_with("dc:type", ENGLISH, mandate.en())
        }
        None => Ok(()),
    }
}

/// `代替 GB 5749-2006`.
fn relation_text(relation: &Relation) -> String {
    let target = match &relation.target {
        Target::Id(id) => format!("urn:uuid:{id}"),
        Target::Number(number) => number.clone(),
        Target::Document(document) => match &document.doc_number {
            Some(number) => format!("《{}》（{number}）", document.title),
            None => format!("《{}》", document.title),
        },
    };
    format!("{} {target}", relation.relation_type.zh())
}
