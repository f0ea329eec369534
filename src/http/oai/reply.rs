//! Replies to each request of the protocol, as XML.

use std::collections::BTreeMap;
use std::io::Result as Written;

use crate::domain::problem::Problem;
use crate::domain::standard::StandardContent;
use crate::domain::text::{Language, Text};
use crate::domain::time::Instant;
use crate::http::oai::arguments::Format;
use crate::http::oai::dublin_core::{self, Provenance};
use crate::http::oai::fault::{Code, Fault};
use crate::http::oai::native::{self, Members};
use crate::http::oai::site::Site;
use crate::http::oai::stamp::GRANULARITY;
use crate::http::oai::xml::Xml;
use crate::registry::read::harvest::list::Item;

/// What was found for a request.
pub enum Reply {
    Identify { earliest: Instant },
    Formats,
    Sets(BTreeMap<String, Text>),
    Identifiers(Vec<Record>, Option<Resumption>),
    Records(Vec<Record>, Option<Resumption>),
    Record(Box<Record>),
    Faults(Vec<Fault>),
}

/// One record, ready to be written.
pub struct Record {
    item: Item,
    members: Option<Members>,
}

/// Where a list stands that comes in parts.
pub struct Resumption {
    /// Absent in the last part.
    pub token: Option<String>,
    pub cursor: i64,
    pub complete_list_size: i64,
}

/// A whole reply.
pub struct Envelope<'r> {
    pub site: &'r Site,
    /// What the reply speaks of: everything before it is in.
    pub response_date: Instant,
    pub arguments: &'r [(String, String)],
    pub language: Language,
}

impl Record {
    pub fn new(item: Item, format: Format) -> Result<Self, Problem> {
        let whole = format == Format::Registry && !item.deleted;
        let members = whole.then(|| Members::of(&item.entry)).transpose()?;
        Ok(Self { item, members })
    }

    fn standard(&self) -> Option<&StandardContent> {
        self.item.content.as_deref()?.standard()
    }
}

impl Envelope<'_> {
    pub fn write(&self, reply: &Reply) -> Written<Vec<u8>> {
        let mut xml = Xml::begin()?;
        let attributes = [
            ("xmlns", "http://www.openarchives.org/OAI/2.0/"),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            (
                "xsi:schemaLocation",
                "http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd",
            ),
        ];
        xml.element("OAI-PMH", &attributes, |xml| {
            xml.text("responseDate", &self.response_date.to_rfc3339_seconds())?;
            xml.text_with("request", &self.echo(reply), &self.site.base_url())?;
            self.write_reply(xml, reply)
        })?;
        Ok(xml.finish())
    }

    /// The arguments, unless they are what was wrong.
    fn echo(&self, reply: &Reply) -> Vec<(&str, &str)> {
        if let Reply::Faults(faults) = reply
            && faults
                .iter()
                .any(|fault| matches!(fault.code, Code::BadVerb | Code::BadArgument))
        {
            return Vec::new();
        }
        let pairs = self.arguments.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    fn write_reply(&self, xml: &mut Xml, reply: &Reply) -> Written<()> {
        match reply {
            Reply::Identify { earliest } => xml.element("Identify", &[], |xml| self.identify(xml, *earliest)),
            Reply::Formats => xml.element("ListMetadataFormats", &[], |xml| self.formats(xml)),
            Reply::Sets(sets) => xml.element("ListSets", &[], |xml| write_sets(xml, sets)),
            Reply::Identifiers(records, resumption) => xml.element("ListIdentifiers", &[], |xml| {
                for record in records {
                    self.header(xml, record)?;
                }
                write_resumption(xml, resumption.as_ref())
            }),
            Reply::Records(records, resumption) => xml.element("ListRecords", &[], |xml| {
                for record in records {
                    self.record(xml, record)?;
                }
                write_resumption(xml, resumption.as_ref())
            }),
            Reply::Record(record) => xml.element("GetRecord", &[], |xml| self.record(xml, record)),
            Reply::Faults(faults) => faults.iter().try_for_each(|fault| {
                let detail = fault.detail.in_language(self.language);
                xml.text_with("error", &[("code", fault.code.name())], detail)
            }),
        }
    }

    fn identify(&self, xml: &mut Xml, earliest: Instant) -> Written<()> {
        xml.text("repositoryName", "公共服务标准登记簿 · Standards registry")?;
        xml.text("baseURL", &self.site.base_url())?;
        xml.text("protocolVersion", "2.0")?;
        xml.text("adminEmail", &self.site.contact)?;
        xml.text("earliestDatestamp", &earliest.to_rfc3339_seconds())?;
        xml.text("deletedRecord", "persistent")?;
        xml.text("granularity", GRANULARITY)?;
        for encoding in ["gzip", "br", "zstd"] {
            xml.text("compression", encoding)?;
        }
        xml.element("description", &[], |xml| self.identifier_scheme(xml))
    }

    fn identifier_scheme(&self, xml: &mut Xml) -> Written<()> {
        const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/oai-identifier";
        let location = format!("{NAMESPACE} {NAMESPACE}.xsd");
        let attributes = [
            ("xmlns", NAMESPACE),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            ("xsi:schemaLocation", location.as_str()),
        ];
        xml.element("oai-identifier", &attributes, |xml| {
            xml.text("scheme", "oai")?;
            xml.text("repositoryIdentifier", &self.site.namespace)?;
            xml.text("delimiter", ":")?;
            let sample = self.site.identifier_of("01938f5e-7b1a-7000-8000-000000000001");
            xml.text("sampleIdentifier", &sample)
        })
    }

    fn formats(&self, xml: &mut Xml) -> Written<()> {
        for format in Format::ALL {
            let (schema, namespace) = match format {
                Format::DublinCore => (
                    "http://www.openarchives.org/OAI/2.0/oai_dc.xsd".to_owned(),
                    "http://www.openarchives.org/OAI/2.0/oai_dc/",
                ),
                Format::Registry => (self.schema(), native::NAMESPACE),
            };
            xml.element("metadataFormat", &[], |xml| {
                xml.text("metadataPrefix", format.prefix())?;
                xml.text("schema", &schema)?;
                xml.text("metadataNamespace", namespace)
            })?;
        }
        Ok(())
    }

    fn schema(&self) -> String {
        format!("{}{}", self.site.root, native::SCHEMA_PATH)
    }

    fn record(&self, xml: &mut Xml, record: &Record) -> Written<()> {
        xml.element("record", &[], |xml| {
            self.header(xml, record)?;
            if record.item.deleted {
                return Ok(());
            }
            xml.element("metadata", &[], |xml| self.metadata(xml, record))
        })
    }

    fn metadata(&self, xml: &mut Xml, record: &Record) -> Written<()> {
        if let Some(members) = &record.members {
            return members.write(xml, &self.schema());
        }
        let Some(standard) = record.standard() else {
            return Ok(());
        };
        let entry = &record.item.entry;
        let provenance = Provenance {
            address: &self.site.address_of(&entry.id),
            owner: &entry.owner,
        };
        dublin_core::write(xml, standard, &provenance)
    }

    fn header(&self, xml: &mut Xml, record: &Record) -> Written<()> {
        let item = &record.item;
        let attributes: &[_] = if item.deleted {
            &[("status", "deleted")]
        } else {
            &[]
        };
        xml.element("header", attributes, |xml| {
            xml.text("identifier", &self.site.identifier_of(&item.entry.id))?;
            xml.text("datestamp", &item.changed_at.to_rfc3339_seconds())?;
            item.sets.iter().try_for_each(|set| xml.text("setSpec", set))
        })
    }
}

fn write_sets(xml: &mut Xml, sets: &BTreeMap<String, Text>) -> Written<()> {
    for (spec, name) in sets {
        xml.element("set", &[], |xml| {
            xml.text("setSpec", spec)?;
            let name = if name.zh == name.en {
                name.zh.clone()
            } else {
                name.in_both()
            };
            xml.text("setName", &name)
        })?;
    }
    Ok(())
}

fn write_resumption(xml: &mut Xml, resumption: Option<&Resumption>) -> Written<()> {
    let Some(resumption) = resumption else {
        return Ok(());
    };
    let (size, cursor) = (
        resumption.complete_list_size.to_string(),
        resumption.cursor.to_string(),
    );
    let attributes = [("completeListSize", size.as_str()), ("cursor", cursor.as_str())];
    let token = resumption.token.as_deref().unwrap_or_default();
    xml.text_with("resumptionToken", &attributes, token)
}
