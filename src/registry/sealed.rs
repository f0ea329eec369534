//! Content in its final form: normal, canonical, hashed. Made once, before any lock is taken.

use std::sync::Arc;

use crate::domain::canonical::canonical_bytes;
use crate::domain::fault::Faults;
use crate::domain::framework::{self, FrameworkContent};
use crate::domain::problem::Problem;
use crate::domain::standard::{self, StandardContent};
use crate::domain::vocabulary::Kind;
use crate::log::hash::{Hash, sha256};

/// The content of an entry, of whichever kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Standard(Box<StandardContent>),
    Framework(Box<FrameworkContent>),
}

/// A content with its canonical bytes and their hash, which always belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    content: Content,
    bytes: Vec<u8>,
    sha256: Hash,
}

impl Content {
    /// Reads a content of a kind, naming every fault.
    pub fn read(kind: Kind, value: &serde_json::Value, pointer: &str, faults: &mut Faults) -> Option<Self> {
        match kind {
            Kind::Standard => standard::read(value, pointer, faults).map(|c| Self::Standard(Box::new(c))),
            Kind::Framework => framework::read(value, pointer, faults).map(|c| Self::Framework(Box::new(c))),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Standard(_) => Kind::Standard,
            Self::Framework(_) => Kind::Framework,
        }
    }
}

/// The media type the log records for contents of a kind.
pub fn media_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Standard => "application/vnd.standards-registry.standard+json",
        Kind::Framework => "application/vnd.standards-registry.framework+json",
    }
}

/// What a leaf names as its revision's content: the content, or what is left of one whose bytes were erased.
#[derive(Clone, Debug)]
pub enum Matter {
    Whole(Arc<Sealed>),
    Erased { sha256: Hash, size: usize },
}

impl Matter {
    pub fn sha256(&self) -> Hash {
        match self {
            Self::Whole(sealed) => sealed.sha256(),
            Self::Erased { sha256, .. } => *sha256,
        }
    }

    /// How many bytes the content has, or had.
    pub fn size(&self) -> usize {
        match self {
            Self::Whole(sealed) => sealed.bytes().len(),
            Self::Erased { size, .. } => *size,
        }
    }

    /// The content, unless it was erased.
    pub fn sealed(&self) -> Option<&Arc<Sealed>> {
        match self {
            Self::Whole(sealed) => Some(sealed),
            Self::Erased { .. } => None,
        }
    }
}

impl Sealed {
    pub fn new(content: Content) -> Result<Self, Problem> {
        let bytes = match &content {
            Content::Standard(standard) => canonical_bytes(standard),
            Content::Framework(framework) => canonical_bytes(framework),
        }?;
        let sha256 = sha256(&bytes);
        Ok(Self {
            content,
            bytes,
            sha256,
        })
    }

    /// Opens stored bytes, which are canonical already.
    pub fn open(kind: Kind, bytes: Vec<u8>) -> Result<Self, Problem> {
        let content = match kind {
            Kind::Standard => serde_json::from_slice(&bytes).map(Content::Standard),
            Kind::Framework => serde_json::from_slice(&bytes).map(Content::Framework),
        }
        .map_err(|error| Problem::internal(format!("stored content does not read: {error}")))?;
        let sha256 = sha256(&bytes);
        Ok(Self {
            content,
            bytes,
            sha256,
        })
    }

    pub fn content(&self) -> &Content {
        &self.content
    }

    pub fn kind(&self) -> Kind {
        self.content.kind()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn sha256(&self) -> Hash {
        self.sha256
    }

    pub fn standard(&self) -> Option<&StandardContent> {
        match &self.content {
            Content::Standard(standard) => Some(standard),
            Content::Framework(_) => None,
        }
    }

    pub fn framework(&self) -> Option<&FrameworkContent> {
        match &self.content {
            Content::Framework(framework) => Some(framework),
            Content::Standard(_) => None,
        }
    }

    /// The content as plain JSON, for merging and comparing.
    pub fn value(&self) -> Result<serde_json::Value, Problem> {
        serde_json::from_slice(&self.bytes).map_err(Problem::internal)
    }
}
