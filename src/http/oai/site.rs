//! What the service says of itself: its addresses, its name, whom to write to.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::http::oai::identifier;

/// Where the protocol is spoken.
pub const PATH: &str = "/oai";

/// The service as a harvester is told of it.
#[derive(Clone, Debug)]
pub struct Site {
    /// `https://registry.example.cn`, without a slash at its end.
    pub root: String,
    /// Of the identifiers.
    pub namespace: String,
    pub contact: String,
}

impl Site {
    /// The address the operator gave, else the one the client used.
    pub fn root_of(request: &HttpRequest, public_url: Option<&str>) -> String {
        if let Some(public) = public_url {
            return public.trim_end_matches('/').to_owned();
        }
        let host = request.headers().get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        format!("http://{}", host.unwrap_or(request.app_config().host()))
    }

    pub fn new(root: String, origin: &str, contact: Option<&str>) -> Self {
        let contact = contact.map_or_else(|| postmaster(&root), str::to_owned);
        Self {
            namespace: identifier::namespace(origin),
            contact,
            root,
        }
    }

    pub fn base_url(&self) -> String {
        format!("{}{PATH}", self.root)
    }

    pub fn address_of(&self, id: &str) -> String {
        format!("{}/v1/standards/{id}", self.root)
    }

    pub fn identifier_of(&self, id: &str) -> String {
        identifier::identifier(&self.namespace, id)
    }
}

/// The protocol wants an address; RFC 2142 has one at every host.
fn postmaster(root: &str) -> String {
    let authority = root.split_once("://").map_or(root, |(_, rest)| rest);
    let host = authority.split(['/', ':']).next().unwrap_or_default();
    if host.contains('.') {
        format!("postmaster@{host}")
    } else {
        "postmaster@localhost.localdomain".to_owned()
    }
}
