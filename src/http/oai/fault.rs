//! How OAI-PMH says no: coded errors in a document of their own, with HTTP 200.

use crate::domain::text::Text;

/// The codes of the protocol. `noSetHierarchy` is not among them: this repository has sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    BadVerb,
    BadArgument,
    BadResumptionToken,
    CannotDisseminateFormat,
    IdDoesNotExist,
    NoRecordsMatch,
    NoMetadataFormats,
}

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Self::BadVerb => "badVerb",
            Self::BadArgument => "badArgument",
            Self::BadResumptionToken => "badResumptionToken",
            Self::CannotDisseminateFormat => "cannotDisseminateFormat",
            Self::IdDoesNotExist => "idDoesNotExist",
            Self::NoRecordsMatch => "noRecordsMatch",
            Self::NoMetadataFormats => "noMetadataFormats",
        }
    }
}

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: Code,
    pub detail: Text,
}

impl Fault {
    pub fn new(code: Code, detail: Text) -> Self {
        Self { code, detail }
    }
}
